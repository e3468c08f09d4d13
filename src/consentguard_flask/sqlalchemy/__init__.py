"""SQLAlchemy for the core: no line of this package imports Flask."""
