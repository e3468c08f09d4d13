"""Counts how often each feature is used, without those who objected to it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, Sum

import consentguard
from accounts.models import FeatureUsage


class Command(BaseCommand):
    """``manage.py report_features``"""

    help = "Show how often each feature is used, and by how many people."

    def handle(self, **options: Any) -> None:
        """Print a line for each feature; what people do is used for this purpose alone."""
        people = FeatureUsage.objects.aggregate(people=Count("user", distinct=True))
        with consentguard.purpose("improvement"):
            features = FeatureUsage.objects.order_by("feature").values("feature")
            for each in features.annotate(times=Sum("uses"), people=Count("user", distinct=True)):
                self.stdout.write(f"{each['feature']:<14}{each['times']:>7} times, by {each['people']} people")
            counted = FeatureUsage.objects.aggregate(people=Count("user", distinct=True))
        self.stdout.write(f"{people['people'] - counted['people']} left out, who objected")
