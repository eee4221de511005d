"""Telephone numbers that exist in a numbering plan, where the format or the words say that they are some."""

import re
from collections.abc import Iterator

from kintsugi.sensitive.finding import Finding, masked
from kintsugi.sensitive.personal.context import said_around
from kintsugi.sensitive.reading import Reading

_CUTS = 4
REGIONS = ("US", "DE", "GB", "FR", "ES", "IT")
"""Whose national formats are tried for a number without a country code, where the words around speak of telephones."""

_INTERNATIONAL = re.compile(r"\+\d{1,15}+(?:[ .()/-]{1,3}+\d{1,12}+){0,6}+(?!\w)")
_AMERICAN = re.compile(r"\(\d{3}\) ?\d{3}[-. ]\d{4}(?!\w)")
_NATIONAL = re.compile(
    r"(?<![\w.+/-])(?:0\d{1,11}+(?:[ /-]\d{2,8}+){0,4}+(?![\w.-])|\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-]))"
)
_GROUPED = re.compile(r"\d\d[ /.-]\d{2,8}|0\d{6}")
_WORDS = re.compile(
    r"\b(?:tele(?:phone|fon|fono)|t[ée]l[ée]phone|phone|tel|t[ée]l|mobile?|cell|call|fax|handy|mobil|rufnummer"
    r"|rufbereitschaft"
    r"|pager|whatsapp|sms|hotline|dial|appele[rz]?|llam[ae]|m[óo]vil|cellulare|numero|ruf|anruf\w*)\b"
)
_INVENTED = re.compile(
    r"1?\d{3}55501\d\d|44(?:20794600|7700900|1632960)\d+|441[12]\d\d4960\d+|1?(?:800|888|555)5555\d+"
)
"""Numbers kept free for stories: NANP 555-01XX, and Ofcom's ranges for drama."""


def telephones(reading: Reading) -> Iterator[Finding]:
    """Yield telephone numbers that are valid in their country's numbering plan."""
    text, lower = reading.plain, reading.lower
    seen: list[tuple[int, int]] = []
    if "+" in text:
        for whole in _INTERNATIONAL.finditer(text):
            match = _valid_part(whole) if _stands_alone(text, whole.start()) else None
            if match:
                told = said_around(lower, *match.span(), _WORDS)
                grouped = any(each in match.group() for each in " ().-/")
                seen.append(match.span())
                yield _finding(match, 0.9 if told else 0.7 if grouped else 0.5)
    if "(" in text:
        for match in _AMERICAN.finditer(text):
            if not _within(match, seen) and _is_valid(match.group(), "US"):
                seen.append(match.span())
                yield _finding(match, 0.9 if said_around(lower, *match.span(), _WORDS) else 0.7)
    done = 0
    for begun in _GROUPED.finditer(text):
        if begun.start() < done or not said_around(lower, *begun.span(), _WORDS):
            continue
        start = _start_of_digits(text, begun.start())
        national = _NATIONAL.match(text, start)
        if national is None or _within(national, seen):
            continue
        done = national.end()
        if any(_is_valid(national.group(), region) for region in REGIONS):
            yield _finding(national, 0.75)


def _start_of_digits(text: str, at: int) -> int:
    """Return where the run of digits around ``at`` begins, at most 12 characters before."""
    start = at
    while start > max(0, at - 12) and text[start - 1].isdigit():
        start -= 1
    return start


def _valid_part(whole: re.Match[str]) -> re.Match[str] | None:
    """Return the number, without groups of digits after it that are none of its own."""
    part: re.Match[str] | None = whole
    for _ in range(_CUTS):
        if part is None or _is_valid(part.group(), None):
            return part
        cut = max(part.group().rfind(gap) for gap in " ./-")
        part = _INTERNATIONAL.match(part.string, part.start(), part.start() + cut) if cut > 0 else None
    return None


def _finding(match: re.Match[str], confidence: float) -> Finding:
    return Finding(match.start(), match.end(), "personal", "telephone", masked(match.group()), confidence)


def _stands_alone(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    return not before or before.isspace() or before in "(:[<>,;|\"'`*=/" or text[start - 4 : start] == "tel:"


def _within(match: re.Match[str], seen: list[tuple[int, int]]) -> bool:
    return any(start < match.end() and match.start() < end for start, end in seen)


def _is_valid(value: str, region: str | None) -> bool:
    import phonenumbers

    digits = re.sub(r"\D", "", value)
    if not 8 <= len(digits) <= 15 or len(set(digits)) < 4 or _INVENTED.fullmatch(digits):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False
