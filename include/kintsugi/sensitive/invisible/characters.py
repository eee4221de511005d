"""Characters without a shape of their own, where nothing legitimate needs them.

Which uses are legitimate follows Unicode: UTS #51 (emoji sequences), UAX #9 (bidirectional text), UAX #31 section 2.3
(joiners), UTR #36 (security). That tag characters and variation selectors carry whole messages past a reader is shown
by Goodside 2024 and Butler 2025.
"""

import re
import unicodedata
from collections.abc import Iterator

_RUN = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]+"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f\ufe0f?")
_MARKS = "\u061c\u200e\u200f"
_CLOSING = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BIDI_RUN = re.compile(_BIDI.pattern + "+")
_KEYCAPS = "#*0123456789"
_NAMES = (
    ("tag characters", re.compile("[\U000e0000-\U000e007f]")),
    ("variation selectors", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f]")),
    ("bidirectional control", _BIDI),
    ("soft hyphen", re.compile("\u00ad")),
    ("zero-width character", re.compile("")),
)
_JOINING = ((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x18AF), (0xFB50, 0xFEFC))
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x0F00, 0x0FFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF))


def invisible_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and a name for each run of invisible characters that nothing legitimate needs."""
    if text.isascii():
        return
    bidi = _Bidi(text)
    for match in _RUN.finditer(text):
        run = match.group()
        if not (bidi.is_sound(match.start()) if _BIDI_RUN.fullmatch(run) else _is_needed(text, match.span(), run)):
            yield match.start(), match.end(), next(name for name, pattern in _NAMES if pattern.search(run))


def without_invisible(text: str) -> str:
    """Return the text without any invisible character, needed or not."""
    return _RUN.sub("", text)


class _Bidi:
    """Which lines use bidirectional controls soundly; asked in the order of the text, it looks at each line once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_end = -1
        self._sound = False

    def is_sound(self, start: int) -> bool:
        """Marks and balanced embeddings are sound on a line that has letters written from right to left."""
        if start > self._line_end:
            first = self._text.rfind("\n", 0, start) + 1
            last = self._text.find("\n", start)
            self._line_end = last if last >= 0 else len(self._text)
            self._sound = _is_bidi_sound(self._text[first : self._line_end])
        return self._sound


def _is_bidi_sound(line: str) -> bool:
    if not _RIGHT_TO_LEFT.search(line):
        return False
    open_controls: list[str] = []
    for run in _RUN.findall(line):
        if not _BIDI.search(run):
            continue
        if not _BIDI_RUN.fullmatch(run):
            return False
        for control in run:
            if control in _CLOSING:
                open_controls.append(_CLOSING[control])
            elif control not in _MARKS and (not open_controls or open_controls.pop() != control):
                return False
    return not open_controls


def _is_needed(text: str, span: tuple[int, int], run: str) -> bool:
    start, end = span
    before = text[start - 1] if start else ""
    after = text[end : end + 1]
    if not start and run == "\ufeff":
        return True
    if before == "\U0001f3f4" and _FLAG.fullmatch(run):
        return True
    if run in ("\ufe0f\u200d", "\ufe0e\u200d", "\u200d"):
        return (_is_pictograph(before) and _is_pictograph(after)) or (run == "\u200d" and _joins(before, after))
    if run == "\u200c":
        return _joins(before, after)
    if run == "\u200b":
        return _in(before, _UNSPACED) and _in(after, _UNSPACED)
    return len(run) == 1 and _selects(before, run)


def _selects(base: str, selector: str) -> bool:
    if selector in "\ufe0e\ufe0f":
        return _is_pictograph(base) or base in _KEYCAPS
    if "\ufe00" <= selector <= "\ufe0d" or "\U000e0100" <= selector <= "\U000e01ef":
        return bool(base) and unicodedata.category(base) in ("Lo", "Sm")
    return "\u180b" <= selector <= "\u180f" and _in(base, ((0x1800, 0x18AF),))


def _is_pictograph(character: str) -> bool:
    return (
        bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm", "Po", "Nl") and character > "\u00a8"
    )


def _joins(before: str, after: str) -> bool:
    return _in(before, _JOINING) and (_in(after, _JOINING) or not after.isalnum())


def _in(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return bool(character) and any(first <= ord(character) <= last for first, last in ranges)
