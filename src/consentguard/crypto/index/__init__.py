"""Search over encrypted columns: keyed digests of what is looked for stand before the sealed value."""
