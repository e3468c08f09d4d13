"""A site's privacy policy as one file that the site enforces, publishes, and keeps evidence for."""
