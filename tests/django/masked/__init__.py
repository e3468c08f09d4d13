"""An admin over sealed values of many kinds, with an inline, and whoever works in it."""
