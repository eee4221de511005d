"""The language model that proposes patterns, if one is set; what it is asked and what that costs is kept."""

from typing import TYPE_CHECKING

import structlog

from kintsugi.platform import Platform
from kintsugi.records import RunRef

if TYPE_CHECKING:
    from autorefine.extract.model import ModelProposer


def proposer(platform: Platform) -> "ModelProposer | None":
    """Return the proposer that the settings name; ``None`` while no model is set, which is the default."""
    settings = platform.settings.extraction
    if not settings.model:
        return None
    from autorefine.extract.model import ModelEndpoint, ModelProposer

    endpoint = ModelEndpoint(
        settings.base_url, settings.model, settings.api_key.get_secret_value(), timeout=settings.timeout
    )
    return ModelProposer(
        endpoint, on_problem=lambda problem: structlog.get_logger().warning("model_did_not_propose", problem=problem)
    )


def keep_cost(platform: Platform, run: RunRef, model: "ModelProposer") -> None:
    """Keep what the model took in this run as a cost of learning: savings are net of it."""
    from kintsugi.savings.outcomes import spent_on_learning

    usage = model.usage
    structlog.get_logger().info("model_asked", run=str(run), requests=usage.requests, failed=usage.failed)
    if usage.requests:
        spent_on_learning(platform, f"model {run}", tokens=usage.tokens_in, tokens_out=usage.tokens_out)
