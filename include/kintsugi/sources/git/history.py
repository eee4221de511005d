"""The history of a repository as events: one document a commit."""

from collections.abc import Iterable, Iterator
from functools import partial

import structlog

from kintsugi.documents.identity import digest
from kintsugi.platform import Clock
from kintsugi.records import Labels
from kintsugi.sources.git.changes import Changes, changes_of
from kintsugi.sources.git.commit_account import ACCOUNT, account_of, author_of, date_of, title_of
from kintsugi.sources.git.commits import all_commits, commits_since, dated_commits
from kintsugi.sources.git.repository import Repository
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.partitions import WHOLE, is_over, window_of
from kintsugi.sources.port import RawItem


class GitHistory:
    """All commits of a revision; after the first time, those that are new.

    The cursor is the commit that the revision meant. Where that one is no longer part of the history, because somebody
    rewrote it, everything is listed again, and commits that are gone are deleted. Dates play no part in this, so a
    commit that is pushed late, or was made by a wrong clock, is never passed over.
    """

    contract = "documents"

    def __init__(self, name: str, repository: Repository, labels: Labels) -> None:
        self.name = name
        self.complete = True
        self.cursor = ""
        self._repository = repository
        self._labels = labels

    def check(self) -> None:
        """Raise `SourceUnavailable` when the repository does not answer."""
        self._repository.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return true: a history is complete whenever it is looked at."""
        return is_over(self.name, "all", partition, now)

    def items(self, partition: str = WHOLE) -> Iterator[RawItem]:
        """Yield all commits."""
        return self.items_after(partition, "")

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        """Yield the commits that are new since the cursor; all of them when it is not part of the history.

        Raises:
            SourceUnavailable: the repository can't be read.
            TerminalError: no such revision.
        """
        tip = self._repository.tip()
        self.cursor, self.complete = cursor, True
        for name in self._listed(tip, cursor):
            yield _item(self._repository, name, self._labels)
        self.cursor = tip.decode()

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the commit of this name, or ``None`` when the repository has none."""
        return _single(self._repository, external_id, self._labels)

    def _listed(self, tip: bytes, cursor: str) -> Iterable[bytes]:
        if cursor:
            known = self._repository.has_commit(cursor.encode())
            new = commits_since(self._repository, tip, cursor.encode()) if known else None
            if new is not None:
                self.complete = False
                return new
            structlog.get_logger().info("git.history_rewritten", source=self.name, cursor=cursor, tip=tip.decode())
        return all_commits(self._repository, tip)


class GitDays:
    """The commits of a day: those whose committer's date, in UTC, falls into it.

    A day is listed completely each time, so a commit that a rewritten history no longer has is deleted when its day is
    run again. A commit that is pushed after its day was taken in comes in when its day is run again, not before;
    `GitHistory` knows no such gap.

    Args:
        name: the source's name.
        repository: where the commits are.
        labels: labels of every document.
        clock: seconds since the epoch; a commit from after that counts to the day of the commit built on it.
    """

    contract = "documents"
    complete = True

    def __init__(self, name: str, repository: Repository, labels: Labels, clock: Clock) -> None:
        self.name = name
        self._repository = repository
        self._labels = labels
        self._clock = clock

    def check(self) -> None:
        """Raise `SourceUnavailable` when the repository does not answer."""
        self._repository.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the day is over."""
        return is_over(self.name, "day", partition, now)

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield the commits of the day, the earliest first.

        Raises:
            SourceUnavailable: the repository can't be read.
            TerminalError: no such revision, or no such day.
        """
        window = window_of(self.name, "day", partition)
        start, end = window.start.timestamp(), window.end.timestamp()
        dated = dated_commits(self._repository, self._repository.tip(), self._clock())
        for _, name in sorted((seconds, name) for seconds, name in dated if start <= seconds < end):
            yield _item(self._repository, name, self._labels)

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the commit of this name, or ``None`` when the repository has none."""
        return _single(self._repository, external_id, self._labels)


def _single(repository: Repository, external_id: str, labels: Labels) -> RawItem | None:
    repository.tip()
    name = external_id.encode()
    return _item(repository, name, labels) if repository.has_commit(name) else None


def _item(repository: Repository, name: bytes, labels: Labels) -> RawItem:
    commit = repository.commit(name)
    return RawItem(
        external_id=name.decode(),
        media_type=MARKDOWN,
        locator=f"{repository.shown}#{name.decode()}",
        read=partial(_read, repository, name),
        labels=labels,
        raw_digest=digest(ACCOUNT, name),
        title=title_of(commit),
        metadata={"commit": name.decode(), "author": author_of(commit), "committed": date_of(commit)},
    )


def _read(repository: Repository, name: bytes) -> bytes:
    commit = repository.commit(name)
    parents = repository.parents(commit)
    merged = len(parents) > 1
    cut = not parents and bool(commit.parents)
    changes = Changes((), 0) if merged or cut else changes_of(repository, commit, parents[0] if parents else None)
    return account_of(commit, parents, changes).encode("utf-8", "replace")
