"""Text to vectors, with a fingerprint that says which vectors may meet."""
