"""How long the link to a copy opens it."""

from __future__ import annotations

LINK_WITHIN = "P7D"
"""How long a link to a copy can be used, once."""
