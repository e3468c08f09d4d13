"""Project package of the Unified Inbox site."""
