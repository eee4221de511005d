"""Agents' runs: what an agent was asked to do, what it did, and how that ended, read from three formats."""
