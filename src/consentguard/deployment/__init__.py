"""Deployment: what is weak in how a site is served and kept, from facts that the host and the settings give."""

from __future__ import annotations

from consentguard.deployment.facts import CookieFlags, Deployment, Hasher, Link, Own
from consentguard.deployment.links import link_of
from consentguard.deployment.rules import IDS, STAFF_FACTOR, weaknesses

__all__ = ["IDS", "STAFF_FACTOR", "CookieFlags", "Deployment", "Hasher", "Link", "Own", "link_of", "weaknesses"]
