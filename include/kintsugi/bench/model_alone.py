"""The model alone, ours and as its library's manual calls it, in turns on the same texts."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from kintsugi.embedding.library import load_library_model
from kintsugi.embedding.port import Embedder
from kintsugi.embedding.weights import model_folder
from kintsugi.settings import Settings

TEXTS_AT_ONCE = 2048
WARM_UP = ["A sentence that takes part in nothing, so that both have run once before the clock is looked at."] * 64


@dataclass(frozen=True)
class ModelAlone:
    """Seconds of sentence-transformers (``raw``) and of the platform's embedder (``own``), and the texts' tokens."""

    tokens: int = 0
    raw: float = 0.0
    own: float = 0.0


def model_alone(settings: Settings, embedder: Embedder, texts: Iterable[str]) -> ModelAlone:
    """Return how long both take for the same texts; loading them is in neither.

    Raw is ``encode`` with unit vectors and otherwise the library's defaults. Both work in this process, on slices of
    `TEXTS_AT_ONCE` texts, one after the other; who begins alternates, so that neither always has the warmer machine.
    """
    slices = _slices(texts)
    first = next(slices, None)
    if first is None:
        return ModelAlone()
    on_cpu = settings.embedding.model_copy(update={"device": "cpu"})
    library = load_library_model(on_cpu, model_folder(on_cpu))

    def raw(some: Sequence[str]) -> object:
        return library.encode(list(some), normalize_embeddings=True, show_progress_bar=False)

    def own(some: Sequence[str]) -> object:
        return embedder.embed(some)

    for run in (raw, own):
        run(WARM_UP)
    seconds = dict.fromkeys((raw, own), 0.0)
    tokens = 0
    for turn, some in enumerate(chain([first], slices)):
        for run in (raw, own) if turn % 2 == 0 else (own, raw):
            begun = time.perf_counter()
            run(some)
            seconds[run] += time.perf_counter() - begun
        encoded = library.tokenizer(some, truncation=True, max_length=library.max_seq_length, padding=False)
        tokens += sum(len(ids) for ids in encoded["input_ids"])
    return ModelAlone(tokens, seconds[raw], seconds[own])


def _slices(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, TEXTS_AT_ONCE)):
        yield some
