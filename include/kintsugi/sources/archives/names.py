"""Which files are archives, and what their members are called."""

from kintsugi.sources.naming import safe_name

_KINDS = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar.xz": "tar.xz",
    ".txz": "tar.xz",
    ".tar.bz2": "tar.bz2",
    ".tbz2": "tar.bz2",
    ".gz": "gz",
    ".xz": "xz",
    ".bz2": "bz2",
}


def kind_of(name: str) -> str:
    """Return ``zip``, ``tar``, ``tar.gz`` (or ``xz``, ``bz2``) for the name of an archive; else "".

    A single file that is packed, like ``app.log.2.gz``, is an archive with one member: ``gz``, ``xz`` or ``bz2``.
    """
    lower = name.lower()
    return next((kind for suffix, kind in _KINDS.items() if lower.endswith(suffix) and lower != suffix), "")


def member_path(name: str) -> str:
    """Return a member's name as safe names joined by ``/``.

    What would lead out of the archive when unpacked (a leading ``/``, ``..``) is percent-encoded: it is a name here,
    and no path. ``.`` and empty parts are left out.
    """
    parts = [_part(part) for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") and parts:
        parts[0] = "%2F" + parts[0]
    return "/".join(parts)


def _part(part: str) -> str:
    return "%2E%2E" if part == ".." else safe_name(part)
