"""Guard: the features of a site on one of its databases. This package is the only place where rooms are wired."""

from __future__ import annotations

from consentguard.guard.answering import Answering


class Guard(Answering):
    """A site's features on one of its databases. Made for each request, and next to nothing until one is used.

    Several sites, tenants and databases live in one process: `Guards` says which guard a request gets.
    """
