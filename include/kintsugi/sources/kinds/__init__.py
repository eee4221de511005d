"""The kinds of sources, a module each; the module's name is what an entry's ``kind`` says. See `docs/sources.md`."""
