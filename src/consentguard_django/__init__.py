"""consentguard for Django: translates between Django and the core, and decides nothing itself."""
