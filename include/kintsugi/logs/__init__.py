"""Logs become events: one document for each template of a log, in bounded memory however long the log is."""
