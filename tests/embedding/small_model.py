"""The bundled model with two narrow layers that nobody has trained: made, loaded and exported in a moment."""

import json
import shutil
from pathlib import Path

from kintsugi.embedding.weights import model_folder
from kintsugi.settings import EmbeddingSettings

DIMENSION = 48
SEED = 7
SPREAD = 0.3
"""Of its weights; the usual 0.02 would make nearly the same vector of every text."""


def small_model(folder: Path) -> Path:
    """Write the model into a folder that does not exist yet, and return it."""
    import torch
    from transformers import BertConfig, BertModel

    bundled = model_folder(EmbeddingSettings())
    assert bundled is not None
    shutil.copytree(bundled, folder, ignore=shutil.ignore_patterns("model.safetensors", "data_config.json", "*.md"))
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | {"word_embedding_dimension": DIMENSION}))
    shape = {"num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 4 * DIMENSION}
    config = BertConfig.from_pretrained(bundled, hidden_size=DIMENSION, initializer_range=SPREAD, **shape)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        BertModel(config).save_pretrained(folder)
    return folder
