"""Wrong cells of a table, found without labels: each file knows one way in which a cell can be wrong."""
