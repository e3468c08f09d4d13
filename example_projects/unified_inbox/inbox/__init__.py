"""Channels, correspondents, conversations and messages."""
