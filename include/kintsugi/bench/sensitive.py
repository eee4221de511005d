"""`kintsugi bench sensitive`: canaries planted into a folder's documents; which are found, and what else is flagged."""

import random
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kintsugi.bench.beir import BeirCorpus
from kintsugi.bench.canaries import Canary, injections, invisibles, personal, planted, secrets
from kintsugi.bench.canaries.campaigns import campaign
from kintsugi.bench.canaries.injections import spoken_about, unforeseen
from kintsugi.bench.output import Row
from kintsugi.documents.parse import parse
from kintsugi.errors import ConfigurationError, DataError
from kintsugi.sensitive import Finding, Kind, NearDuplicates, Policy, decide, scan
from kintsugi.sources.media import media_type_of

PLANTS: dict[Kind, Callable[[random.Random], Canary]] = {
    "secret": secrets,
    "personal": personal,
    "injection": injections,
    "invisible": invisibles,
}
_INJECTION: tuple[Kind, ...] = ("injection",)
CAMPAIGNS = 5
DOCUMENTS_OF_A_CAMPAIGN = 8
_WORST = 4


@dataclass
class _Count:
    """What was planted of one kind, what was found of it, and what was flagged in clean documents."""

    planted: int = 0
    found: int = 0
    false_alarms: int = 0
    flagged: int = 0
    missed: Counter[str] = field(default_factory=Counter)

    def row(self, kind: str, documents: int) -> Row:
        return {
            "kind": kind,
            "planted": self.planted,
            "found": self.found,
            "recall": round(self.found / self.planted, 4) if self.planted else None,
            "documents": documents,
            "false_alarms": self.false_alarms,
            "flagged": self.flagged,
            "flagged_share": round(self.flagged / documents, 5),
            "missed": ", ".join(f"{name} {count}" for name, count in self.missed.most_common(_WORST)),
        }


def measure(place: Path, seed: int = 0, most: int | None = None) -> Iterator[Row]:
    """Scan each document clean and with one canary of each kind; yield a row a kind, one for quotations, one in total.

    ``false_alarms`` counts findings in the clean documents, ``flagged`` the documents that have some: whatever stands
    in them already counts as false, also a real address. ``unforeseen`` are injections in words that no detector was
    made for, which is what an attacker who knows the detectors writes. ``spoken about`` are passages that quote an
    injection, as a page on security does: there ``found`` counts those that were taken for one. ``all`` says how many
    clean documents the default policy would quarantine, and the speed of a clean scan on one core.

    Args:
        place: a folder, a tar archive (also ``.xz``), or a folder with a corpus in BEIR's format.
        seed: another one plants others elsewhere.
        most: documents that are read; all by default.

    Raises:
        ConfigurationError: there is nothing to read.
    """
    rng = random.Random(seed)
    policy = Policy()
    scan("")  # builds what is built once, before the clock runs
    counts: dict[Kind, _Count] = {kind: _Count() for kind in PLANTS}
    about, askew = _Count(), _Count()
    duplicates = NearDuplicates()
    documents = quarantined = characters = 0
    seconds = 0.0
    for name, title, text in islice(_texts(place), most):
        documents += 1
        characters += len(text)
        begun = time.process_time()
        findings = [each for each in scan(text) if each.confidence >= policy.threshold]
        seconds += time.process_time() - begun
        quarantined += decide(text, findings, policy).action == "quarantine"
        duplicates.add(name, title, text)
        for kind, plant in PLANTS.items():
            _count_alarms(counts[kind], [each for each in findings if each.kind == kind])
            _plant(counts[kind], kind, text, plant(rng), rng, policy)
        _plant(askew, "injection", text, unforeseen(rng), rng, policy)
        _speak_about(about, text, rng, policy)
    if not documents:
        raise ConfigurationError(
            f"bench sensitive {place}", expected="documents with text", got="none", next_step="give another folder"
        )
    for kind, count in counts.items():
        yield count.row(kind, documents)
    yield askew.row("unforeseen", documents)
    yield about.row("spoken about", documents)
    yield _poisoned(duplicates, rng).row("poisoning", documents)
    yield {
        "kind": "all",
        "documents": documents,
        "flagged": quarantined,
        "flagged_share": round(quarantined / documents, 5),
        "megabytes": round(characters / 1e6, 2),
        "seconds": round(seconds, 3),
        "megabytes_per_second": round(characters / 1e6 / seconds, 2) if seconds else None,
    }


def _count_alarms(count: _Count, findings: list[Finding]) -> None:
    count.false_alarms += len(findings)
    count.flagged += bool(findings)


def _plant(count: _Count, kind: Kind, text: str, canary: Canary, rng: random.Random, policy: Policy) -> None:
    document, start, end = planted(text, canary, rng)
    count.planted += 1
    if any(_touches(each, start, end, policy) for each in scan(document, kinds=(kind,))):
        count.found += 1
    else:
        count.missed[canary.variety] += 1


def _speak_about(count: _Count, text: str, rng: random.Random, policy: Policy) -> None:
    passage = spoken_about(rng)
    document, start, end = planted(text, Canary("spoken about", passage, 0, len(passage)), rng)
    count.planted += 1
    count.found += any(_touches(each, start, end, policy) for each in scan(document, kinds=_INJECTION))


def _touches(finding: Finding, start: int, end: int, policy: Policy) -> bool:
    return finding.start < end and start < finding.end and finding.confidence >= policy.threshold


def _poisoned(duplicates: NearDuplicates, rng: random.Random) -> _Count:
    """Add campaigns to the clean documents; count those of their documents that are suspected, and the others."""
    count = _Count()
    for number in range(CAMPAIGNS):
        for at, (title, text) in enumerate(campaign(rng, DOCUMENTS_OF_A_CAMPAIGN)):
            duplicates.add(f"campaign {number}/{at}", title, text)
            count.planted += 1
    for each in duplicates.suspects():
        if each.confidence >= Policy().threshold:
            ours = sum(name.startswith("campaign ") for name in each.documents)
            count.found += ours
            count.false_alarms += ours == 0
            count.flagged += each.count - ours
    return count


def _texts(place: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, title and parsed text of the documents; one that can't be parsed is left out."""
    for name, title, data in _documents(place):
        try:
            parsed = parse(data, media_type_of(name), name, title)
        except DataError:
            continue
        yield name, parsed.title, parsed.text


def _documents(place: Path) -> Iterator[tuple[str, str, bytes]]:
    if any((place / name).exists() for name in ("corpus.jsonl", "corpus.jsonl.xz")):
        for item in BeirCorpus(place).items("all"):
            yield item.external_id, item.title, item.read()
    elif place.is_dir():
        for path in sorted(each for each in place.rglob("*") if each.is_file()):
            yield path.relative_to(place).as_posix(), "", path.read_bytes()
    elif place.is_file() and tarfile.is_tarfile(place):
        with tarfile.open(place) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield member.name, "", content.read()
    else:
        raise ConfigurationError(
            f"bench sensitive {place}",
            expected="a folder, a tar archive, or a corpus in BEIR's format",
            next_step="give the path of one",
        )
