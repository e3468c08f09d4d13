"""The kinds of index: what of a value is digested, what of a question, and whether a row that was found is meant."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

from consentguard.crypto.index.digest import MOST_BITS, width_of
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.normal import digits, domain, normaliser
from consentguard.crypto.index.texts import canonical


class Index(ABC):
    """One index of a column: a declaration that never changes, and that holds no key."""

    __slots__ = ()

    @property
    @abstractmethod
    def bits(self) -> int:
        """The length of a digest."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Lower-case letters, digits and underscores: stable, and another wherever the digests would be others."""

    @property
    def width(self) -> int:
        """The bytes that a digest takes."""
        return width_of(self.bits)

    def terms(self, value: object) -> str | None:
        """What is digested of a stored value; None of NULL, and of a value that no question of this index finds.

        Raises SearchError for a value that has no text, such as a list.
        """
        try:
            form = self._form(value)
            return None if form is None else self._term(form)
        except SearchError as error:
            mistake = error.with_traceback(None)
        del value  # a traceback keeps the locals of its frames
        raise mistake

    def query_terms(self, query: object) -> str | None:
        """What is digested of what somebody looks for; None of NULL, which equals nothing.

        Raises SearchError where less is given than the index needs, and as `terms` does.
        """
        try:
            form = self._query_form(query)
            return None if form is None else self._asked(form)
        except SearchError as error:
            mistake = error.with_traceback(None)
        del query
        raise mistake

    def matches(self, value: object, query: object) -> bool:
        """Whether a stored value, opened, is what was looked for: rows with the digest of a question need not be.

        Raises SearchError as `terms` does.
        """
        try:
            form, asked = self._form(value), self._query_form(query)
            return form is not None and asked is not None and self._is(form, asked)
        except SearchError as error:
            mistake = error.with_traceback(None)
        del value, query
        raise mistake

    @abstractmethod
    def _form(self, value: object) -> str | None:
        """The normalised text of a stored value; None of NULL."""

    def _query_form(self, query: object) -> str | None:
        """The normalised text of what is looked for; None of NULL."""
        return self._form(query)

    def _term(self, form: str) -> str | None:
        """What is digested of a normalised text; None where it is too short to have it."""
        return form

    def _asked(self, form: str) -> str:
        term = self._term(form)
        if term is None:
            raise SearchError(f"the index {self.name} cannot look for so short a text", hint="ask for more of it")
        return term

    def _is(self, form: str, asked: str) -> bool:
        return form == asked


class _Normalised(Index):
    """An index of what a normalisation makes of a value."""

    __slots__ = ()
    normalise: str

    def _form(self, value: object) -> str | None:
        return None if value is None else normaliser(self.normalise)(canonical(value))


@dataclass(frozen=True, slots=True)
class Exact(_Normalised):
    """Values that are equal once normalised. Its 128 bits tell any two others apart, so that it may be unique."""

    normalise: str = "exact"

    def __post_init__(self) -> None:
        normaliser(self.normalise)

    @property
    def bits(self) -> int:
        """128, whatever the column."""
        return MOST_BITS

    @property
    def name(self) -> str:
        """For example exact_phone_gt."""
        return _name("exact", self.normalise)


@dataclass(frozen=True, slots=True)
class Truncated(_Normalised):
    """Values that are equal once normalised, among others whose digest is the same by chance."""

    bits: int
    normalise: str = "exact"

    def __post_init__(self) -> None:
        _check(self.bits)
        normaliser(self.normalise)

    @property
    def name(self) -> str:
        """For example truncated_16_casefold."""
        return _name("truncated", self.bits, self.normalise)


@dataclass(frozen=True, slots=True)
class Prefix(_Normalised):
    """Texts that begin with what is looked for, which has at least `n` letters (code points); `n` are digested.

    A shorter value has no digest. Only "exact" and "casefold" keep the beginning of a text its beginning.
    """

    n: int
    _: KW_ONLY
    bits: int
    normalise: str = "casefold"

    def __post_init__(self) -> None:
        _check(self.bits, self.n)
        if self.normalise not in ("exact", "casefold"):
            raise SearchError(f'a prefix index normalises by "exact" or "casefold", not {self.normalise!r}')

    @property
    def name(self) -> str:
        """For example prefix_3_16_casefold."""
        return _name("prefix", self.n, self.bits, self.normalise)

    def _term(self, form: str) -> str | None:
        return form[: self.n] if len(form) >= self.n else None

    def _is(self, form: str, asked: str) -> bool:
        return form.startswith(asked)


@dataclass(frozen=True, slots=True)
class Last(Index):
    """Numbers, such as those of telephones, that end in the digits looked for: at least `n`, of which `n` are digested.

    All but decimal digits is left out. A value with fewer has no digest.
    """

    n: int
    _: KW_ONLY
    bits: int

    def __post_init__(self) -> None:
        _check(self.bits, self.n)

    @property
    def name(self) -> str:
        """For example last_4_12."""
        return _name("last", self.n, self.bits)

    def _form(self, value: object) -> str | None:
        return None if value is None else digits(canonical(value))

    def _term(self, form: str) -> str | None:
        return form[-self.n :] if len(form) >= self.n else None

    def _is(self, form: str, asked: str) -> bool:
        return form.endswith(asked)


@dataclass(frozen=True, slots=True)
class Domain(Index):
    """E-mail addresses at one domain, which is asked for as "example.com" or by any address there.

    A text that is no address has no digest.
    """

    bits: int

    def __post_init__(self) -> None:
        _check(self.bits)

    @property
    def name(self) -> str:
        """For example domain_12."""
        return _name("domain", self.bits)

    def _form(self, value: object) -> str | None:
        return None if value is None else domain(canonical(value))

    def _query_form(self, query: object) -> str | None:
        return None if query is None else domain(f"_@{canonical(query).rpartition('@')[2]}")

    def _term(self, form: str) -> str | None:
        return form or None


@dataclass(frozen=True, slots=True)
class Compound(Index):
    """Several columns of a row that are equal at once; a value and a question are one part for each, in this order.

    `normalise` names one normalisation for each column. Where any part is NULL there is no digest.
    """

    columns: tuple[str, ...]
    _: KW_ONLY
    normalise: tuple[str, ...]
    bits: int = MOST_BITS

    def __post_init__(self) -> None:
        _check(self.bits)
        if len(self.columns) < 2 or len(self.columns) != len(self.normalise):
            raise SearchError("a compound index has two columns or more, and as many normalisations")
        for name in self.normalise:
            normaliser(name)

    @property
    def name(self) -> str:
        """For example compound_24_surname_casefold_born_exact."""
        pairs = (part for pair in zip(self.columns, self.normalise, strict=True) for part in pair)
        return _name("compound", self.bits, *pairs)

    def _form(self, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(self.columns):
            raise SearchError(f"the index {self.name} takes one value for each of its {len(self.columns)} columns")
        if None in value:
            return None
        texts = (normaliser(name)(canonical(part)) for name, part in zip(self.normalise, value, strict=True))
        return "".join(f"{len(text)}:{text}" for text in texts)


def _check(bits: int, n: int = 1) -> None:
    if not 1 <= bits <= MOST_BITS:
        raise SearchError(f"an index has 1 to {MOST_BITS} bits, not {bits}", hint="`consentguard indexes plan`")
    if n < 1:
        raise SearchError(f"an index of {n} letters finds nothing", hint="three are usual")


def _name(*parts: object) -> str:
    return re.sub(r"\W", "_", "_".join(map(str, parts)).lower(), flags=re.ASCII)
