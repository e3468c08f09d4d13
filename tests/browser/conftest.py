"""A real Chromium and both example sites, or a skip that says how to get a browser."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts import chromium
from scripts.sites import SITES, running
from tests.browser.consent_kit import FRAMEWORKS, Shop
from tests.browser.consent_kit import running as running_shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a browser test: one mark fewer to forget."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the session."""
    executable = chromium.find()
    if executable is None:
        pytest.skip(chromium.HOW_TO_GET)
    with chromium.started(executable) as started:
        yield started


@pytest.fixture(scope="session")
def site_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Both example sites with sample data on free ports: base URL by site."""
    with _sites(tmp_path_factory) as urls:
        yield urls


@pytest.fixture(scope="module")
def own_site_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The same, for tests that leave a site in a state which no other test could stand."""
    with _sites(tmp_path_factory) as urls:
        yield urls


@contextmanager
def _sites(folders: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        urls = {}
        for site in SITES:
            environment.setenv(site.port_variable, str(_free_port()))
            stack.enter_context(running(site, folders.mktemp(site.name)))
            urls[site.name] = site.url
        yield urls


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shop]]:
    """A small site of each framework, whose pages hold what waits for consent: by the framework's name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(running_shop(name, tmp_path_factory.mktemp(name))) for name in FRAMEWORKS}
