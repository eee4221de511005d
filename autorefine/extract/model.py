"""Extraction with a language model: an OpenAI-compatible endpoint proposes, the gates decide. Off unless it is given.

Needs the extra ``llm`` (pydantic-ai). What the model says is a choice among situations and actions that the runs show,
and words for people; it cannot bring in an action of its own, and no proposal is active before it passed every gate.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autorefine.config import RefineConfig
from autorefine.extract.asking import Ledger, ModelUsage, Remembered
from autorefine.extract.offer import (
    INSTRUCTIONS,
    MOST_PROPOSALS,
    Answer,
    Choice,
    Offer,
    answer_from,
    offer_of,
    prompt_of,
    text_of,
)
from autorefine.pattern import Pattern
from autorefine.trace import Trace

_NO_KEY = "none"
"""What the client sends where no key is needed; it refuses to send nothing."""


@dataclass(frozen=True)
class Price:
    """What a million tokens cost, in any one currency."""

    tokens_in: float
    tokens_out: float


@dataclass(frozen=True)
class ModelEndpoint:
    """Where the model answers, and how long it may take.

    Args:
        base_url: of an API like OpenAI's, up to and with ``/v1``.
        model: the model's name.
        api_key: sent as bearer token; never shown or logged. Empty where the endpoint wants none.
        timeout: seconds for one request.
        max_tokens: most tokens of an answer.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0
    max_tokens: int = 2000


class ModelProposer:
    """Asks an OpenAI-compatible endpoint what made runs succeed or fail.

    An answer that is not of the schema, or names what was not offered, is asked once more, with what was wrong; a
    second bad one is dropped. Good answers are kept by a hash of the question before anything is made of them, so that
    a loop that is killed and asks again gets the same one and pays no more. A time-out or an error of the endpoint is
    reported and proposes nothing: extraction goes on without it. Not for use inside a running event loop.

    Args:
        endpoint: where the model answers.
        prices: model name → its price, from a dated table of the caller's.
        on_problem: is told, in a sentence without the key, why there was no answer.
        ledger: keeps answers, and says how many calls may be made; by default in memory, without a limit.
    """

    def __init__(
        self,
        endpoint: ModelEndpoint,
        prices: Mapping[str, Price] | None = None,
        on_problem: Callable[[str], object] = lambda problem: None,
        ledger: Ledger | None = None,
    ) -> None:
        self.usage = ModelUsage()
        self._endpoint = endpoint
        self._prices = prices or {}
        self._on_problem = on_problem
        self._ledger = ledger or Remembered()

    def propose(self, traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
        """Return the candidates that the model proposes; none when all runs ended alike, since nothing can be told."""
        traces = [trace for trace in traces if trace.actions]
        if len({trace.success for trace in traces}) < 2:
            return []
        offer = offer_of(traces, config)
        if not offer.actions:
            return []
        found = {
            pattern.id: pattern
            for choice in self._choices(offer, prompt_of(offer, traces, config), config, now)
            if (pattern := offer.pattern(choice, traces, config, now)) is not None
        }
        return list(found.values())

    def _choices(self, offer: Offer, prompt: str, config: RefineConfig, now: float) -> tuple[Choice, ...]:
        asked = f"{self._endpoint.base_url}\n{self._endpoint.model}\n{config.max_length}\n{INSTRUCTIONS}\n{prompt}"
        question = hashlib.sha256(asked.encode()).hexdigest()
        kept = self._ledger.answer(question)
        if kept is not None and (given := answer_from(kept)) is not None:
            self.usage += ModelUsage(reused=1)
            return given.proposals
        call = self._ledger.call(question, now)
        if call is None:
            self.usage += ModelUsage(refused=1)
            self._on_problem(f"{self._endpoint.model}: not asked, since no more calls may be made now")
            return ()
        answer = self._asked(offer, prompt, config, call)
        if answer is None:
            return ()
        self._ledger.keep(question, text_of(answer))
        return answer.proposals

    def _asked(self, offer: Offer, prompt: str, config: RefineConfig, call: str) -> Answer | None:
        from openai import OpenAIError
        from pydantic_ai.exceptions import AgentRunError
        from pydantic_ai.usage import RunUsage

        spent = RunUsage()
        try:
            return asyncio.run(self._ask(offer, prompt, config, spent))
        except (AgentRunError, OpenAIError, TimeoutError, OSError) as problem:
            self.usage += ModelUsage(failed=1)
            self._on_problem(self._without_key(f"{self._endpoint.model}: {type(problem).__name__}: {problem}"))
            return None
        finally:
            usage = self._metered(spent)
            self.usage += usage
            self._ledger.paid(call, usage)

    async def _ask(self, offer: Offer, prompt: str, config: RefineConfig, spent: Any) -> Answer:
        from openai import AsyncOpenAI
        from pydantic_ai import Agent, ModelRetry, PromptedOutput
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        def checked(answer: Answer) -> Answer:
            faults = [
                f"proposal {number}: {fault}"
                for number, choice in enumerate(answer.proposals)
                if (fault := offer.fault_of(choice, config))
            ]
            if len(answer.proposals) > MOST_PROPOSALS:
                faults.append(f"{len(answer.proposals)} proposals, expected at most {MOST_PROPOSALS}")
            if faults:
                raise ModelRetry("; ".join(faults)[:1000])
            return answer

        to = self._endpoint
        async with (
            asyncio.timeout(2 * to.timeout),
            AsyncOpenAI(
                base_url=to.base_url, api_key=to.api_key or _NO_KEY, timeout=to.timeout, max_retries=0
            ) as client,
        ):
            agent = Agent(
                OpenAIChatModel(to.model, provider=OpenAIProvider(openai_client=client)),
                output_type=PromptedOutput(Answer),
                instructions=INSTRUCTIONS,
                model_settings={"max_tokens": to.max_tokens, "temperature": 0.0},
                retries=1,
            )
            agent.output_validator(checked)
            result = await agent.run(prompt, usage=spent)
            return result.output

    def _metered(self, spent: Any) -> ModelUsage:
        price = self._prices.get(self._endpoint.model)
        cost = None
        if price is not None:
            cost = (spent.input_tokens * price.tokens_in + spent.output_tokens * price.tokens_out) / 1e6
        if not spent.requests:
            return ModelUsage()
        return ModelUsage(spent.requests, spent.input_tokens, spent.output_tokens, cost)

    def _without_key(self, text: str) -> str:
        key = self._endpoint.api_key
        return " ".join((text.replace(key, "…") if key else text).split())[:500]
