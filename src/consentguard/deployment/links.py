"""How a database is reached, read from what its driver is told: the words are alike in both frameworks."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from consentguard.deployment.facts import Link

POSTGRESQL = frozenset({"require", "verify-ca", "verify-full"})
"""The values of `sslmode` with which libpq never falls back to a connection in the clear."""
MYSQL = frozenset({"REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"})
"""The same of `ssl_mode` of mysqlclient and MySQL Connector."""
_MYSQL_KEYS = ("ssl", "ssl_ca", "ssl_verify_cert", "ssl_verify_identity", "tls")


def link_of(
    database: str, kind: str, host: str, options: Mapping[str, object], environment: Mapping[str, str]
) -> Link | None:
    """The link to a database of a kind (`postgresql`, `mysql`); None for one that is a file, or of another kind.

    `options` are the driver's connection parameters. libpq heeds PGHOSTADDR, PGHOST and PGSSLMODE where they say
    nothing. Where a service file (`service`, PGSERVICE) says it instead, nobody knows: None.
    """
    if kind == "postgresql":
        if "service" in options or "PGSERVICE" in environment:
            return None
        given = options.get("hostaddr") or host or options.get("host")
        host = str(given or environment.get("PGHOSTADDR") or environment.get("PGHOST", ""))
        mode = str(options.get("sslmode") or environment.get("PGSSLMODE", ""))
        encrypted = mode in POSTGRESQL or bool(options.get("ssl_context"))
    elif kind == "mysql":
        local = bool(options.get("unix_socket")) or (options.get("read_default_file") and not host)
        host = "" if local else host or str(options.get("host") or "")
        mode = str(options.get("ssl_mode") or "").upper()
        encrypted = mode in MYSQL or any(options.get(key) for key in _MYSQL_KEYS)
    else:
        return None
    return Link(database=database, local=is_local(host), encrypted=encrypted)


def is_local(host: str) -> bool:
    """Whether a host is this machine: none, a socket's folder, `localhost`, or a loopback address."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
