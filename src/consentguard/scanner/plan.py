"""What a scan does: where it goes, how it answers the banner, which hosts are the site's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from consentguard.scanner.errors import ScannerError

SCHEMES = ("http", "https")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where a scan goes and what it does there.

    Attributes:
        url: the page at which it begins, and on which it answers the banner.
        pages: further pages, as paths or as addresses of the same site.
        crawl: how many more pages are visited that links lead to.
        accept, refuse: CSS selectors of a foreign banner's buttons; empty for our own banner.
        signal: whether the site is also visited with Global Privacy Control.
        own_hosts: hosts that are the site's own beside that of `url`, each with those below it.
        settle: seconds for which a page may go on after it has gone quiet, since trackers like to come late.
        browser: the path of a Chromium; else that of CONSENTGUARD_CHROMIUM, else the one on the path, else
            Playwright's own.
    """

    url: str
    pages: Sequence[str] = ()
    crawl: int = 0
    accept: str = ""
    refuse: str = ""
    signal: bool = False
    own_hosts: Sequence[str] = ()
    settle: float = 1.0
    browser: Path | None = None

    @cached_property
    def start(self) -> str:
        """The address without a name, a password and a fragment. Raises ScannerError for what is no address."""
        parts = _split(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))

    @cached_property
    def credentials(self) -> tuple[str, str] | None:
        """The name and password of the address, for a site that is not open to all yet."""
        parts = _split(self.url)
        return (parts.username, parts.password or "") if parts.username else None

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """All pages that are named, each once. Raises ScannerError for one of another site."""
        every = tuple(dict.fromkeys([self.start, *(urljoin(self.start, page) for page in self.pages)]))
        for address in every:
            if not self.same_origin(address):
                raise ScannerError("a page to scan is not of the same site", hint=f"give paths, such as {SAMPLE}")
        return every

    def same_origin(self, address: str) -> bool:
        """Whether an address is of the site that is scanned."""
        own, other = urlsplit(self.start), urlsplit(address)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)

    def own(self, host: str) -> bool:
        """Whether a host is the site's own: that of `url` without a leading `www.`, `own_hosts`, and any below."""
        return any(host == own or host.endswith(f".{own}") for own in self._own)

    @cached_property
    def _own(self) -> frozenset[str]:
        host = urlsplit(self.start).hostname or ""
        return frozenset({host.removeprefix("www."), *(own.removeprefix("www.").lower() for own in self.own_hosts)})


SAMPLE = "--page /pricing"


def _split(url: str) -> SplitResult:
    """The parts of an address; the message does not repeat it, for it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ScannerError("the address to scan is none", hint="write https://www.example.com/") from None
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ScannerError("the address to scan is no http(s) address", hint="write https://www.example.com/")
    return parts
