"""Search over encrypted columns: ordinary lookups where an index is exact, and `search` for all others."""

from consentguard_django.fields.search import migrating as migrating
from consentguard_django.fields.search.searching import Matches as Matches
from consentguard_django.fields.search.searching import Searchable as Searchable
from consentguard_django.fields.search.searching import search as search
from consentguard_django.fields.search.unique import UniqueTogether as UniqueTogether
