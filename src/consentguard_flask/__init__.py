"""consentguard for Flask and SQLAlchemy: translates between them and the core, and decides nothing itself."""
