"""Where operational data comes from."""
