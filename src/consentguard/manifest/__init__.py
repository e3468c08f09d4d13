"""The manifest: `privacy.toml` as a schema, loaded, checked, compared."""
