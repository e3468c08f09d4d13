"""Template tags of consentguard."""
