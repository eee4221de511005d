"""An object store, or anything else that fsspec reaches: ``s3://bucket/prefix``, ``memory://folder``, ``sftp://…``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from kintsugi.documents.identity import digest
from kintsugi.errors import ConfigurationError, DataError, KintsugiError, SourceUnavailable, TerminalError
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.naming import safe_name
from kintsugi.sources.places.place import Entry, passed_over
from kintsugi.sources.port import ItemVanished

_IDENTIFYING = ("ETag", "etag", "md5Hash", "content_md5", "generation", "VersionId", "version_id")
"""What stores say of an object that is another whenever its bytes are. Size and time are not among them."""

_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


@dataclass(frozen=True)
class _Listed:
    name: str
    folder: bool
    version: str
    written_at: float | None


class ObjectPlace:
    """Objects below a URL, sorted by name within each prefix; or the one object that the URL names.

    Whatever a store says of an object that identifies its bytes (an entity tag, a checksum, a generation) is the
    entry's version, so that unchanged objects are not fetched. An empty prefix does not exist for an object store: it
    is an outage, never an empty place.

    Args:
        source: the source's name, for messages.
        url: of the place; credentials in it are used and never shown.
        options: what fsspec's file system of this scheme wants to know.
    """

    def __init__(self, source: str, url: str, options: Mapping[str, Any]) -> None:
        self._source = source
        self._url = url
        self._options = dict(options)
        self._shown = without_credentials(url)

    def check(self) -> None:
        """Return when the place answers.

        Raises:
            SourceUnavailable: it doesn't, or there is nothing there.
            TerminalError: it refuses the credentials.
        """
        self._told(self._root)

    def exists(self) -> bool:
        """Return whether the store answers and has anything at the URL.

        Raises:
            TerminalError: it refuses the credentials.
        """
        self._files.invalidate_cache()
        try:
            return bool(self._told(self._root))
        except SourceUnavailable:
            return False

    def entries(self) -> Iterator[Entry]:
        """Yield every object below the URL.

        Raises:
            SourceUnavailable: the store stopped answering, or there is nothing there.
        """
        self._files.invalidate_cache()
        told = self._told(self._root)
        if told.get("type") != "directory":
            yield self._entry(_listed(told), safe_name(_last(self._root)))
            return
        yield from self._below(self._root, "", must=True)

    def entry(self, path: str) -> Entry | None:
        """Return the object of this path; ``None`` when there is none that a listing would show."""
        names = [unquote(name, errors="surrogateescape") for name in path.split("/")]
        if any(not name or passed_over(name) for name in names):
            return None
        self._files.invalidate_cache()
        told = self._told(self._root)
        alone = told.get("type") != "directory"
        if alone and path != safe_name(_last(self._root)):
            return None
        name = self._root if alone else "/".join((self._root.rstrip("/"), *names))
        with self._translated(self._shown):
            try:
                told = self._files.info(name)
            except FileNotFoundError:
                return None
        return self._entry(_listed(told), path) if told.get("type") != "directory" else None

    def _below(self, folder: str, at: str, *, must: bool = False) -> Iterator[Entry]:
        with self._translated(f"{self._shown.rstrip('/')}/{at}"):
            try:
                told = self._files.ls(folder, detail=True)
            except FileNotFoundError:
                if must:
                    raise
                return
            here = folder.strip("/")
            found = [_listed(each) for each in told if str(each["name"]).strip("/") != here]
        for each in sorted(found, key=lambda one: (_last(one.name).encode("utf-8", "surrogateescape"), one.folder)):
            name = _last(each.name)
            if not name or passed_over(name):
                continue
            relative = f"{at}{safe_name(name)}"
            if each.folder:
                yield from self._below(each.name, f"{relative}/")
            else:
                yield self._entry(each, relative)

    def _entry(self, listed: _Listed, relative: str) -> Entry:
        base = self._shown.rstrip("/")
        alone = listed.name.strip("/") == self._root.strip("/")
        return Entry(
            path=relative,
            locator=base if alone else f"{base}/{quote(relative, safe='/%')}",
            opened=partial(self._opened, listed.name),
            version=listed.version,
            written_at=listed.written_at,
        )

    @contextmanager
    def _opened(self, name: str, document: str) -> Iterator[BinaryIO]:
        try:
            with self._files.open(name, "rb") as file:
                yield cast(BinaryIO, file)
        except (KintsugiError, MemoryError):
            raise
        except FileNotFoundError as error:
            raise ItemVanished(f"document {document}: was listed and is gone") from error
        except PermissionError as error:
            self.check()
            raise DataError(
                f"document {document}: can't be read",
                expected="an object that these credentials may read",
                got="refused",
                next_step="grant it to them, or exclude it; the next run takes it in",
            ).named("readable") from error
        except Exception as error:  # each store brings exceptions of its own
            raise self._unavailable(self._shown, error) from error

    def _told(self, name: str) -> Mapping[str, Any]:
        with self._translated(self._shown):
            told: Mapping[str, Any] = self._files.info(name)
            return told

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except (KintsugiError, MemoryError):
            raise
        except PermissionError as error:
            raise TerminalError(
                f"source {self._source}: {what} refuses these credentials",
                expected="a connection that may list and read it",
                got=type(error).__name__,
                next_step="correct the connection, or grant it list and read",
            ) from error
        except Exception as error:  # each store brings exceptions of its own
            raise self._unavailable(what, error) from error

    def _unavailable(self, what: str, error: Exception) -> SourceUnavailable:
        return SourceUnavailable(
            f"source {self._source}: {what} can't be read",
            expected="a store that answers, with something there",
            got=type(error).__name__,
            next_step="create it or mend the connection; the next run takes everything in",
        )

    @cached_property
    def _at(self) -> Any:
        from upath import UPath

        try:
            path = UPath(self._url, **{**self._options, "use_listings_cache": False})
            path.fs.invalidate_cache()
            return path
        except (ImportError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"source {self._source}: {self._shown} can't be opened",
                expected="a URL whose scheme an installed package of fsspec knows, and options that it takes",
                got=f"{type(error).__name__}: {str(error)[:200]}" if isinstance(error, ImportError) else "",
                next_step="install the package (s3fs for s3://, gcsfs for gs://, adlfs for abfs://) or correct it",
            ) from error

    @property
    def _files(self) -> Any:
        return self._at.fs

    @property
    def _root(self) -> str:
        return str(self._at.path)


def storage_options(credentials: Credentials | None, scheme: str) -> dict[str, Any]:
    """Return what a connection says in the words of fsspec's file system; its ``extra`` is taken as it is and wins."""
    if credentials is None:
        return {}
    extra = dict(credentials.extra)
    named = ("key", "secret") if scheme in ("s3", "s3a") else ("username", "password")
    options: dict[str, Any] = dict(zip(named, (credentials.login, credentials.password), strict=True))
    if scheme in ("s3", "s3a"):
        client = {key: extra.pop(key) for key in ("region_name", "endpoint_url") if key in extra}
        options |= {"client_kwargs": client} if client else {}
        options["token"] = extra.pop("aws_session_token", "")
    return {key: value for key, value in options.items() if value} | extra


def without_credentials(url: str) -> str:
    """Return the URL without user, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _listed(told: Mapping[str, Any]) -> _Listed:
    said = [f"{key}={told[key]}" for key in _IDENTIFYING if told.get(key)]
    strong = [each for each in said if "=W/" not in each]
    version = digest("object", str(told.get("size", "")), *strong) if strong else ""
    times = [told[key] for key in _TIMES if told.get(key)]
    written = next(filter(None, map(_seconds, times)), None)
    return _Listed(str(told["name"]), told.get("type") == "directory", version, written)


def _seconds(time: Any) -> float | None:
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            return None
    if isinstance(time, datetime):
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return float(time) if isinstance(time, int | float) else None


def _last(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1]
