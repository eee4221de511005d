"""Git repositories as a source: their files at a revision, and their commits. No git program is needed."""
