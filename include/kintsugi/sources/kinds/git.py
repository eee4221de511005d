"""A git repository: its documents at a revision, or its history as events."""

import re
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from kintsugi.errors import ConfigurationError
from kintsugi.sources.git.address import Address, address_of
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.places.selection import Selection
from kintsugi.sources.port import Source

if TYPE_CHECKING:
    from kintsugi.sources.git.clone import Clone


_SUFFIXES = ("md", "markdown", "mdx", "rst", "txt", "adoc", "html", "htm", "pdf", "docx")

DOCUMENTS = (*(f"*.{suffix}" for suffix in _SUFFIXES), "README", "CHANGELOG")
"""What is taken where an entry does not say: what people write for people."""


class GitOptions(Options):
    """Which repository, and what of it.

    Attributes:
        url: a path (``{home}`` and the like are filled in), ``file://…``, ``https://…`` or ``http://…``, without a
            login: login and password, or a token as the password, stand in the entry's connection.
        revision: branch, tag or commit.
        what: ``files``, one document a file, or ``history``, one document a commit.
        path: only files below this folder of the repository.
        include: only files that one of these patterns fits, see `Selection`; ``["**"]`` takes every file.
        exclude: and none of these does; submodules, too, are left out by it.
        max_repository_mb: the most that the clone of a remote repository may take, in MB.
    """

    url: str = Field(min_length=1)
    revision: str = Field(default="HEAD", min_length=1, max_length=250)
    what: Literal["files", "history"] = "files"
    path: str = ""
    include: tuple[str, ...] = DOCUMENTS
    exclude: tuple[str, ...] = ()
    max_repository_mb: float = Field(default=2000, gt=0)

    @property
    def selection(self) -> Selection:
        """What ``include`` and ``exclude`` say."""
        return Selection(include=self.include, exclude=self.exclude)

    @field_validator("include", "exclude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            Selection(include=value).wants("a")
        except re.error as error:
            raise ValueError(f"patterns of names and paths ({error})") from None
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        try:
            address_of(self.url)
        except ValueError as error:  # here and not in the field's own check: that would show the address
            raise ValueError(f"url: {error}") from None
        if self.what == "history" and (self.path or self.exclude or self.include != DOCUMENTS):
            raise ValueError("what: files, where `path`, `include` or `exclude` choose among them")
        return self


def _open(opening: Opening) -> Source:
    from kintsugi.sources.git.files import GitFiles
    from kintsugi.sources.git.history import GitDays, GitHistory
    from kintsugi.sources.git.repository import Repository

    options: GitOptions = opening.options
    config = opening.config
    address = address_of(opening.place(options.url))
    clone = None if address.folder is not None else _clone(opening, address)
    repository = Repository(config.name, address, options.revision, clone)
    if options.what == "history":
        if config.partition == "day":
            return GitDays(config.name, repository, config.labels, opening.clock)
        return GitHistory(config.name, repository, config.labels)
    if config.partition != "all":
        raise ConfigurationError(
            f"source {config.name}: files at a revision are not cut into days",
            expected="partition all, or what: history",
            next_step="correct the entry in sources.yaml",
        )
    return GitFiles(
        config.name,
        repository,
        options.selection,
        config.labels,
        max_bytes=opening.max_bytes,
        under=options.path,
    )


def _clone(opening: Opening, address: Address) -> "Clone":
    from kintsugi.sources.git.clone import Clone
    from kintsugi.sources.git.revision import is_commit_name

    if opening.credentials is not None and address.in_the_clear:
        raise ConfigurationError(
            f"source {opening.config.name}: the login would travel to {address.shown} unencrypted",
            expected="an address that begins with https://",
            next_step="correct the entry's `url`, or leave out its connection",
        )
    options: GitOptions = opening.options
    return Clone(
        source=opening.config.name,
        url=address.url,
        folder=opening.settings.var / "git",
        max_bytes=int(options.max_repository_mb * 1e6),
        credentials=opening.credentials,
        whole=options.what == "history" or is_commit_name(options.revision),
    )


KIND = Kind(options=GitOptions, partitions=("all", "day"), open=_open)
