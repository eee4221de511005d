"""Where a repository is: a folder of this machine, or an address of the network."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from kintsugi.stores.place import LOOPBACK

REMOTE = ("https", "http")


@dataclass(frozen=True)
class Address:
    """Either ``folder`` or ``url`` is set; ``shown`` is what messages and locators name, never with a login."""

    shown: str
    folder: Path | None = None
    url: str = ""

    @property
    def in_the_clear(self) -> bool:
        """Whether a login would travel unencrypted through a network."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in LOOPBACK


def address_of(text: str) -> Address:
    """Return the address that ``text`` means: a path, ``file://…``, ``https://…`` or ``http://…``.

    Raises:
        ValueError: another scheme, or an address that holds a login; the message doesn't repeat it.
    """
    if "://" not in text:
        return _local(Path(text))
    parts = urlsplit(text)
    if parts.scheme == "file":
        return _local(Path(unquote(parts.path)))
    if parts.scheme not in REMOTE or not parts.hostname:
        raise ValueError("a path, or an address that begins with https://, http:// or file://")
    if "@" in parts.netloc:
        raise ValueError("an address without a login: that belongs in a connection")
    url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Address(shown=url, url=url)


def _local(folder: Path) -> Address:
    return Address(shown=folder.absolute().as_uri(), folder=folder)
