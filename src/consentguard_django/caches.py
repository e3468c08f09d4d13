"""What stands in the caches of the setting CACHES: read as a whole where a cache lets itself be, as the canary does."""

from __future__ import annotations

import base64
import pickletools
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.cache import caches as configured
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections, router

Reader = Callable[[], Iterable[bytes]]


def caches() -> Mapping[str, Reader | None]:
    """Each cache by its name, with what reads its keys and its values, or None; a dummy holds nothing."""
    kept = {alias: configured[alias] for alias in configured}
    return {
        f'the cache "{alias}"': _reader(cache) for alias, cache in kept.items() if not isinstance(cache, DummyCache)
    }


def _reader(cache: Any) -> Reader | None:
    readers = {LocMemCache: _in_memory, FileBasedCache: _in_files, DatabaseCache: _in_table}
    reading = next((reader for kind, reader in readers.items() if isinstance(cache, kind)), None)
    return (lambda: reading(cache)) if reading else None


def _in_memory(cache: Any) -> Iterator[bytes]:
    """Of this process: others have caches of their own under the same name."""
    for key, value in list(cache._cache.items()):
        yield from (key.encode(), value)


def _in_files(cache: Any) -> Iterator[bytes]:
    """Their names are digests of the keys. Nothing is unpickled: what stands there may be anybody's."""
    for path in cache._list_cache_files():
        with Path(path).open("rb") as file:
            deque(pickletools.genops(file), maxlen=0)  # when it ends; the value follows
            yield zlib.decompress(file.read())


def _in_table(cache: Any) -> Iterator[bytes]:
    connection = connections[router.db_for_read(cache.cache_model_class)]
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(cache._table)
        cursor.execute(f"SELECT cache_key, value FROM {table}")  # noqa: S608 - a name of the settings
        for key, value in cursor.fetchall():
            yield from (key.encode(), base64.b64decode(value))
