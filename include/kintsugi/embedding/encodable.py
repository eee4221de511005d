"""Texts as a tokenizer takes them."""


def encodable(text: str) -> str:
    """Return the text with lone surrogates replaced: a tokenizer takes valid Unicode only."""
    return text.encode("utf-8", "replace").decode("utf-8")
