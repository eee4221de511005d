"""One module for each family of formats; each turns text or bytes into `Parsed`."""
