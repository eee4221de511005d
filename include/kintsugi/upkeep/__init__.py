"""Keeping the documents true: stale, duplicate and missing ones become proposals that pass gates and need a yes."""
