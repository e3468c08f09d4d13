"""How often one client may send a form: counted by the `limits` library, in memory or in Redis."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import math
import time
from weakref import WeakKeyDictionary

from limits import RateLimitItem, RateLimitItemPerSecond, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from consentguard.errors import SettingsError
from consentguard.site import Site
from consentguard.web.messages import Inbound
from consentguard.web.routes import Route
from consentguard.web.safety import RefusalError

NETWORK = 64
"""Bits of an IPv6 address that count: a household or a server has that whole network to itself (RFC 6177)."""
PATIENCE = 1.0
"""Seconds to wait for Redis."""
_REDIS = ("redis", "valkey")

_limiters: WeakKeyDictionary[Site, MovingWindowRateLimiter] = WeakKeyDictionary()
_log = logging.getLogger("consentguard")


def check_limit(route: Route, site: Site, inbound: Inbound) -> None:
    """Count an attempt. Raises RefusalError when it is one too many, or when nobody can count.

    Each attempt counts for the whole period after it, so that no moment lets twice as many through, as the border of
    a fixed window does. When Redis does not answer, the form is closed: these are the forms that send a mail or
    are a guess at a code. Raises SettingsError for a storage that there is not, KeyringError without a keyring.
    """
    item, key = parse(route.limit), client_key(site, inbound.address)
    try:
        limiter = _limiter(site)
        if limiter.hit(item, route.name, key):
            return
        opens_at = limiter.get_window_stats(item, route.name, key).reset_time
    except StorageError as error:
        raise _closed(error) from None
    raise RefusalError(429, "Too many attempts.", retry_after=_seconds_until(opens_at, item))


def is_within(limit: str, site: Site, what: str, who: str) -> bool:
    """Count an attempt that concerns somebody, by their pseudonym, whoever makes it: whether it is not one too many.

    Raises RefusalError when nobody can count, and SettingsError for a storage that there is not.
    """
    try:
        return _limiter(site).hit(parse(limit), what, who)
    except StorageError as error:
        raise _closed(error) from None


def take_turn(site: Site, what: str, address: str, lasts: dt.timedelta) -> int:
    """Take the one turn that a client has within a period: 0, or in how many seconds there is one again.

    Of several requests at once exactly one gets it. Raises RefusalError when nobody can count, SettingsError and
    KeyringError as `check_limit` does.
    """
    item, key = _one_in(lasts), client_key(site, address)
    try:
        limiter = _limiter(site)
        if limiter.hit(item, what, key):
            return 0
        return _seconds_until(limiter.get_window_stats(item, what, key).reset_time, item)
    except StorageError as error:
        raise _closed(error) from None


def give_back_turn(site: Site, what: str, address: str, lasts: dt.timedelta) -> None:
    """Let a client have the turn that it took. Where nobody can count, it waits for its time."""
    try:
        _limiter(site).clear(_one_in(lasts), what, client_key(site, address))
    except StorageError as error:
        _closed(error)


def _one_in(lasts: dt.timedelta) -> RateLimitItem:
    return RateLimitItemPerSecond(1, max(1, math.ceil(lasts.total_seconds())))


def client_key(site: Site, address: str) -> str:
    """A keyed hash of the client's address, so that no storage holds one: 32 hex digits."""
    return site.keyring.mac("limits", network_of(address).encode()).code[:16].hex()


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the IPv6 network of 64 bits around one; else the text itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((parsed, NETWORK), strict=False))


def _closed(error: StorageError) -> RefusalError:
    _log.error("attempts cannot be counted, so forms are closed: %s", type(error.storage_error).__name__)
    return RefusalError(503, "This form is unavailable at the moment.", retry_after=60)


def _seconds_until(moment: float, item: RateLimitItem) -> int:
    return min(max(1, math.ceil(moment - time.time())), item.get_expiry())


def _limiter(site: Site) -> MovingWindowRateLimiter:
    """Where a site counts. Several threads may make one at once, and the first that is kept serves them all."""
    made = _limiters.get(site)
    return made or _limiters.setdefault(site, _new_limiter(site.settings.limits))


def _new_limiter(url: str) -> MovingWindowRateLimiter:
    options: dict[str, str | float] = {}
    if url.startswith(_REDIS):
        options = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "key_prefix": "consentguard"}
    try:
        # not memcached, nor what else `limits` knows: their windows are fixed, or their answers are eventual
        storage = storage_from_string(url, wrap_exceptions=True, **options)
        return MovingWindowRateLimiter(storage)
    except (ConfigurationError, NotImplementedError, ValueError):
        # not the whole URL, which may hold a password
        scheme = url.partition(":")[0]
        hint = 'it is "memory://", or "redis://localhost:6379/0" where the package redis is installed'
        raise SettingsError(f"limits names no storage: {scheme}:...", hint=hint) from None
