"""What a sentence-transformers model does around its transformer, as far as it can be done the same way elsewhere."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from kintsugi.errors import ConfigurationError

MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
POOLINGS = ("mean", "cls")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Recipe(BaseModel):
    """From text to vector: prompt, tokens up to ``window``, the transformer, pooling; the vector is then normalised.

    Attributes:
        pooling: ``mean`` of the tokens' vectors, or the first token's, ``cls``.
        window: how many tokens of a text are read.
        padding: the id of the token that fills a batch up.
        dimension: components of a vector.
        inputs: names of what the transformer takes, of `INPUTS`.
        document_prompt, query_prompt: what is put before a text and before a question.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pooling: Literal["mean", "cls"]
    window: int
    padding: int
    dimension: int
    inputs: tuple[str, ...]
    document_prompt: str = ""
    query_prompt: str = ""


def recipe_of(model: Any) -> Recipe:
    """Return the recipe of a loaded sentence-transformers model.

    Raises:
        ConfigurationError: the model does something that a recipe can't say.
    """
    modules = [type(module).__name__ for module in model]
    if modules not in MODULES:
        raise _unlike("modules", f"one of {MODULES}", modules)
    tokenizer = model[0].tokenizer
    if not getattr(tokenizer, "is_fast", False):
        raise _unlike("tokenizer", "one of the library 'tokenizers'", type(tokenizer).__name__)
    if model.max_seq_length is None or tokenizer.pad_token_id is None:
        raise _unlike("tokenizer", "a window and a padding token", f"window {model.max_seq_length}")
    if tokenizer.padding_side != "right" or tokenizer.truncation_side != "right":
        raise _unlike("tokenizer", "padding and truncation on the right", "another side")
    pooling = model[1].get_config_dict()["pooling_mode"]
    if pooling not in POOLINGS:
        raise _unlike("pooling", f"one of {POOLINGS}", pooling)
    prompts = model.prompts or {}
    if any(prompts.values()) and not model[1].include_prompt:
        raise _unlike("pooling", "prompts that take part in it", "prompts left out")
    default = prompts.get(model.default_prompt_name or "", "")
    return Recipe(
        pooling=pooling,
        window=model.max_seq_length,
        padding=tokenizer.pad_token_id,
        dimension=model.get_embedding_dimension(),
        inputs=tuple(name for name in INPUTS if name in tokenizer.model_input_names),
        document_prompt=prompts.get("document") or default,
        query_prompt=prompts.get("query") or default,
    )


def _unlike(what: str, expected: str, got: object) -> ConfigurationError:
    return ConfigurationError(
        f"embedding model: its {what} can't be done the same way outside of its library",
        expected=expected,
        got=str(got),
        next_step="set embedding.backend to 'torch' or 'auto'",
    )
