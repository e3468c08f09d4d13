"""Search over encrypted columns: ordinary lookups where an index is exact, and `search` for all others."""

from consentguard_django.fields.search.digests import Digest as Digest
