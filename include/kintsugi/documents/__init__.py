"""From raw items to documents, versions and chunks."""
