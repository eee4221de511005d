"""Platforms with runbooks to keep up."""

import pytest

from kintsugi.platform import Platform
from kintsugi.upkeep.upkeep import upkeep
from tests.builders import RUN, HashEmbedder
from tests.upkeep.runbooks import OTHER, RESTORE, take_in


@pytest.fixture
def kept(platform: Platform) -> Platform:
    """A platform whose embedding is quick, and tells words apart."""
    return platform.using(embedder=HashEmbedder(dimension=1024))


@pytest.fixture
def twice(kept: Platform) -> Platform:
    """Runbook b says what a says; a pass of upkeep has found it."""
    take_in(kept, a=RESTORE.format("4.2"), b=RESTORE.format("4.2") + "\nThat is all.\n", c=OTHER)
    upkeep(kept, RUN)
    return kept


@pytest.fixture
def outdated(kept: Platform) -> Platform:
    """Runbook b says what a says of a later version; a pass of upkeep has found it."""
    take_in(kept, a=RESTORE.format("4.10"), b=RESTORE.format("4.2"), c=OTHER)
    upkeep(kept, RUN)
    return kept
