"""The class of an error decides whether its task is tried again."""

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy


class ErrorDecides(RetryPolicy):
    """Asks `kintsugi.healing.retry`: transient errors are retried with backoff, terminal ones never.

    Errors that are not the platform's own keep Airflow's standard behaviour.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any | None = None
    ) -> RetryDecision:
        """Return the decision for this failure."""
        from kintsugi.errors import KintsugiError
        from kintsugi.healing.retry import Retry, decide

        if not isinstance(exception, KintsugiError):
            return RetryDecision.default()
        decision = decide(exception, try_number)
        if isinstance(decision, Retry):
            return RetryDecision.retry(timedelta(seconds=decision.delay), reason=decision.reason)
        return RetryDecision.fail(reason=decision.reason)
