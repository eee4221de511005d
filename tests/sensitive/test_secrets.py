"""Secrets in running text, and what only looks like one."""

import base64

import pytest

from kintsugi.sensitive import scan

HEX = "9f86d081884c7d659a2feaa0c55ad015"


def names(text: str) -> list[str]:
    return [found.detector for found in scan(text, kinds=("secret",))]


@pytest.mark.parametrize(
    ("text", "detector"),
    [
        ("AKIAQ3EGRVCXNH7KLZ4T", "AWS Access Key"),
        ("glpat-x9Kd72bMpQ4vTz81LwRe", "GitLab Token"),
        ("oc login --token=sha256~Qm5vdCBhIHJlYWwgb25lLCBqdXN0IGEgdGVzdCB2YWw", "OpenShift token"),
        ("https://hooks.slack.com/services/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", "Slack Token"),
        ("DB_PASSWORD=u7!kQz0#Lw", "password"),
        (f'{{"client_secret": "{HEX}"}}', "key or token"),
        ("postgres://app:R7tq!92mZ@db:5432/app", "password in an address"),
        ("curl -u app:R7tq!92mZx https://h/", "password of a command"),
        ("The password of the old host is Gr7nd!pW2 until Monday.", "password"),
        ("  password: " + base64.b64encode(b"Gr7nd!pW2x").decode(), "password"),
    ],
)
def test_a_secret_is_found_where_people_leave_it(text, detector):
    assert names(text) == [detector]


@pytest.mark.parametrize(
    "text",
    [
        "password: <password>",
        "password: ${DB_PASSWORD}",
        "password: changeme",
        "--password=********",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "secret: default-token-dl6lw",
        "tokenSecret: builder-dockercfg-7vwnp",
        "secretName: router-certs-default",
        "token: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "The commit is 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12.",
        "image: quay.io/x@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "password = getpass.getpass('Password: ')",
        "secret = os.environ['API_KEY']",
        "The password must have at least 12 characters, one of them a digit.",
        "https://user:pass@example.com/",
        "set-cookie: csrf-token=UlYWOyQ62LWjw2h003xtYSKlh1a0Py2hhctw0WmV2YEd",
        "-----BEGIN RSA PRIVATE KEY-----\n<your key>\n-----END RSA PRIVATE KEY-----",
        "data: iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    ],
)
def test_what_documentation_writes_instead_of_a_secret_is_none(text):
    assert names(text) == []


def test_a_private_key_is_found_with_its_whole_body():
    body = "\n".join(base64.b64encode(bytes(range(first, first + 48))).decode() for first in (0, 48, 96, 144))
    key = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----"
    (found,) = scan(f"tls.key:\n{key}\nend", kinds=("secret",))
    assert (found.start, found.end) == (9, 9 + len(key))


def test_no_connection_is_made_to_verify_a_secret(monkeypatch):
    import socket

    def refuse(*arguments, **options):
        raise AssertionError("a detector opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert names("sk_live_4eC39HqLyjWDarjtT1zdp7dc and xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx")
