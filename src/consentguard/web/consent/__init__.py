"""What visitors decide about: the banner, the preferences, and the answers to both."""
