"""On which terms savings are measured: the share that is held out, and the prices."""

from dataclasses import dataclass
from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform

LEAST_SHARE, MOST_SHARE = 0.10, 0.20


@dataclass(frozen=True)
class Terms:
    """How savings are measured.

    Attributes:
        share: share of each class that works without patterns, 0.10 … 0.20.
        prices: a price file of one's own; ``None`` is the one that comes with the package.

    Raises:
        ConfigurationError: the share is outside of its range: a smaller one shows nothing, a larger one costs too much.
    """

    share: float = 0.15
    prices: Path | None = None

    def __post_init__(self) -> None:
        if not LEAST_SHARE <= self.share <= MOST_SHARE:
            raise ConfigurationError(
                "setting 'savings.share'",
                expected=f"{LEAST_SHARE:.2f} … {MOST_SHARE:.2f} of each class held out",
                got=f"{self.share:g}",
                next_step="correct it",
            )


def terms_of(platform: Platform) -> Terms:
    """Return the terms that the platform's settings state."""
    section = platform.settings.savings
    return Terms(section.share, platform.settings.home / section.prices if section.prices else None)
