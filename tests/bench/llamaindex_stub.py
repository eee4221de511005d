"""The two libraries that the program beside ours needs, as far as it needs them, and slow when they do it first."""

from pathlib import Path

FIRST = 0.4
"""Seconds that a first run takes longer, for what is loaded only when it is used."""

_CORE = """
from pathlib import Path

class Document:
    def __init__(self, text):
        self.text = text
    def get_content(self, metadata_mode):
        return self.text

class SimpleDirectoryReader:
    def __init__(self, folder, **options):
        self.folder = Path(folder)
    def load_data(self):
        return [Document(each.read_text()) for each in sorted(self.folder.rglob("*.md"))]
"""
_PIPELINE = f"""
import time

class IngestionPipeline:
    runs = 0
    def __init__(self, transformations):
        pass
    def run(self, documents):
        if not self.runs:
            time.sleep({FIRST})
        self.runs += 1
        return documents
"""
_MODEL = """
class SentenceTransformer:
    max_seq_length = 128
    def __init__(self, folder, **options):
        pass
    def encode(self, texts, **options):
        return []
    def tokenizer(self, text, **options):
        return {"input_ids": text.split()}
"""
_SPLITTER = """
class SentenceSplitter:
    def __init__(self, **options):
        pass
"""


def write_libraries(place: Path) -> None:
    """Write them into a folder that ``PYTHONPATH`` may name."""
    files = {
        "llama_index/core/__init__.py": _CORE,
        "llama_index/core/base/embeddings/base.py": "class BaseEmbedding: pass",
        "llama_index/core/ingestion.py": _PIPELINE,
        "llama_index/core/node_parser.py": _SPLITTER,
        "sentence_transformers.py": _MODEL,
    }
    for name, text in files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
