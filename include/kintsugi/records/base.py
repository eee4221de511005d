"""What every record has in common, and its one mapping to a stored document."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen, typed record of the truth.

    Class attributes:
        collection: the name of the collection (or table) that holds records of this class.
        indexed: top-level fields that adapters index; only these, ``id`` and ``version`` may appear in a filter.
        expires: a field that holds a time, and the seconds after it when nobody asks for the record any more. An engine
            that can may drop it then; nothing relies on it.

    Attributes:
        id: content-keyed where the record has content, so that writing it twice is writing it once.
        version: counted up by the store at each write; 0 means "not stored yet". Compare-and-set works on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    collection: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    expires: ClassVar[tuple[str, float] | None] = None

    id: str
    version: int = 0

    def to_document(self) -> dict[str, Any]:
        """Return the record as a plain document of JSON types and ``bytes``."""
        return self.model_dump(mode="python")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build the record from what `to_document` (or an engine that stored it) returned."""
        return cls.model_validate(document)

    def but(self, **changes: Any) -> Self:
        """Return a copy with these fields changed and validated."""
        return self.model_validate({**self.model_dump(mode="python"), **changes})
