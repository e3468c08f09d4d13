"""Which rows, which action and why: what erasure, export and retention do to a site's tables, before they do it."""
