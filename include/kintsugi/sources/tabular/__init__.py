"""Rows as documents: what the sources of tables, files of rows and collections share."""
