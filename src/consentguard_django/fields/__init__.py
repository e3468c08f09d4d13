"""`Encrypted`, the model field whose values are sealed before they reach the database."""

from consentguard.crypto.binding import sealed_for as sealed_for
from consentguard_django.fields.errors import EncryptedFieldError as EncryptedFieldError
from consentguard_django.fields.field import Encrypted as Encrypted
from consentguard_django.fields.keys import aprefetch as aprefetch
from consentguard_django.fields.keys import prefetch as prefetch
from consentguard_django.fields.search.digests import Digest as Digest
