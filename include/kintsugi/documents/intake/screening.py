"""Sensitive and hostile text on its way in: what a source's policy says, and what people have released."""

import json
from typing import Any

from kintsugi.documents.confined import ConfinedParser
from kintsugi.documents.identity import digest
from kintsugi.documents.intake.refuse import refusal_id
from kintsugi.documents.parsed import Parsed
from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.records import Labels, Quarantined
from kintsugi.records.provenance import Sensitivity
from kintsugi.sensitive.finding import KINDS
from kintsugi.sensitive.poisoning.duplicates import Campaign, NearDuplicates
from kintsugi.sources.port import RawItem
from kintsugi.sources.registry import policy_of

SENSITIVE = "sensitive"
"""Key of a document's metadata that names the kinds of sensitive text in it."""

_LEVELS: tuple[Sensitivity, ...] = ("public", "internal", "confidential")


class Screen:
    """The screening of one listing of one source."""

    def __init__(self, platform: Platform, source: str) -> None:
        self._records = platform.records
        self._source = source
        self._policy = policy_of(platform.settings, source)
        self._near = NearDuplicates()
        self._campaigns: dict[str, Campaign] = {}

    def taken_as(self, item: RawItem) -> str:
        """Return what decides, beside its bytes, what is stored of an item."""
        metadata = json.dumps(dict(item.metadata), sort_keys=True)
        return digest("taken-as", item.labels.model_dump_json(), metadata, self._policy.model_dump_json())

    def parsed(self, parser: ConfinedParser, item: RawItem, content: bytes, raw_digest: str) -> Parsed:
        """Return the document as it may be stored; a kind of text that a person has released in it is only labelled.

        Raises:
            DataError: it can't be parsed, or the policy quarantines it.
        """
        policy = self._policy
        for _ in KINDS:
            try:
                return parser.parse(content, item.media_type, item.external_id, item.title, policy)
            except DataError as error:
                if error.check not in KINDS or not self._is_released(item.external_id, error.check, raw_digest):
                    raise
                policy = policy.model_copy(update={error.check: "label"})
        return parser.parse(content, item.media_type, item.external_id, item.title, policy)

    def note(self, document: str, parsed: Parsed) -> None:
        """Remember a document's text, to tell a campaign of near-duplicates."""
        if self._policy.poisoning == "quarantine":
            self._near.add(document, parsed.title, parsed.text)

    def campaigns(self) -> bool:
        """Return whether there are any that the policy quarantines; call it when the listing has ended."""
        self._campaigns = {
            document: each
            for each in self._near.suspects()
            if each.confidence >= self._policy.threshold
            for document in each.documents
        }
        return bool(self._campaigns)

    def poisoned(self, staged: dict[str, Any]) -> DataError | None:
        """Return the refusal of a staged document that belongs to a campaign, unless a person has released it."""
        campaign = self._campaigns.get(staged["id"])
        if campaign is None or self._is_released(staged["external_id"], "poisoning", staged["raw_digest"]):
            return None
        return DataError(
            f"document {staged['external_id']}: one of {campaign.count} near-duplicates",
            expected="texts that differ",
            got=campaign.finding(staged["text"]).masked,
            next_step="look at who wrote them; release those that are meant, or remove them at the source",
        ).named("poisoning")

    def _is_released(self, item: str, check: str, raw_digest: str) -> bool:
        known = self._records.get(Quarantined, refusal_id(self._source, item, check))
        return known is not None and (known.state, known.content) == ("released", raw_digest) and bool(known.by)


def labels_of(declared: Labels, parsed: Parsed) -> Labels:
    """Return the labels that the source declares, at least as sensitive as what was found."""
    least = parsed.sensitivity
    if least is None or _LEVELS.index(least) <= _LEVELS.index(declared.sensitivity):
        return declared
    return declared.model_copy(update={"sensitivity": least})
