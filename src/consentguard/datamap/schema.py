"""A host's database in neutral words: tables, columns and relations, as an adapter describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from consentguard.crypto.column import Declaration

ColumnType = Literal[
    "text",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "json",
    "binary",
    "file",
    "uuid",
    "email",
    "ip",
    "other",
]
EMPTIED: tuple[ColumnType, ...] = ("text", "email", "file")
"""Types of columns that an erased row holds an empty text in where NULL is not allowed."""
RelationKind = Literal["foreign_key", "reverse", "many_to_many", "generic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, by the name its developer uses (the attribute, not always the database's name).

    `key` is true for foreign keys, the columns of a generic key and generated primary keys: they are structure, not
    content, and need no category of their own. A natural primary key (an e-mail address, a session's key) is content.
    A `required` column allows no NULL; a `primary` one is the primary key, or a part of it. `length` is how many
    characters a text may have, where it has a limit.
    """

    name: str
    type: ColumnType
    db_name: str = ""
    key: bool = False
    required: bool = False
    primary: bool = False
    length: int | None = None


def is_natural(type_: ColumnType, *, generated: bool) -> bool:
    """Whether a primary key of this type is natural: words that somebody gave, such as an address."""
    return type_ in ("text", "email", "ip") and not generated


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way from one table to others: `name` is the attribute that a path steps over.

    `targets` are table labels: one, or for a generic key every table that may be meant (empty: any). `columns` are
    the columns of this table that hold a foreign key; empty where it goes by the relation's own name.
    """

    name: str
    kind: RelationKind
    targets: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the host: `label` names its model (`inbox.Message`, `Message`), `db_table` the table itself.

    `own` is false for tables that come with the framework or a companion package; `source` is `file:line` of the
    model where known, so that a finding can say where the missing line goes. `by_name` finds a column by its name,
    `ways` a relation.
    """

    label: str
    db_table: str
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] = ()
    own: bool = True
    source: str = ""
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)
    ways: Mapping[str, Relation] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        object.__setattr__(self, "ways", {relation.name: relation for relation in self.relations})


@dataclass(frozen=True, slots=True)
class Beside:
    """A plain column beside an encrypted one: by the data map's name and the database's own."""

    name: str
    db_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """One encrypted column of the host, by the data map's names and the database's own, and how it is sealed.

    `database` is the alias or bind where its rows are; `db_keys` are the columns of its primary key. Where values are
    bound to a data subject, `subject` is the column of the same table that holds the subject's key, in the database
    `db_subject`; else both are empty. Values that are bound to their row as well are bound to `subject.key`. `load`
    gives the value that a plaintext is of, which its index terms are made from, and `dump` the plaintext of a value,
    None of what is NULL to the column. It `copies` a plain column, or is `copied_to` one, while its values move in or
    out of encryption.
    """

    label: str
    name: str
    database: str
    db_table: str
    db_column: str
    db_keys: tuple[str, ...]
    declared: Declaration
    load: Callable[[bytes], object] = field(repr=False, compare=False)
    dump: Callable[[object], bytes | None] = field(repr=False, compare=False)
    subject: str = ""
    db_subject: str = ""
    copies: Beside | None = None
    copied_to: Beside | None = None

    def __str__(self) -> str:
        """Such as `inbox.Message.body`."""
        return f"{self.label}.{self.name}"
