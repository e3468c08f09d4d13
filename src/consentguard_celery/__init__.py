"""consentguard in Celery: its jobs as tasks, large runs parted among workers, and purposes that go along with tasks."""

from consentguard_celery.worker import install

__all__ = ["install"]
