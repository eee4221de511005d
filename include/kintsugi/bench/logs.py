"""`kintsugi bench logs`: do the templates of a log group its lines as people did?"""

import csv
import lzma
import time
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import IO

from kintsugi.bench.output import Row
from kintsugi.errors import ConfigurationError
from kintsugi.logs.event import Event
from kintsugi.logs.miner import TemplateMiner

MEAN = "mean"
_CONTENT, _TRUTH = "Content", "EventId"


def measure(folder: Path) -> Iterator[Row]:
    """Yield a row for each labelled log of a folder and one for their mean.

    Each is a CSV file in Loghub's format (Zhu et al., ICSE-SEIP 2019), possibly ``.xz``: ``Content`` is the message,
    ``EventId`` the name of its group.

    Raises:
        ConfigurationError: the folder has no such file, or one of another format.
    """
    files = sorted((*folder.glob("*.csv"), *folder.glob("*.csv.xz")))
    if not files:
        raise _not_labelled(folder, "no such file")
    rows = []
    for file in files:
        rows.append(_row(file))
        yield rows[-1]
    yield {
        "system": MEAN,
        "grouping_accuracy": round(sum(float(row["grouping_accuracy"] or 0) for row in rows) / len(rows), 4),
        "lines_per_second": round(sum(float(row["lines_per_second"] or 0) for row in rows) / len(rows)),
    }


def grouping_accuracy(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Return the share of lines whose found group has exactly the lines of their true group (Zhu et al. 2019)."""
    by_truth, by_found = _members(truth), _members(found)
    right = sum(len(lines) for group, lines in by_found.items() if by_truth[truth[lines[0]]] == lines)
    return right / len(truth) if truth else 1.0


def _members(groups: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for line, group in enumerate(groups):
        members[group].append(line)
    return members


def _row(file: Path) -> Row:
    messages, truth = [], []
    try:
        with _opened(file) as lines:
            for row in csv.DictReader(lines):
                messages.append(row[_CONTENT])
                truth.append(row[_TRUTH])
    except (KeyError, ValueError, OSError, lzma.LZMAError) as error:
        raise _not_labelled(file, f"{type(error).__name__}: {error}") from error
    if not messages:
        raise _not_labelled(file, "no row")
    begun = time.perf_counter()
    miner = TemplateMiner(now=0.0)
    found = [miner.add(Event(number, message, message)) for number, message in enumerate(messages, 1)]
    miner.templates()
    seconds = time.perf_counter() - begun
    return {
        "system": file.name.partition(".")[0],
        "grouping_accuracy": round(grouping_accuracy(truth, [template.current().id for template in found]), 4),
        "lines_per_second": round(len(messages) / max(seconds, 1e-9)),
    }


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".xz":
        return lzma.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")


def _not_labelled(place: Path, got: str) -> ConfigurationError:
    return ConfigurationError(
        f"benchmark data {place}",
        expected=f"CSV files, possibly .xz, with the columns {_CONTENT} and {_TRUTH}",
        got=got,
        next_step="give a folder of labelled logs in Loghub's format",
    )
