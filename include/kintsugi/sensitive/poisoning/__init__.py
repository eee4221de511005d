"""Poisoning: many near-duplicates aimed at one question."""
