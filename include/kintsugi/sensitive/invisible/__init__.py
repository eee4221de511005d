"""Invisible characters and look-alike letters: what a person doesn't see and a model does."""
