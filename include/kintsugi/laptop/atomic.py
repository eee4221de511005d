"""Small files that are either the old ones or the new ones, whatever kills the writer."""

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, *, mode: int = 0o644) -> None:
    """Replace ``path`` in one step; a reader sees the whole old or the whole new content, a kill leaves the old.

    Args:
        mode: permissions that the file has from its first byte on.

    Raises:
        OSError: no space, no permission; the old file is untouched.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
