"""Files that only their owner may read: refused when others could have, and replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OWNER_ONLY = 0o600


def read(path: Path) -> bytes:
    """The content of a file that is ours alone.

    Raises PermissionError when it belongs to another user or gives its group or others any right; modes are not
    looked at on Windows, which has none. Raises OSError when it cannot be read.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if os.name == "posix" and status.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
        if os.name == "posix" and (others := stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)):
            who = "readable" if others & (stat.S_IRGRP | stat.S_IROTH) else "open"
            raise PermissionError(errno.EPERM, f"it is {who} by others", str(path))
        return file.read()


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file of mode 0600 that takes the place of `path` when the block ends without an error.

    It stands beside `path` under a fixed name while it is written, so that no two writers work at the same time:
    the second gets FileExistsError. Whoever reads sees the old content or the new. Raises OSError.
    """
    target = path.resolve()
    waiting = target.with_name(f".{target.name}.new")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(target)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Make a file's new place in its folder outlast a power cut; Windows cannot open a folder, nor needs to."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
