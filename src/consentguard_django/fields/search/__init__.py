"""Search over encrypted columns: ordinary lookups where an index is exact, and `search` for all others."""
