"""What the stages tell each other: counts and paths, small enough for Airflow's XCom."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Fetched:
    """What `fetch` staged.

    Attributes:
        source: the source's name.
        partition: the partition's key.
        folder: the run's staging folder.
        epoch: that of the run's claim on the partition.
        shards: paths of shards to validate and load.
        complete: whether what was not seen is gone from the source.
        seen: items that the source has.
        staged: documents in the shards.
        skipped: items that are stored as they are.
        written_before: items that an earlier try of this run has stored as they are.
        refused: items and rows that went to quarantine.
        vanished: items that were gone before they could be read.
        repeated: items that a listing named again without a difference, or changed more than once.
        cursor: where an incremental source goes on once this is committed.
        terms: digest of all that it was made with.
    """

    source: str
    partition: str
    folder: str
    epoch: int
    shards: tuple[str, ...]
    complete: bool
    seen: int = 0
    staged: int = 0
    skipped: int = 0
    written_before: int = 0
    refused: int = 0
    vanished: int = 0
    repeated: int = 0
    cursor: str = ""
    terms: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "shards": list(self.shards)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from what `to_dict` returned."""
        return cls(**{**values, "shards": tuple(values["shards"])})


@dataclass(frozen=True)
class Loaded:
    """What `load` did with one validated shard.

    Attributes:
        shard: path of the validated shard.
        staged: documents in it.
        refused: documents of the original shard that the contract refused.
        written: documents that were new or changed, earlier tries of this run included.
        unchanged: documents that were stored as they are.
        chunks_written: chunks written.
        chunks_removed: chunks that are no longer current.
    """

    shard: str
    staged: int = 0
    refused: int = 0
    written: int = 0
    unchanged: int = 0
    chunks_written: int = 0
    chunks_removed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from what `to_dict` returned."""
        return cls(**values)
