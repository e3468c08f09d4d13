"""What stands for a storage of files where the site has named none."""

from __future__ import annotations

from typing import NoReturn

from consentguard.ports import FilesError


class NoFiles:
    """`consentguard.ports.Files` of a site that has not said how to get at its files: each is refused."""

    def open(self, label: str, column: str, name: str) -> NoReturn:
        """Raises FilesError."""
        raise _unknown(label, column)

    def delete(self, label: str, column: str, name: str) -> NoReturn:
        """Raises FilesError."""
        raise _unknown(label, column)


def _unknown(label: str, column: str) -> FilesError:
    hint = "name an object with `open` and `delete` in CONSENTGUARD_FILES"
    return FilesError(f'how to get at the files of "{label}.{column}" is not known', hint=hint)
