"""consentguard in a Django site: put "consentguard" and "consentguard_django" in INSTALLED_APPS."""
