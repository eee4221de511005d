"""LlamaIndex's `IngestionPipeline` over a folder; a program for a Python in which LlamaIndex is installed.

Imports nothing of the platform: ``python llamaindex_pipeline.py FOLDER MODEL_FOLDER CHUNK_TOKENS`` prints one JSON
object. Reads with `SimpleDirectoryReader`, splits with `SentenceSplitter` by the model's own tokens and without overlap
(its default of 200 tokens would double its work), embeds with the defaults of its `HuggingFaceEmbedding`: batches of
ten, unit vectors. Nothing is stored: the pipeline returns its nodes. It has taken in one document before its clock
starts, as the platform has.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FIRST = "# A note\n\nIt takes part in no figure.\n"


def main(folder: str, model_folder: str, chunk_tokens: int) -> dict[str, Any]:
    """Return nodes, documents, tokens and seconds of one run, and apart from them what loading took."""
    begun = time.perf_counter()
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder, device="cpu", local_files_only=True)

    class Embedding(BaseEmbedding):  # type: ignore[misc, unused-ignore]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors = model.encode(texts, batch_size=self.embed_batch_size, normalize_embeddings=True)
            return [vector.tolist() for vector in vectors]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    def tokens_of(text: str) -> list[int]:
        return list(model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    splitter = SentenceSplitter(chunk_size=chunk_tokens, chunk_overlap=0, tokenizer=tokens_of)
    pipeline = IngestionPipeline(transformations=[splitter, Embedding()])

    def taken_in(path: str) -> tuple[list[Any], list[Any]]:
        read = SimpleDirectoryReader(path, recursive=True, exclude_hidden=True).load_data()
        return read, list(pipeline.run(documents=read))

    model.encode(["A sentence that takes part in nothing."] * 64)
    with TemporaryDirectory() as first:
        Path(first, "note.md").write_text(FIRST)
        taken_in(first)
    loaded = time.perf_counter()
    documents, nodes = taken_in(folder)
    seconds = time.perf_counter() - loaded
    window = model.max_seq_length
    tokens = sum(min(window, len(tokens_of(node.get_content(metadata_mode="embed"))) + 2) for node in nodes)
    return {"documents": len(documents), "chunks": len(nodes), "tokens": tokens, "seconds": seconds} | {
        "loading_seconds": loaded - begun
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))  # noqa: T201 - its answer
