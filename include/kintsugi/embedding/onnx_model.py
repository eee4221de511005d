"""The model on onnxruntime: the same vectors, without torch in memory."""

import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from kintsugi.embedding.batches import TOKENS_PER_TEXT, by_length
from kintsugi.embedding.encodable import encodable
from kintsugi.embedding.fingerprint import CANARIES, fingerprint_of, onnx_backend
from kintsugi.embedding.memory import lacked_memory
from kintsugi.embedding.recipe import Recipe
from kintsugi.errors import AGAIN, ConfigurationError, TransientError
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

MODEL_FILE, TOKENIZER_FILE, RECIPE_FILE = "model.onnx", "tokenizer.json", "recipe.json"


class OnnxEmbedder:
    """Embeds with a transformer that was exported before; loading takes a second.

    A batch is computed by one core, as many batches at once as there are cores: cores never wait for each other in the
    middle of a batch, and no thread spins. A call has few batches under way, so that a question need not wait until
    thousands of texts are done.

    Args:
        settings: which model.
        folder: what `kintsugi.embedding.export` made of it.
        weights: the digest of the files that it was made of.
        cores: how many batches are computed at once; all cores of this process where none is given.

    Raises:
        ConfigurationError: the files in the folder are damaged.
        TransientError: there is no memory for it.
    """

    def __init__(self, settings: EmbeddingSettings, folder: Path, weights: str, cores: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._settings = settings
        try:
            self._recipe = Recipe.model_validate_json((folder / RECIPE_FILE).read_bytes())
            self._tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            self._session: Any = _session(folder / MODEL_FILE)
        except Exception as error:  # both libraries raise classes of their own below Exception, onnxruntime a dozen
            if lacked_memory(error):
                raise TransientError(
                    f"embedding model {settings.model!r}: no memory to load its exported form",
                    got=f"{type(error).__name__}: {str(error).strip()[:300]}",
                    next_step=f"free memory; {AGAIN}",
                ) from error
            raise ConfigurationError(
                f"embedding model {settings.model!r}: its exported form in {folder} can't be read",
                got=f"{type(error).__name__}: {str(error).strip()[:300]}",
                next_step="remove that folder: it is made again",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._recipe.window)
        self._cores = cores or usable_cores()
        self._pool = ThreadPoolExecutor(self._cores, thread_name_prefix="embed")
        self._budget = settings.batch_size * TOKENS_PER_TEXT
        self._fingerprint = fingerprint_of(
            settings, backend=onnx_backend(), weights=weights, vectors=self.embed(CANARIES)
        )

    @property
    def fingerprint(self) -> Fingerprint:
        """The identity of the vectors, canaries computed on loading."""
        return self._fingerprint

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text, shape (len(texts), dimension), float32.

        Raises:
            TransientError: there is no memory for a batch.
        """
        return self._vectors(self._recipe.document_prompt, texts)

    def embed_queries(self, queries: Sequence[str]) -> Floats:
        """Return one unit vector a question, of the same shape, with the query prefix that the settings give.

        Raises:
            TransientError: there is no memory for a batch.
        """
        return self._vectors(self._settings.query_prefix or self._recipe.query_prompt, queries)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model reads of each text; what is beyond its window is not counted."""
        return [len(ids) for ids in self._ids("", texts)]

    def _ids(self, prompt: str, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch_fast([encodable(prompt + text) for text in texts])
        return [each.ids for each in encoded]

    def _vectors(self, prompt: str, texts: Sequence[str]) -> Floats:
        ids = self._ids(prompt, texts)
        vectors = np.zeros((len(texts), self._recipe.dimension), np.float32)
        under_way: deque[tuple[list[int], Future[Floats]]] = deque()
        for batch in by_length([len(each) for each in ids], self._budget):
            if len(under_way) > self._cores:
                _put(vectors, under_way.popleft())
            under_way.append((batch, self._pool.submit(self._batch, [ids[position] for position in batch])))
        for done in under_way:
            _put(vectors, done)
        return vectors

    def _batch(self, ids: Sequence[Sequence[int]]) -> Floats:
        padded = np.full((len(ids), max(map(len, ids))), self._recipe.padding, np.int64)
        mask = np.zeros_like(padded)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        given = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(padded)}
        try:
            (tokens_of,) = self._session.run(None, {name: given[name] for name in self._recipe.inputs})
        except Exception as error:  # onnxruntime's classes have no base of their own
            raise TransientError(
                f"embedding model {self._settings.model!r}: {len(ids)} texts could not be embedded",
                got=f"{type(error).__name__}: {str(error)[:300]}",
                next_step="free memory, or lower embedding.batch_size",
            ) from error
        return _unit(_pooled(self._recipe.pooling, tokens_of, mask))


def usable_cores() -> int:
    """Return how many cores this process may use; a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(file: Path) -> Any:
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # patterns are kept for each shape, and every batch may have another
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _put(vectors: Floats, done: "tuple[list[int], Future[Floats]]") -> None:
    vectors[done[0]] = done[1].result()


def _pooled(pooling: str, tokens: Floats, mask: Any) -> Floats:
    if pooling == "cls":
        return np.asarray(tokens[:, 0], np.float32)
    weights = mask[..., None].astype(np.float32)
    return np.asarray((tokens * weights).sum(axis=1) / weights.sum(axis=1), np.float32)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
