"""Sets Django up with the test site's settings, without the environment: other tests start sites of their own."""

import django
from django.conf import settings

from tests.django import settings as site

if not settings.configured:
    settings.configure(**{name: value for name, value in vars(site).items() if name.isupper()})
    django.setup()
