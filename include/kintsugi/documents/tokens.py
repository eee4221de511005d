"""Counting tokens as the embedding model does, without loading the model."""

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kintsugi.embedding.weights import tokenizer_folder
from kintsugi.errors import ConfigurationError
from kintsugi.settings import EmbeddingSettings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LIMITS = (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length"))


class Tokens(Protocol):
    """Where the tokens of texts start, and how many a sequence of the model may have."""

    @property
    def limit(self) -> int:
        """Tokens that the model reads of a sequence, special ones included; the rest it would cut off."""
        ...

    @property
    def special(self) -> int:
        """Special tokens that the model adds to each sequence."""
        ...

    def starts(self, text: str) -> list[int]:
        """Return the offset in ``text`` at which each of its tokens starts, ascending."""
        ...


@dataclass(frozen=True)
class ModelTokens:
    """The tokenizer that lies beside a sentence-transformers model, from its ``tokenizer.json``."""

    folder: Path

    @cached_property
    def limit(self) -> int:
        """The model's ``max_seq_length``; 512 where it names none."""
        for name, key in _LIMITS:
            file = self.folder / name
            if file.exists() and isinstance(found := json.loads(file.read_text()).get(key), int):
                return found
        return 512

    @cached_property
    def special(self) -> int:
        """How many tokens frame a sequence."""
        return int(self._tokenizer.num_special_tokens_to_add(False))

    def starts(self, text: str) -> list[int]:
        """Return token offsets; one call of the tokenizer."""
        return [start for start, _ in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


class TokenCount:
    """Tokens of any stretch of one text, from one pass over it. Windows keep memory flat for texts of any size."""

    def __init__(self, tokens: Tokens, text: str, window: int = 100_000) -> None:
        self._starts: list[int] = []
        at = 0
        while at < len(text):
            stop = _cut(text, at, window)
            self._starts += [at + start for start in tokens.starts(text[at:stop])]
            at = stop

    def __call__(self, start: int, end: int) -> int:
        """Return how many tokens start in ``text[start:end]``."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


def model_tokens(settings: EmbeddingSettings) -> ModelTokens:
    """Return the tokenizer of the embedding model that the settings name.

    Raises:
        ConfigurationError: there is no ``tokenizer.json`` for it.
        TransientError: it would have to be fetched, and the hub can't be reached.
    """
    folder = tokenizer_folder(settings)
    if not (folder / "tokenizer.json").exists():
        raise ConfigurationError(
            f"setting embedding.model {settings.model!r}: no tokenizer.json found",
            expected="a model with a fast tokenizer",
            got=f"none in {folder}",
            next_step="correct the setting, or save the tokenizer into that folder",
        )
    return ModelTokens(folder)


def _cut(text: str, at: int, window: int) -> int:
    if len(text) - at <= window:
        return len(text)
    for mark in ("\n", " "):
        found = text.rfind(mark, at + window // 2, at + window)
        if found > 0:
            return found + 1
    return at + window
