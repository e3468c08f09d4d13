"""The sections of a published text, in the order in which readers look for them."""
