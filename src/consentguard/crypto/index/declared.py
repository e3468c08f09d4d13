"""What `search=` of an encrypted column says: by which indexes its values are found."""

from __future__ import annotations

from collections.abc import Sequence

from consentguard.crypto.index.kinds import Compound, Exact, Index
from consentguard.crypto.index.layout import Layout

Search = str | Index | Sequence[Index] | None


def indexes_of(search: Search, *, is_json: bool) -> tuple[Index, ...]:
    """The indexes that `search` declares; `is_json` says whether the column holds JSON, as a Compound's must.

    Raises TypeError for what is none, SearchError for those that cannot be.
    """
    if search is None:
        return ()
    given = Exact(search) if isinstance(search, str) else search
    indexes = (given,) if isinstance(given, Index) else tuple(given)
    if not all(isinstance(index, Index) for index in indexes):
        raise TypeError(f"search={search!r}: it is a normalisation, an index, or a list of indexes")
    if sum(isinstance(index, Exact) for index in indexes) > 1:
        raise TypeError(f"search={search!r}: a column has one Exact index, by which its values are equal")
    has_compound = compound_of(indexes) is not None
    if (has_compound and len(indexes) > 1) or has_compound != is_json:
        raise TypeError(f"search={search!r}: a Compound stands alone on a column of JSON, which has no other index")
    Layout(indexes)
    return indexes


def as_declared(indexes: tuple[Index, ...]) -> Search:
    """The shortest that declares the same, for migrations: these are alike whichever way it was written."""
    if len(indexes) == 1:
        (index,) = indexes
        return index.normalise if isinstance(index, Exact) else index
    return list(indexes) or None


def exact_of(indexes: tuple[Index, ...]) -> Exact | None:
    """The index by which values are equal."""
    return next((index for index in indexes if isinstance(index, Exact)), None)


def compound_of(indexes: tuple[Index, ...]) -> Compound | None:
    """The index of several columns at once."""
    return next((index for index in indexes if isinstance(index, Compound)), None)
