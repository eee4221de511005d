"""How large an object of a repository is, from its header: a huge one is refused without being read."""

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from kintsugi.sources.git.delta import OFS_DELTA, REF_DELTA, after_distance, entry_at, size_after

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.pack import Pack

_HEADER = 4096
_LONGEST_CHAIN = 5000


def memory_to_read(store: "DiskObjectStore", name: bytes) -> int:
    """Return the size in bytes of the largest object that has to be unpacked to read this one.

    That is the object's own size, or the size of one that it is stored as a difference to: a small file may hang on a
    huge one.

    Raises:
        KeyError: the repository does not have it.
        ValueError: its header makes no sense.
    """
    largest = 0
    for _ in range(_LONGEST_CHAIN):
        found = _packed(store, name)
        if found is None:
            return max(largest, _loose_size(store, name))
        pack, offset = found
        size, base = _chain_size(pack, offset)
        largest = max(largest, size)
        if base is None:
            return largest
        name = base
    raise ValueError("a chain of differences that does not end")


def _packed(store: "DiskObjectStore", name: bytes) -> "tuple[Pack, int] | None":
    raw = bytes.fromhex(name.decode())
    for each in (store, *store.alternates):
        for pack in each.packs:
            try:
                return pack, pack.index.object_offset(raw)  # type: ignore[arg-type]
            except KeyError:
                continue
    return None


def _chain_size(pack: "Pack", offset: int) -> tuple[int, bytes | None]:
    """Follow differences within a pack; return the largest size met, and the base's name if it is given by name."""
    largest = 0
    with Path(pack.data.path).open("rb") as file:
        for _ in range(_LONGEST_CHAIN):
            file.seek(offset)
            header = file.read(_HEADER)
            kind, size, at = entry_at(header, 0)
            largest = max(largest, size)
            if kind not in (OFS_DELTA, REF_DELTA):
                return largest, None
            back, at = after_distance(header, at) if kind == OFS_DELTA else (0, at + 20)
            largest = max(largest, size_after(zlib.decompressobj().decompress(header[at:], 40)))
            if kind == REF_DELTA:
                return largest, header[at - 20 : at].hex().encode()
            if not 0 < back <= offset:
                raise ValueError("a difference to nothing")
            offset -= back
    raise ValueError("a chain of differences that does not end")


def _loose_size(store: "DiskObjectStore", name: bytes) -> int:
    text = name.decode()
    for each in (store, *store.alternates):
        try:
            with (Path(str(getattr(each, "path", ""))) / text[:2] / text[2:]).open("rb") as file:
                header = zlib.decompressobj().decompress(file.read(_HEADER), 64)
        except FileNotFoundError:
            continue
        return int(header.split(b"\0", 1)[0].split(b" ")[1])
    raise KeyError(name)
