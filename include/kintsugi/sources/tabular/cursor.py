"""The cursor of a scan by watermark, as the text that is kept with the partition."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kintsugi.sources.tabular.marks import Mark, mark_of


@dataclass(frozen=True)
class ScanCursor:
    """How far a scan has come.

    Attributes:
        mark: the highest watermark that was read, never beyond the reader's own clock.
        full_at: when everything was last listed, seconds since the epoch.
        shape: digest of what decides how rows become documents; a scan of another shape can't go on here.
    """

    mark: Mark
    full_at: float
    shape: str

    def text(self) -> str:
        """Return the cursor as JSON."""
        key = "number" if isinstance(self.mark, Decimal) else "time"
        value = self.mark.isoformat() if isinstance(self.mark, datetime) else str(self.mark)
        return json.dumps({key: value, "full_at": self.full_at, "shape": self.shape}, sort_keys=True)


def cursor_of(text: str) -> ScanCursor | None:
    """Return the cursor that `ScanCursor.text` wrote, or ``None`` when it is none."""
    try:
        found = json.loads(text)
        mark = datetime.fromisoformat(found["time"]) if "time" in found else Decimal(found["number"])
        known = mark_of(mark)
        if known is None:
            return None
        return ScanCursor(known, float(found["full_at"]), str(found["shape"]))
    except (ValueError, ArithmeticError, KeyError, TypeError):
        return None
