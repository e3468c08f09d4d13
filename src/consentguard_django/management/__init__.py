"""The command `manage.py consentguard`."""
