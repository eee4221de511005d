"""A file of rows, here or in an object store, read from its start to its end each time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from kintsugi.errors import ConfigurationError, KintsugiError, SourceUnavailable
from kintsugi.records import Column
from kintsugi.sources.naming import safe_name
from kintsugi.sources.places.objects import without_credentials
from kintsugi.sources.tabular.columns import Names
from kintsugi.sources.tabular.values import Row

if TYPE_CHECKING:
    from upath import UPath


class FileTable:
    """What all kinds of files share.

    Args:
        source: the source's name, for messages.
        path: a path, or the URL of an object.
        mapping: from a column's present name to the agreed one.
        storage: what the object's file system is told, e.g. its login.
    """

    def __init__(
        self, source: str, path: str, mapping: Mapping[str, str], storage: Mapping[str, Any] | None = None
    ) -> None:
        self.label = safe_name(path.rstrip("/").rpartition("/")[2])
        self.what = f"source {source}, file {self.label}"
        self._path = path
        self._storage = storage
        self._names = Names(mapping)

    @property
    def locator(self) -> str:
        """The file's URL without a login, for a row's id to follow."""
        url = self._path if "://" in self._path else self._upath().as_uri()
        return f"{without_credentials(url)}#"

    @property
    def asked(self) -> str:
        """The file and the renamings."""
        return f"{self.locator} {self._names.pairs}"

    def check(self) -> None:
        """Raise `SourceUnavailable` when the file can't be opened."""
        with self.opened():
            pass

    def require(self, names: frozenset[str]) -> None:
        """Return when the file has columns of these (agreed) names, each once."""
        self._names.require(self.what, names, [each.name for each in self.columns()])

    def columns(self) -> tuple[Column, ...]:
        """Return the file's columns."""
        raise NotImplementedError

    def named(self, name: str) -> Iterator[Row]:
        """Yield nothing: a file is always read as a whole."""
        return iter(())

    def highest(self) -> Any:
        """Return nothing, for the same reason."""
        return None

    def _upath(self) -> "UPath":
        from upath import UPath

        if self._storage is None:
            return UPath(self._path)
        try:
            path: UPath = UPath(self._path, **self._storage)
            path.fs  # noqa: B018  (loads the package of the scheme)
        except (ImportError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"{self.what}: can't be opened",
                expected="a URL whose scheme an installed package of fsspec knows, and options that it takes",
                got=type(error).__name__,
                next_step="install the package (s3fs for s3://, gcsfs for gs://, adlfs for abfs://) or correct it",
            ) from error
        return path

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file, and translate what goes wrong."""
        try:
            with self._upath().open("rb") as file:
                yield file
        except OSError as error:
            raise self.unavailable(error.strerror or type(error).__name__) from error
        except UnicodeError as error:
            raise self.unavailable(str(error)) from error
        except (KintsugiError, MemoryError):
            raise
        except Exception as error:  # each object store brings exceptions of its own
            if self._storage is None:
                raise
            raise self.unavailable(type(error).__name__) from error

    def unavailable(self, got: str) -> SourceUnavailable:
        """Return the error for a file that can't be read."""
        return SourceUnavailable(
            f"{self.what}: can't be read",
            expected="a file that this process may read, written to its end",
            got=got,
            next_step="bring the file back or mend it; the next run takes everything in",
        )
