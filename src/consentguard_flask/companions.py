"""Ready-made tags for the tables of Flask's companion packages, in force where the host has tagged none itself.

They use the category names of `consentguard.datamap.conventions`.
"""

from __future__ import annotations

from collections.abc import Mapping

from consentguard.datamap.tags import Tag
from consentguard_flask.sqlalchemy.introspect import Models


def tags(models: Models, own: Mapping[str, Tag]) -> dict[str, Tag]:
    """The proposed tags of the companions' tables that `models` has and `own` does not cover, by label."""
    return {}
