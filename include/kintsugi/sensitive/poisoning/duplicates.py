"""Near-duplicates among the documents of one run, aimed at one question."""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.poisoning.aim import aim, shared
from kintsugi.sensitive.poisoning.signature import bands, signature, similarity

if TYPE_CHECKING:
    from kintsugi.sensitive.poisoning.signature import Signature

_SAME_AIM = 0.7
_MOST_MEMBERS = 10_000
_MOST_IN_A_BAND = 64


@dataclass(frozen=True)
class Campaign:
    """Documents that say nearly the same and lead with the same question or title.

    Attributes:
        documents: their ids in the order of their coming, at most 10,000.
        count: how many there were.
        terms: the terms of the question or title, sorted.
        confidence: 0 to 1; a shared question weighs more than a shared title.
    """

    documents: tuple[str, ...]
    count: int
    terms: tuple[str, ...]
    confidence: float

    def finding(self, text: str) -> Finding:
        """Return the finding for one of the documents: all of its text."""
        masked = f"{self.count} near-duplicates for “{' '.join(self.terms)}”"
        return Finding(0, len(text), "poisoning", "near-duplicates", masked, self.confidence)


@dataclass
class _Cluster:
    signature: "Signature"
    keys: list[bytes]
    terms: frozenset[str]
    asks: bool
    documents: list[str] = field(default_factory=list)
    count: int = 0


class NearDuplicates:
    """Finds poisoning as of PoisonedRAG (Zou et al. 2024, arXiv 2402.07867): many texts that lead with one question.

    A text joins the cluster of the first one that is as similar, by MinHash with banding (Broder 1997; Leskovec,
    Rajaraman and Ullman, *Mining of Massive Datasets*, section 3.4), and asks the same. Memory is bounded by
    ``capacity``: of clusters with one document, the one that was touched longest ago is forgotten.

    Args:
        at_least: documents that make a campaign.
        similar: Jaccard similarity of 3-word shingles from which two texts are near-duplicates.
        capacity: clusters held, at about 8 kB each.
    """

    def __init__(self, at_least: int = 5, similar: float = 0.6, capacity: int = 20_000) -> None:
        self._at_least = at_least
        self._similar = similar
        self._capacity = capacity
        self._clusters: OrderedDict[int, _Cluster] = OrderedDict()
        self._by_band: defaultdict[bytes, list[int]] = defaultdict(list)
        self._next = 0

    def add(self, document_id: str, title: str, text: str) -> float:
        """Take one document in, and return the confidence that it belongs to a campaign; 0 while there is none.

        The first documents of a campaign can't be told yet: `suspects` names them at the end.
        """
        found = signature(text)
        if found is None:
            return 0.0
        terms, asks = aim(title, text)
        if not terms:
            return 0.0
        keys = bands(found)
        number = self._closest(found, keys, terms)
        if number is None:
            number = self._open(_Cluster(found, keys, terms, asks))
        cluster = self._clusters[number]
        self._clusters.move_to_end(number)
        cluster.count += 1
        if len(cluster.documents) < _MOST_MEMBERS:
            cluster.documents.append(document_id)
        return _confidence(cluster) if cluster.count >= self._at_least else 0.0

    def suspects(self) -> list[Campaign]:
        """Return the campaigns so far, the largest first."""
        campaigns = [
            Campaign(tuple(each.documents), each.count, tuple(sorted(each.terms)), _confidence(each))
            for each in self._clusters.values()
            if each.count >= self._at_least
        ]
        return sorted(campaigns, key=lambda each: -each.count)

    def _closest(self, found: "Signature", keys: list[bytes], terms: frozenset[str]) -> int | None:
        candidates = {number for key in keys if key in self._by_band for number in self._by_band[key]}
        near = [
            (similarity(found, self._clusters[number].signature), -number)
            for number in candidates
            if shared(terms, self._clusters[number].terms) >= _SAME_AIM
        ]
        best = max(near, default=(0.0, 0))
        return -best[1] if best[0] >= self._similar else None

    def _open(self, cluster: _Cluster) -> int:
        if len(self._clusters) >= self._capacity:
            self._forget()
        number = self._next
        self._next += 1
        self._clusters[number] = cluster
        for key in cluster.keys:
            self._by_band[key] = [*self._by_band[key][1 - _MOST_IN_A_BAND :], number]
        return number

    def _forget(self) -> None:
        alone = (number for number, cluster in self._clusters.items() if cluster.count == 1)
        number = next(alone, next(iter(self._clusters)))
        for key in self._clusters.pop(number).keys:
            left = [each for each in self._by_band[key] if each != number]
            if left:
                self._by_band[key] = left
            else:
                del self._by_band[key]


def _confidence(cluster: _Cluster) -> float:
    """A shared question is what an attack is made for; pages of a manual share titles."""
    return 0.9 if cluster.asks else 0.5
