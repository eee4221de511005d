"""What is done with what was found, a source at a time."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kintsugi.errors import ConfigurationError
from kintsugi.sensitive.finding import KINDS, Kind

Action = Literal["quarantine", "redact", "label", "allow"]
ACTIONS: tuple[Action, ...] = get_args(Action)


class Policy(BaseModel):
    """An action for each kind of finding.

    Attributes:
        secret: a secret was in reach of whoever can read the source: by default somebody looks before it spreads.
        personal: by default the document is labelled *confidential*.
        injection: text that talks to a model.
        invisible: ``redact`` takes the characters out and writes look-alike letters in Latin ones.
        poisoning: many near-duplicates aimed at one question; it has no part that could be redacted.
        threshold: findings of a lower confidence (0 to 1) are reported, and nothing is done.
        allowed: shell patterns of values that are no finding, in lower case: ``*@ourselves.com``, ``+49 30 5550*``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Action = "quarantine"
    personal: Action = "label"
    injection: Action = "quarantine"
    invisible: Action = "redact"
    poisoning: Literal["quarantine", "label", "allow"] = "quarantine"
    threshold: float = Field(default=0.6, ge=0, le=1)
    allowed: tuple[str, ...] = ()

    @field_validator("allowed")
    @classmethod
    def _lower_case(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if any(not pattern.strip("*? ") for pattern in patterns):
            raise ValueError("a pattern of nothing but * and ? would allow everything")
        return tuple(pattern.lower() for pattern in patterns)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any] | None, where: str) -> Self:
        """Return the policy of a configuration.

        Args:
            mapping: e.g. ``{"secret": "redact", "allowed": ["*@ourselves.com"]}``; ``None`` or empty is the default.
            where: file and place, for the message.

        Raises:
            ConfigurationError: a kind or an action that doesn't exist, or a threshold out of range.
        """
        try:
            return cls(**(mapping or {}))
        except (ValidationError, TypeError) as error:
            raise ConfigurationError(
                f"{where}: not a policy for sensitive text",
                expected=f"kinds {', '.join(KINDS)}, each with one of {', '.join(ACTIONS)};"
                " threshold from 0 to 1; allowed, a list of patterns",
                got=_problems(error),
                next_step="correct it, or leave it out for the default",
            ) from error

    def action(self, kind: Kind) -> Action:
        """Return what is done with findings of a kind."""
        action: Action = getattr(self, kind)
        return action

    def allows(self, value: str) -> bool:
        """Return whether a value is named in the configuration as none to mind."""
        lower = value.lower()
        return any(fnmatchcase(lower, pattern) for pattern in self.allowed)


def _problems(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
