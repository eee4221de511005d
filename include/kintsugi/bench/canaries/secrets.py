"""Secrets that open nothing: shaped as their issuers shape them, in the places where people leave them."""

import base64
import json
import random
import string
from collections.abc import Callable

from kintsugi.bench.canaries.planted import Canary

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_BASE64 = _ALNUM + "+/"
_URLSAFE = _ALNUM + "-_"

_PASSWORD_PLACES = (
    ("env", "DB_PASSWORD={}"),
    ("yaml", "database:\n  host: db-3\n  user: billing\n  password: {}\n"),
    ("json", '{{"user": "svc-report", "password": "{}"}}'),
    ("url", "postgres://report:{}@db-3.prod:5432/report"),
    ("curl", "curl -u report:{} https://metrics.prod/federate"),
    ("prose", "The root password of the old jump host is {} until we rotate it."),
    ("prose", "Log in as backup with password {} and look at the tape list."),
    ("prose", "Das Passwort für den Wartungszugang lautet {}."),
    ("option", "restic-run --repo s3 --password {} snapshots"),
    ("dsn", "Server=sql2;Database=crm;User Id=crm;Password={};Encrypt=true"),
    ("python", 'connect(host="db-3", passwd="{}")'),
    ("netrc", "machine files.prod login deploy password {}"),
    ("table", "| admin_password | {} |"),
)
_KEY_PLACES = (
    ("env", "export VENDOR_API_KEY={}"),
    ("yaml", "vendor:\n  api_key: {}\n"),
    ("json", '{{"clientSecret": "{}"}}'),
    ("header", "Authorization: Bearer {}"),
    ("header", "curl -H 'X-Api-Key: {}' https://vendor.example.net/v2/items"),
    ("toml", "secret_key = '{}'"),
    ("option", "vendorctl login --token {}"),
    ("query", "https://api.vendor.example.net/v1/items?access_token={}"),
    ("prose", "Use this API key for staging: {}"),
)


def secrets(rng: random.Random) -> Canary:
    """Return one secret in its place."""
    makers = (_issued, _issued, _issued, _password, _password, _key, _key, _private_key, _cluster_secret)
    return rng.choice(makers)(rng)


def _some(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def _issued(rng: random.Random) -> Canary:
    variety = rng.choice(list(_ISSUED))
    before, _, after = rng.choice(_ISSUED_PLACES).partition("{}")
    return Canary.around(variety, before, _ISSUED[variety](rng), after)


def _jwt(rng: random.Random) -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    claims = {"sub": _some(rng, _HEX, 12), "iat": rng.randrange(1_600_000_000, 1_800_000_000)}
    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    return f"{head}.{part(json.dumps(claims).encode())}.{part(rng.randbytes(32))}"


def _password(rng: random.Random) -> Canary:
    length = rng.randrange(10, 21)
    value = rng.choice(string.ascii_lowercase) + rng.choice(string.ascii_uppercase) + rng.choice("23456789")
    value += rng.choice("!%+_^~") + _some(rng, _ALNUM + "!%+_^~", length)
    return _in_place(rng, _PASSWORD_PLACES, "password", "".join(rng.sample(value, len(value))))


def _key(rng: random.Random) -> Canary:
    alphabet, length = rng.choice(((_HEX, 32), (_HEX, 40), (_ALNUM, 32), (_ALNUM, 40), (_URLSAFE, 43), (_BASE64, 40)))
    return _in_place(rng, _KEY_PLACES, "key", _some(rng, alphabet, length))


def _private_key(rng: random.Random) -> Canary:
    kind = rng.choice(
        ("RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
    )
    body = base64.b64encode(rng.randbytes(rng.randrange(300, 900))).decode()
    indent = rng.choice(("", "    "))
    lines = [
        f"-----BEGIN {kind}-----",
        *(body[at : at + 64] for at in range(0, len(body), 64)),
        f"-----END {kind}-----",
    ]
    return Canary.around("private key", rng.choice(("", "tls.key: |\n")), "\n".join(indent + line for line in lines))


def _cluster_secret(rng: random.Random) -> Canary:
    value = base64.b64encode(_some(rng, _ALNUM + "!%+_", 20).encode()).decode()
    before = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: billing\ndata:\n  password: "
    return Canary.around("cluster secret", before, value, "\n")


def _in_place(rng: random.Random, places: tuple[tuple[str, str], ...], what: str, value: str) -> Canary:
    place, template = rng.choice(places)
    before, _, after = template.partition("{}")
    unescaped = (part.replace("{{", "{").replace("}}", "}") for part in (before, after))
    start, end = unescaped
    return Canary.around(f"{what} in {place}", start, value, end)


_UPPER = string.ascii_uppercase + "234567"
_ISSUED: dict[str, Callable[[random.Random], str]] = {
    "aws id": lambda rng: "AKIA" + _some(rng, _UPPER, 16),
    "aws temporary id": lambda rng: "ASIA" + _some(rng, _UPPER, 16),
    "github": lambda rng: rng.choice(("ghp_", "gho_", "ghs_")) + _some(rng, _ALNUM, 36),
    "github fine-grained": lambda rng: f"github_pat_{_some(rng, _ALNUM, 22)}_{_some(rng, _ALNUM, 59)}",
    "gitlab": lambda rng: "glpat-" + _some(rng, _ALNUM, 20),
    "slack": lambda rng: (
        f"xoxb-{rng.randrange(10**10, 10**11)}-{rng.randrange(10**11, 10**12)}-{_some(rng, _ALNUM, 24)}"
    ),
    "slack hook": lambda rng: (
        f"https://hooks.slack.com/services/T{_some(rng, _UPPER, 8)}/B{_some(rng, _UPPER, 8)}/{_some(rng, _ALNUM, 24)}"
    ),
    "stripe": lambda rng: "sk_live_" + _some(rng, _ALNUM, 24),
    "sendgrid": lambda rng: f"SG.{_some(rng, _URLSAFE, 22)}.{_some(rng, _URLSAFE, 43)}",
    "google": lambda rng: "AIza" + _some(rng, _URLSAFE, 35),
    "openshift": lambda rng: "sha256~" + _some(rng, _URLSAFE, 43),
    "anthropic": lambda rng: "sk-ant-api03-" + _some(rng, _URLSAFE, 93) + "AA",
    "openai": lambda rng: f"sk-proj-{_some(rng, _ALNUM, 20)}T3BlbkFJ{_some(rng, _ALNUM, 20)}",
    "hugging face": lambda rng: "hf_" + _some(rng, string.ascii_letters, 34),
    "npm": lambda rng: "npm_" + _some(rng, _ALNUM, 36),
    "jwt": _jwt,
    "azure storage": lambda rng: "AccountKey=" + base64.b64encode(rng.randbytes(64)).decode(),
    "vault": lambda rng: "hvs." + _some(rng, _URLSAFE, 90),
    "grafana": lambda rng: f"glsa_{_some(rng, _ALNUM, 32)}_{_some(rng, _HEX, 8)}",
}
_ISSUED_PLACES = (
    "{}",
    "Key of the old pipeline, still in use: {}",
    "- `{}`",
    "TOKEN={}",
    "the log shows {} in clear text",
)
