"""The identity of an embedding: two vectors may meet only when their fingerprints are equal."""

import json
import os
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from kintsugi.documents.identity import digest
from kintsugi.embedding.weights import library_versions, model_folder, weights_stat
from kintsugi.records import Fingerprint
from kintsugi.settings import EmbeddingSettings
from kintsugi.stores.search import Floats

CANARIES = (
    "the scheduler stopped sending heartbeats",
    "rows were refused because a column changed its type",
    "how do I restore chunks that are missing from the index?",
    "2024-02-29T23:59:60Z ERROR worker[17]: exit status 137",
)
PROJECTIONS = 4
STEP = 0.1


def canary_digest(vectors: Floats) -> str:
    """Return a digest of the canaries' vectors that survives rounding noise and shows a perturbation.

    Each vector of shape (dimension,) is projected on `PROJECTIONS` fixed directions of signs, in which every component
    takes part, and the projections (about ±1) are rounded to multiples of `STEP`. Noise of 1e-7 a component, as another
    batch or another processor makes it, crosses a rounding edge for one model in about 1,500; a change of a vector by
    one part in twenty nearly always shows. Smaller drift is measured by cosine, not by identity.
    """
    signs = np.array(
        [[1.0 if byte & 1 else -1.0 for byte in _bytes_of(n, vectors.shape[1])] for n in range(PROJECTIONS)]
    )
    steps = np.rint(vectors.astype(np.float64) @ signs.T / STEP).astype("<i4")
    return digest(steps.tobytes())


def _bytes_of(direction: int, length: int) -> bytes:
    blocks = (digest("canary direction", str(direction), str(block), size=64) for block in range(length // 64 + 1))
    return b"".join(bytes.fromhex(block) for block in blocks)[:length]


def torch_backend() -> str:
    """Return what a fingerprint says of vectors that sentence-transformers computed, on torch."""
    return _with_major_version("sentence-transformers")


def onnx_backend() -> str:
    """Return what a fingerprint says of vectors that onnxruntime computed."""
    return _with_major_version("onnxruntime")


def computed_by(fingerprint: Fingerprint, backend: str) -> bool:
    """Tell whether the vectors may be those that a setting of ``embedding.backend`` asks for."""
    wanted = {"torch": "sentence-transformers/", "onnx": "onnxruntime/"}.get(backend, "")
    return fingerprint.backend.startswith(wanted)


def _with_major_version(library: str) -> str:
    return f"{library}/{library_versions()[library].split('.')[0]}"


def fingerprint_of(settings: EmbeddingSettings, *, backend: str, weights: str, vectors: Floats) -> Fingerprint:
    """Return the fingerprint of a loaded model; ``vectors`` are those of `CANARIES`, in order, unit length."""
    fields = {
        "model": settings.model,
        "revision": settings.revision,
        "weights": weights,
        "dimension": int(vectors.shape[1]),
        "normalised": True,
        "prefix": settings.query_prefix,
        "backend": backend,
        "canaries": canary_digest(vectors),
    }
    identity = digest(json.dumps(fields, sort_keys=True), size=8)
    return Fingerprint.model_validate({"id": identity, **fields})


def remembered(folder: Path, settings: EmbeddingSettings) -> Fingerprint | None:
    """Return the fingerprint that this very model had when it was last loaded here, or ``None``.

    The memory is keyed by the settings, the versions of the libraries and path, size and time of each file of the
    model, so that a changed file or an upgraded library is never taken for what it was. Who loads the model computes
    the fingerprint again and compares.
    """
    file = _memory(folder, settings)
    if file is None:
        return None
    try:
        return Fingerprint.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def remember(folder: Path, settings: EmbeddingSettings, fingerprint: Fingerprint) -> None:
    """Keep the fingerprint for `remembered`; a disk that takes no file only costs time later."""
    file = _memory(folder, settings)
    if file is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(f".{os.getpid()}.tmp")
        half.write_text(fingerprint.model_dump_json())
        half.replace(file)
    except OSError:
        return


def all_remembered(folder: Path) -> list[Fingerprint]:
    """Return every fingerprint that a model had here, under any settings and versions."""
    known = []
    for file in sorted(folder.glob("*.json")):
        try:
            known.append(Fingerprint.model_validate_json(file.read_bytes()))
        except (OSError, ValidationError):
            continue
    return known


def _memory(folder: Path, settings: EmbeddingSettings) -> Path | None:
    files = model_folder(settings)
    if files is None:
        return None
    versions = [f"{name} {version}" for name, version in sorted(library_versions().items())]
    asked = settings.model, settings.revision, settings.query_prefix, settings.backend, settings.device
    key = digest(*asked, weights_stat(files), *versions, size=8)
    return folder / f"{key}.json"
