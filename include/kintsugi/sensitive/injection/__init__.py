"""Prompt injection: instruction-like text to a model, weighed by where and how it is said."""
