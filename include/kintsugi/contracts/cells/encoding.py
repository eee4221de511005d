"""Text that was decoded with the wrong encoding: ``CafÃ©`` for ``Café``, or a character that nobody could decode."""

from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "encoding"

_LOST = "\N{REPLACEMENT CHARACTER}"


def judge(value: str) -> Suspicion | None:
    """Return a suspicion against text that reads otherwise as the UTF-8 that it once was."""
    if value.isascii():
        return None
    if _LOST in value:
        return Suspicion(SIGNAL, "has a character that couldn't be decoded", 0.95)
    for wrong in ("cp1252", "latin-1"):
        try:
            meant = value.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        return Suspicion(SIGNAL, f"was written as UTF-8 and read as {wrong}", 0.95, meant)
    return None
