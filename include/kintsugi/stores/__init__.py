"""The two ports (`RecordStore`, `SearchIndex`) and their adapters."""
