"""consentguard in Celery: purposes that go along with tasks."""
