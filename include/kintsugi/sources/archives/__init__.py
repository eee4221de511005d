"""Archives read as folders: members one at a time, nothing unpacked to disk, within limits. See `archive.Archive`."""
