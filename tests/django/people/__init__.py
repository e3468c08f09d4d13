"""A host's tables for the contract of `Dataset`: people, their notes, and replies to these."""
