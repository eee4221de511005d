"""A model made ready for onnxruntime, once for each digest of its weights, and checked against torch.

The folder appears whole, by one rename: several processes may make it at once, and the first one's stays.
"""

import shutil
import time
import warnings
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from kintsugi.documents.identity import digest
from kintsugi.embedding.fingerprint import CANARIES
from kintsugi.embedding.memory import lacked_memory
from kintsugi.embedding.onnx_model import MODEL_FILE, RECIPE_FILE, TOKENIZER_FILE, OnnxEmbedder
from kintsugi.embedding.recipe import Recipe, recipe_of
from kintsugi.embedding.weights import library_versions
from kintsugi.errors import AGAIN, ConfigurationError, KintsugiError, TransientError
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

FORM = "1"
"""Raised when what lies in the folder changes, or how it is made."""

REFUSED_FILE = "refused.txt"
OPSET = 17
NEAREST = 0.99999
"""The least cosine between a vector of torch and the same of onnxruntime."""

APART = 1e-5
"""The most that a component may differ between a text alone and in a batch."""

ABANDONED = 3600.0
"""Seconds after which the unfinished folder of a killed process is removed."""

TEXTS = (
    *CANARIES,
    "",
    "  A Heading\n\n\twith  spaces around, UPPER CASE and a trailing line\n",
    "naïve café — “quotes”, 日本語のテキスト, кириллица, عربي, 🚒 and a zero\u200bwidth space",
    "[CLS] [SEP] [PAD] [UNK] [MASK] </s> <pad>",
    "the pod was evicted because its node ran out of memory; " * 60,
)


def exported(models: Path, weights: str) -> Path:
    """Return the folder for a model whose files have this digest; it may not exist yet.

    Other versions of the libraries have another: what they refused may work now, and what they made is checked anew.
    """
    versions = [f"{name} {version}" for name, version in sorted(library_versions().items())]
    return models / f"{weights}-{digest(FORM, *versions, size=4)}"


def was_exported(models: Path, weights: str) -> bool:
    """Tell whether a model whose files have this digest was ever exported here, by these or other versions."""
    return any(file.parent.suffix != ".part" for file in models.glob(f"{weights}-*/{MODEL_FILE}"))


def refusal(folder: Path) -> str | None:
    """Return why this model can't be computed by onnxruntime, or ``None`` where it can."""
    file = folder / REFUSED_FILE
    return file.read_text(encoding="utf-8") if file.exists() else None


