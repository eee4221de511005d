"""The bridge to autorefine."""
