"""Values next to words such as *password* or *api key*: in configuration, commands, addresses and sentences."""

import base64
import re
from collections.abc import Iterator
from functools import cache

from kintsugi.sensitive.anchors import Anchors
from kintsugi.sensitive.finding import Finding, masked
from kintsugi.sensitive.reading import Reading
from kintsugi.sensitive.secret.placeholder import classes, entropy, is_identifier, is_placeholder, randomness

_PASSWORD = r"passwor[dt]|passwd|passphrase|passcode|kennwort|contraseña|mot de passe|\bpwd\b|_pass\b|\bpass(?==)"
_KEY = (
    r"secret|(?<!csrf-)(?<!csrf_)(?<!xsrf-)token|api[ _-]?key|access[ _-]?key|(?:private|signing|encryption|master"
    r"|account|shared|client|auth)[ _-]?key"
    r"|accesskey|credential|bearer|authorization"
)
_HEADS = (
    *(
        "password",
        "passwort",
        "passwd",
        "passphrase",
        "passcode",
        "kennwort",
        "contraseña",
        "mot de passe",
        "pwd",
        "_pass",
        "pass=",
    ),
    *("secret", "token", "apikey", "accesskey", "credential", "bearer", "authorization"),
    *(
        f"{first}{gap}key"
        for gap in ("", " ", "_", "-")
        for first in ("api", "access", "private", "signing", "encryption")
    ),
    *(f"{first}{gap}key" for gap in ("", " ", "_", "-") for first in ("master", "account", "shared", "client", "auth")),
)
_GLUE = (
    r"[\w-]{0,40}[\"'`*\])]{0,3}"
    r"(?:(?: [\w /-]{1,40})?[ \t]{0,20}(?::=|=>|==|=|:|\|)[ \t]{0,20}"
    r"|\s{1,3}(?:is|was|lautet|est|es|è|für[ \w]{1,40} lautet)\s{1,2}|\s{1,3}[\w /-]{0,40} is\s|[ ,\t]{1,3})"
    r"(?:(?:bearer|basic|token)[ \t]{1,2})?"
)
_PLACE = re.compile(rf"(?:(?P<password>{_PASSWORD})|(?P<key>{_KEY})){_GLUE}(?P<quote>[\"'`]?)(?=[^\s\"'`-])")
_VALUE = re.compile(r"[^\s\"'`,;|<>]{8,400}")
_LOGIN = re.compile(r"://[^\s/?#\[\]@:\"'<>]{1,100}:([^\s/@\"'<>]{3,200})@")
_USER = re.compile(r"(?:\s-u|--user)[ =][\"']?[\w.@-]{1,60}:([^\s\"']{6,100})")
_SIGN = re.compile(r"[:=|]")
_OPTION = re.compile(r"\s--?[\w-]*\Z")
_ASSIGNS = re.compile(r"=[^=]")
_HEX = re.compile(r"(?i)[0-9a-f]+")


def assigned_secrets(reading: Reading) -> Iterator[Finding]:
    """Yield values that look random, or like a password, where the words around say that they are secret."""
    lower = reading.lower
    yield from _named(reading)
    if "://" in lower:
        yield from _in_addresses(reading.plain, _LOGIN, "password in an address")
    if " -u" in lower or "--user" in lower:
        yield from _in_addresses(reading.plain, _USER, "password of a command")


def _named(reading: Reading) -> Iterator[Finding]:
    text, lower = reading.plain, reading.lower
    done = 0
    for at, _ in sorted(_anchors().positions(reading)):
        place = _PLACE.match(lower, at) if at >= done else None
        if place is None or place.end() < done:
            continue
        value = _VALUE.match(text, place.end())
        if value is None:
            continue
        found = value.group().rstrip(".:!?)]}\\") if not place["quote"] else value.group().rstrip("\\")
        told = _SIGN.search(lower, *place.span()) or _OPTION.search(lower[max(0, at - 30) : at])
        sign = told is not None
        if place["password"] and is_password(found, strict=not sign):
            name = "password"
        elif is_key(found) and (sign or place["quote"] or classes(found) >= 3):
            name = "key or token"
        else:
            continue
        done = place.end() + len(found)
        yield Finding(place.end(), done, "secret", name, masked(found), 0.8 if sign else 0.7)


@cache
def _anchors() -> Anchors:
    return Anchors(_HEADS)


def _in_addresses(text: str, pattern: re.Pattern[str], name: str) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        value = match.group(1)
        if not is_placeholder(value) and (is_password(value, strict=False) or is_key(value)):
            yield Finding(*match.span(1), "secret", name, masked(value), 0.85)


def is_password(value: str, *, strict: bool) -> bool:
    """Return whether a value next to *password* is one that somebody chose or drew.

    ``strict``: nothing but the neighbourhood connects the two, so that it needs a digit and signs or both cases.
    """
    if len(value) > 100 or is_placeholder(value):
        return False
    if decoded := _decoded(value):
        return is_password(decoded, strict=strict) or is_key(value)
    if is_identifier(value) or "//" in value or value.count("/") > 1:
        return False
    digits = any(map(str.isdigit, value))
    return digits and classes(value) >= 3 and (not strict or len(value) >= 9)


def is_key(value: str) -> bool:
    """Return whether a value is random enough to be a key: long, of letters and digits, and not a name or digest."""
    if len(value) < 20 or is_placeholder(value) or is_identifier(value):
        return False
    if not any(map(str.isdigit, value)) or value.count("/") > 3 or "://" in value or _ASSIGNS.search(value):
        return False
    decoded = _decoded(value)
    if decoded and (is_placeholder(decoded) or classes(decoded) < 3):
        return False
    if _HEX.fullmatch(value):
        return len(value) in (32, 40, 48, 64, 96, 128) and entropy(value) > 3
    return entropy(value) > 3.6 and randomness(value) >= 14


def _decoded(value: str) -> str:
    """Return what a value is in base64, where that is printable text; else an empty string."""
    if len(value) % 4 or len(value) < 8:
        return ""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        return ""
    text = text.strip()
    return text if text.isprintable() else ""
