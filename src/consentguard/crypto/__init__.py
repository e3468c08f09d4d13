"""Keys and what is done with them: sealing values, signing, and references that only the holder of a key can make."""
