"""What `search=` of an encrypted column says: by which indexes its values are found."""

from __future__ import annotations

from collections.abc import Sequence

from consentguard.crypto.index.kinds import Compound, Exact, Index
from consentguard.crypto.index.layout import Layout

Search = str | Index | Sequence[Index] | None


def indexes_of(search: Search, *, is_json: bool) -> tuple[Index, ...]:
    """The indexes that `search` declares. Raises TypeError for what is none, SearchError for those that cannot be."""
    if search is None:
        return ()
    if isinstance(search, str):
        search = Exact(search)
    indexes = (search,) if isinstance(search, Index) else tuple(search)
    if not all(isinstance(index, Index) for index in indexes):
        raise TypeError(f"search={search!r}: it is a normalisation, an index, or a list of indexes")
    if sum(isinstance(index, Exact) for index in indexes) > 1:
        raise TypeError(f"search={search!r}: a column has one Exact index, by which its values are equal")
    has_compound = any(isinstance(index, Compound) for index in indexes)
    if (has_compound and len(indexes) > 1) or (indexes and has_compound != is_json):
        raise TypeError(f"search={search!r}: a Compound stands alone on a column of JSON, which has no other index")
    if indexes:
        Layout(indexes)
    return indexes
