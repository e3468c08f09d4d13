"""Support tickets sent from the public site."""
