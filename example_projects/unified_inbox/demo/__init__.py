"""Generated data for trying the site out."""
