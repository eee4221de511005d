"""Prices, from a file that says of what day they are."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.records.savings import LearningCost, TaskOutcome

OWN_FILE = Path(__file__).with_name("prices.yaml")
OLD_AFTER_DAYS = 365
_AMOUNTS = ("tokens_in_per_1k", "tokens_out_per_1k", "compute_second", "retry", "repair")


@dataclass(frozen=True)
class Prices:
    """What one unit of work costs, in ``currency``; ``date`` is the day that the prices are of.

    Attributes:
        tokens_in_per_1k: of 1,000 tokens that a language model reads.
        tokens_out_per_1k: of 1,000 tokens that it writes.
        compute_second: of a second of work.
        retry: of a step done again, beside the seconds it takes.
        repair: of an action that repairs something.
    """

    date: date
    currency: str
    source: str
    tokens_in_per_1k: float
    tokens_out_per_1k: float
    compute_second: float
    retry: float
    repair: float

    def of_task(self, outcome: TaskOutcome) -> float:
        """Return what a task cost; nobody says which of its tokens were written, so all are priced as read."""
        priced = self._machine(outcome.tokens, 0, outcome.seconds)
        return priced + outcome.retries * self.retry + outcome.repairs * self.repair

    def of_learning(self, cost: LearningCost) -> float:
        """Return what a piece of learning cost."""
        return self._machine(cost.tokens, cost.tokens_out, cost.seconds)

    def age_days(self, now: float) -> int:
        """Return how many days old the prices are at ``now``, seconds since the epoch."""
        return (datetime.fromtimestamp(now, UTC).date() - self.date).days

    def _machine(self, tokens: int, tokens_out: int, seconds: float) -> float:
        tokens_price = tokens * self.tokens_in_per_1k + tokens_out * self.tokens_out_per_1k
        return tokens_price / 1000 + seconds * self.compute_second


def read_prices(path: Path | None = None) -> Prices:
    """Read a price file; the one that comes with the package where none is given.

    Raises:
        ConfigurationError: it can't be read, or a price is missing, negative or not a number; the message names it.
    """
    import yaml

    file = path or OWN_FILE
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _wrong(file, "a YAML file that can be read", f"{type(error).__name__}: {error}") from error
    if not isinstance(content, dict):
        raise _wrong(file, "keys with their prices", type(content).__name__)
    expected = {"date", "currency", "source", *_AMOUNTS}
    if set(content) != expected:
        missing, unknown = sorted(expected - set(content)), sorted(map(str, set(content) - expected))
        raise _wrong(file, f"the keys {', '.join(sorted(expected))}", f"missing {missing}, unknown {unknown}")
    if not isinstance(content["date"], date) or isinstance(content["date"], datetime):
        raise _wrong(file, "date: a day such as 2026-11-01", repr(content["date"]))
    for name in _AMOUNTS:
        amount = content[name]
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < float("inf"):
            raise _wrong(file, f"{name}: a number of at least 0", repr(amount))
    return Prices(
        date=content["date"],
        currency=str(content["currency"]),
        source=" ".join(str(content["source"]).split()),
        **{name: float(content[name]) for name in _AMOUNTS},
    )


def _wrong(file: Path, expected: str, got: str) -> ConfigurationError:
    return ConfigurationError(f"price file {file}", expected=expected, got=got, next_step="correct it")
