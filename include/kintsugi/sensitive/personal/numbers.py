"""Payment cards, bank accounts and identity numbers: right by their check digits, and called what they are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from kintsugi.sensitive.anchors import Anchors
from kintsugi.sensitive.finding import Finding, masked
from kintsugi.sensitive.personal import checksums
from kintsugi.sensitive.personal.checksums import digits_of
from kintsugi.sensitive.personal.context import said_around
from kintsugi.sensitive.reading import Reading

_LONG = re.compile(r"[3-6]\d{3}[ -]?\d{4}", re.ASCII)
_CARD = re.compile(
    r"(?<![\w.+-])(?<!\d )[3-6]\d{3}(?:\d{9,15}|(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}"
    r"|(?P<two>[ -])\d{6}(?P=two)\d{4,5})(?![\w-]|\.\d| \d{2,})",
    re.ASCII,
)
_CARD_WORDS = re.compile(
    r"\b(?:(?:credit|debit|payment|kredit|bank)?[ _-]?(?:card|karte|tarjeta|carte|carta)(?:[ _-]?(?:number|no|nr))?"
    r"|visa|master"
    r"|mastercard|amex|maestro|pan|cvv|cvc|exp|paid|charged?)\b|kreditkarte|card_|_card"
)
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|6(?:011\d\d|5\d{4}|4[4-9]\d{3})\d{10}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14}"
)
_TEST_CARDS = re.compile(
    r"4(?:111111111111111|242424242424242|012888888881881|000056655665556|222222222222)|5(?:555555555554444"
    r"|105105105105100"
    r"|200828282828210)|37(?:8282246310005|1449635398431|8734493671000)|6011(?:111111111117|000990139424)"
    r"|3(?:0569309025904"
    r"|8520000023237|530111333300000)|(\d{4})\1\1\1"
)
_IBAN_START = re.compile(r"[A-Z]{2}\d\d[ A-Z\d]{11}", re.ASCII)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?", re.ASCII)
_IBAN_LENGTHS = dict(
    part.split(":")
    for part in [
        "AD:24",
        "AE:23",
        "AT:20",
        "BE:16",
        "BG:22",
        "CH:21",
        "CY:28",
        "CZ:24",
        "DE:22",
        "DK:18",
        "EE:20",
        "ES:24",
        "FI:18",
        "FR:27",
        "GB:22",
        "GR:27",
        "HR:21",
        "HU:28",
        "IE:22",
        "IL:23",
        "IS:26",
        "IT:27",
        "LI:21",
        "LT:20",
        "LU:20",
        "LV:21",
        "MC:27",
        "MT:31",
        "NL:18",
        "NO:15",
        "PL:28",
        "PT:25",
        "RO:24",
        "SA:24",
        "SE:24",
        "SI:19",
        "SK:24",
        "TR:26",
    ]
)
"""ISO 13616: how long an account number of a country is."""

_PRINTED_IBANS = (
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "GB82WEST12345698765432",
    "FR1420041010050500013M02606",
)
"""Those that manuals print."""


@dataclass(frozen=True)
class _Identity:
    """An identity number: its shape, its check, and a word of which one has to stand near."""

    name: str
    shape: re.Pattern[str]
    check: Callable[[str], bool]
    words: re.Pattern[str]
    needed: tuple[str, ...]


def _always(value: str) -> bool:
    return True


_IDENTITIES = (
    _Identity(
        "US social security number",
        re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", re.ASCII),
        checksums.social_security,
        re.compile(r"\bssn\b|social[ -]security"),
        ("ssn", "social security", "social-security"),
    ),
    _Identity(
        "UK national insurance number",
        re.compile(
            r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.ASCII
        ),
        _always,
        re.compile(r"\bnino\b|national insurance"),
        ("nino", "national insurance"),
    ),
    _Identity(
        "German tax id",
        re.compile(r"(?<![\w.-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\w.-])", re.ASCII),
        checksums.tax_id,
        re.compile(r"steuer-?(?:id|nummer)|steueridentifikation|\bidnr\b|\btin\b|tax id"),
        ("steuer", "idnr", "tax id", " tin "),
    ),
    _Identity(
        "French social security number",
        re.compile(r"(?<![\w.-])[12] ?\d{2} ?[01]\d ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w.-])", re.ASCII),
        checksums.nir,
        re.compile(r"s[ée]curit[ée] sociale|\bnir\b|\binsee\b|num[ée]ro de s[ée]cu"),
        ("sociale", "nir", "insee", "de sécu", "de secu"),
    ),
    _Identity(
        "Spanish identity number",
        re.compile(r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b", re.ASCII),
        checksums.dni,
        re.compile(r"\b(?:dni|nie|nif|d\.n\.i)\b|documento nacional"),
        ("dni", " nie ", " nie:", " nif ", " nif:", "d.n.i", "documento nacional"),
    ),
    _Identity(
        "Brazilian CPF",
        re.compile(r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])", re.ASCII),
        checksums.cpf,
        re.compile(r"\bcpf\b|cadastro|contribuinte"),
        ("cpf", "cadastro", "contribuinte"),
    ),
    _Identity(
        "Italian codice fiscale",
        re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]\b", re.ASCII),
        checksums.codice_fiscale,
        re.compile(r"codice|fiscale"),
        ("codice", "fiscale"),
    ),
)


def numbers(reading: Reading) -> Iterator[Finding]:
    """Yield cards, accounts and identity numbers."""
    yield from _cards(reading)
    yield from _accounts(reading)
    said = {word for _, word in _anchors().positions(reading)}
    for identity in _IDENTITIES:
        if not said.isdisjoint(identity.needed):
            yield from _identities(reading, identity)


@cache
def _anchors() -> Anchors:
    return Anchors(word for identity in _IDENTITIES for word in identity.needed)


def _cards(reading: Reading) -> Iterator[Finding]:
    for start in _LONG.finditer(reading.plain):
        match = _CARD.match(reading.plain, start.start())
        digits = digits_of(match.group()) if match else ""
        if (
            match is None
            or not _ISSUERS.fullmatch(digits)
            or not checksums.luhn(digits)
            or _TEST_CARDS.fullmatch(digits)
        ):
            continue
        told = said_around(reading.lower, *match.span(), _CARD_WORDS)
        grouped = len(match.group()) > len(digits)
        sure = 0.95 if told else 0.7 if grouped else 0.4
        yield Finding(*match.span(), "personal", "payment card", masked(digits), sure)


def _accounts(reading: Reading) -> Iterator[Finding]:
    for begun in _IBAN_START.finditer(reading.plain):
        match = _IBAN.match(reading.plain, begun.start())
        if match is None:
            continue
        length = int(_IBAN_LENGTHS.get(match.group()[:2], 0))
        kept = ""
        end = match.start()
        for character in match.group():
            if len(kept) == length:
                break
            kept += character.strip()
            end += 1
        whole = len(kept) == length and not reading.plain[end : end + 1].isalnum()
        if length and whole and kept not in _PRINTED_IBANS and checksums.mod97(kept):
            yield Finding(match.start(), end, "personal", "bank account (IBAN)", masked(kept), 0.95)


def _identities(reading: Reading, identity: _Identity) -> Iterator[Finding]:
    for match in identity.shape.finditer(reading.plain):
        if said_around(reading.lower, *match.span(), identity.words) and identity.check(digits_of(match.group())):
            yield Finding(*match.span(), "personal", identity.name, masked(match.group()), 0.9)
