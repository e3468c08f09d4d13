"""Tombstones: what was erased and is held, kept outside the database, so that a restored backup is erased again."""
