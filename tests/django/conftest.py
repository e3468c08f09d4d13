"""Sets Django up with the test site's settings, without the environment: other tests start sites of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings

from tests.django import settings as site

if TYPE_CHECKING:
    from consentguard_django.stores import DjangoStores

if not settings.configured:
    settings.configure(**{name: value for name, value in vars(site).items() if name.isupper()})
    django.setup()


collect_ignore = [] if django.VERSION >= (6,) else ["test_tasks.py"]


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[tuple[str, str]]:
    """The alias of a database with our tables and those of `tests.django.people`, and its URL."""
    from tests.django.databases import connected

    alias: str = request.param
    folder = tmp_path_factory.mktemp("stores")
    url = f"sqlite:{folder}/stores.sqlite3" if alias == "sqlite" else request.getfixturevalue(f"{alias}_url")
    with django_db_blocker.unblock(), connected(alias, url):
        yield alias, url


@pytest.fixture
def stores(database: tuple[str, str]) -> DjangoStores:
    """The stores of the database, empty and outside of any transaction."""
    from consentguard_django.stores import DjangoStores
    from tests.django.databases import emptied

    alias, _ = database
    emptied(alias)
    return DjangoStores(alias)
