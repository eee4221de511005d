"""Secrets in running text: issued tokens, private keys, and values next to words such as *password*."""