def export(settings: EmbeddingSettings, model: Any, folder: Path, weights: str) -> None:
    """Make the folder: the model, or the reason why it can't be had, so that nobody tries again.

    Args:
        settings: which model.
        model: it, loaded by sentence-transformers; it is as before afterwards.
        folder: as `exported` says.
        weights: the digest of the model's files.

    Raises:
        TransientError: the disk doesn't take it, or there is no memory to make or check it: that is no reason.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep_unfinished(folder.parent, weights)
        part = Path(mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as error:
        raise _no_room(folder, error) from error
    try:
        try:
            _fill(settings, model, part, weights)
        except (KintsugiError, RuntimeError, MemoryError) as error:
            if lacked_memory(error):
                raise _no_memory(settings, error) from error
            if not isinstance(error, KintsugiError):
                raise
            shutil.rmtree(part)
            part.mkdir()
            (part / REFUSED_FILE).write_text(str(error), encoding="utf-8")
        if not folder.exists():
            part.rename(folder)
        _sweep_older(folder, weights)
    except OSError as error:
        if not folder.exists():
            raise _no_room(folder, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(settings: EmbeddingSettings, model: Any, part: Path, weights: str) -> None:
    recipe = recipe_of(model)
    (part / RECIPE_FILE).write_text(recipe.model_dump_json(), encoding="utf-8")
    model[0].tokenizer.backend_tokenizer.save(str(part / TOKENIZER_FILE))
    _write_graph(model[0].model, recipe, part / MODEL_FILE)
    unprefixed = settings.model_copy(update={"query_prefix": ""})
    _compare(model, recipe, OnnxEmbedder(unprefixed, part, weights))


def _write_graph(transformer: Any, recipe: Recipe, file: Path) -> None:
    """Trace the transformer with batch and length open.

    By tracing, because the newer exporter takes six times as long; that what was traced holds for other texts is what
    `_compare` checks. With the plain form of attention, because onnxruntime fuses that one.
    """
    import torch

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *given: torch.Tensor) -> Any:
            return self.transformer(**dict(zip(recipe.inputs, given, strict=True))).last_hidden_state

    ids = torch.full((2, 7), recipe.padding)
    ids[0] = torch.arange(1, 8)
    ids[1, :4] = torch.arange(11, 15)
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    attention = transformer.config._attn_implementation
    try:
        transformer.set_attn_implementation("eager")
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Tokens().eval(),
                tuple(given[name] for name in recipe.inputs),
                str(file),
                input_names=list(recipe.inputs),
                output_names=["tokens"],
                dynamic_axes={name: {0: "texts", 1: "length"} for name in (*recipe.inputs, "tokens")},
                opset_version=OPSET,
                dynamo=False,
            )
    except (RuntimeError, TypeError, ValueError, KeyError, AttributeError, NotImplementedError) as error:
        raise _refused("it can't be exported", got=f"{type(error).__name__}: {str(error).strip()[:300]}") from error
    finally:
        transformer.set_attn_implementation(attention)


def _compare(model: Any, recipe: Recipe, made: OnnxEmbedder) -> None:
    texts = list(TEXTS)
    ways = [(model.encode_document, made.embed), (model.encode_query, made.embed_queries)]
    for encode, embed in ways if recipe.document_prompt != recipe.query_prompt else ways[:1]:
        expected = encode(texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        together = embed(texts)
        alone = np.concatenate([embed([text]) for text in texts])
        cosine = _least_cosine(expected, together) if expected.shape == together.shape else float("nan")
        apart = float(np.abs(together - alone).max())
        if not (cosine >= NEAREST and apart <= APART):
            raise _refused(
                "its vectors are not those of torch",
                expected=f"cosine at least {NEAREST}, and at most {APART} apart in another batch",
                got=f"cosine {cosine:.7f}, {apart:.1e} apart",
            )


def _least_cosine(one: Floats, other: Floats) -> float:
    return float((one.astype(np.float64) * other.astype(np.float64)).sum(axis=1).min())


def _refused(what: str, *, expected: str = "", got: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"embedding model on onnxruntime: {what}",
        expected=expected,
        got=got,
        next_step="set embedding.backend to 'torch' or 'auto'",
    )


def _no_room(folder: Path, error: OSError) -> TransientError:
    return TransientError(
        f"embedding model: its form for onnxruntime can't be written to {folder}",
        got=error.strerror or str(error),
        next_step="free some space; the model takes as much as its weights do",
    )


def _no_memory(settings: EmbeddingSettings, error: BaseException) -> TransientError:
    return TransientError(
        f"embedding model {settings.model!r}: no memory to make its form for onnxruntime, or to check it",
        got=f"{type(error).__name__}: {str(error).strip()[:300]}",
        next_step=f"free memory; {AGAIN}",
    )


def _sweep_unfinished(models: Path, weights: str) -> None:
    """Remove what killed processes left unfinished."""
    for each in models.glob(f"{weights}-*.part"):
        try:
            abandoned = each.stat().st_mtime <= time.time() - ABANDONED
        except FileNotFoundError:  # whoever made it is done
            continue
        if abandoned:
            shutil.rmtree(each, ignore_errors=True)


def _sweep_older(folder: Path, weights: str) -> None:
    """Remove what other versions made of the same model, once there is another: `was_exported` never loses sight."""
    for each in folder.parent.glob(f"{weights}-*"):
        if each != folder and each.suffix != ".part":
            shutil.rmtree(each, ignore_errors=True)
