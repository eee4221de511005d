"""Extraction without a language model: contrasts and recurring procedures."""
