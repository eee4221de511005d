"""The other side of a clone: git's HTTP protocol, and what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kintsugi.errors import AGAIN, SourceUnavailable, TerminalError
from kintsugi.sources.credentials import Credentials
from kintsugi.stores.place import without_secrets

if TYPE_CHECKING:
    from dulwich.client import HttpGitClient

_TIMEOUT = 60.0


@dataclass(frozen=True)
class Remote:
    """A repository behind ``https://…`` or ``http://…``; its host alone gets the login. ``source`` is for messages."""

    source: str
    url: str
    credentials: Credentials | None = None

    def client(self) -> "HttpGitClient":
        """Return a client of the repository's host."""
        from dulwich.client import HttpGitClient

        login = self.credentials
        parts = urlsplit(self.url)
        return HttpGitClient(
            f"{parts.scheme}://{parts.netloc}",
            username=(login.login or "git") if login else None,
            password=login.password if login else None,
            timeout=_TIMEOUT,
            quiet=True,
        )

    @property
    def path(self) -> str:
        """The repository's path on its host."""
        return urlsplit(self.url).path or "/"

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Translate what talking to the other side raises.

        Raises:
            SourceUnavailable: it does not answer, or not as a git server does.
            TerminalError: it refuses the login, or knows no such repository.
        """
        import zlib

        from dulwich import errors
        from dulwich.client import HTTPProxyUnauthorized, HTTPUnauthorized
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (HTTPUnauthorized, HTTPProxyUnauthorized) as error:
            raise TerminalError(
                f"source {self.source}: {self.url} refuses the login",
                expected="an account that may read the repository",
                got=f"connection {self.credentials.connection}" if self.credentials else "no connection",
                next_step="set login and password (or a token) in the connection that the entry names",
            ) from error
        except errors.NotGitRepository as error:
            raise TerminalError(
                f"source {self.source}: no repository at {self.url}",
                expected="a git repository that this account may see",
                next_step="correct the entry's `url`, or give the account access",
            ) from error
        except (
            errors.GitProtocolError,
            errors.FileFormatException,
            errors.ChecksumMismatch,
            errors.ApplyDeltaError,
            HTTPError,
            OSError,
            ValueError,
            KeyError,
            AssertionError,
            zlib.error,
        ) as error:
            raise SourceUnavailable(
                f"source {self.source}: {self.url} can't be fetched",
                got=without_secrets(f"{type(error).__name__}: {error}")[:300],
                next_step=f"see whether `git ls-remote` can reach it; then {AGAIN}",
            ) from error
