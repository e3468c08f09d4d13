"""Tags: what a developer says about a model's data, by decorator or by `register()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Literal, TypeVar

Model = TypeVar("Model", bound=type)
Erasure = Literal["delete", "redact", "detach", "keep"]
SELF = "self"
"""The path of a row that is the data subject itself."""


@dataclass(frozen=True, slots=True)
class Match:
    """A soft reference: `column` of this row holds the same value as `target`, with no foreign key between them.

    `column` may be a path into a JSON column (`payload.sender.id`); `target` is `Label.column` of the other model.
    """

    column: str
    target: str

    def __post_init__(self) -> None:
        """Raises TypeError when either end is no text."""
        if not isinstance(self.column, str) or not isinstance(self.target, str):  # type: ignore[redundant-expr]
            raise TypeError(
                f'Match({self.column!r}, {self.target!r}) takes two texts, such as "email", "shop.User.email"'
            )

    def __str__(self) -> str:
        return f"{self.column} = {self.target}"


Path = str | Match
"""From a row to its data subject: `self`, relations joined by dots (`conversation.account.user`), or a `Match`.

The last step of a dotted path may be a `Match` written as `Match("contact.email", "accounts.User.email")`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What one model holds. Build it with `personal_data`, `register` or `not_personal`.

    `category` is the category of every column that neither `columns` nor `not_personal` names. A tag with
    `reason` says that no column of the table is personal, and why. `proposed` is true for a ready-made tag of a
    companion package: what the policy does not know of it is left unclassified, and is no mistake. `address` is the
    column that mail to the people goes to, in a table whose rows are they, and `identity` other columns that they are
    known by there, such as a phone number. `rectifiable` columns a person may correct; `copies` says which columns hold
    the same as one of the person's own row (column -> `Label.column`). `scopes` leads from a row to what an event may
    happen to (scope -> relation), `plan` and `place` to the plan and the country that decide how long a row is kept.
    `birth_date` is the column that says when the person was born: every night minors are looked for in it.
    """

    category: str | None = None
    subjects: Mapping[str, Path] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    not_personal: Mapping[str, str] = field(default_factory=dict)
    on_erase: Mapping[str, Erasure] = field(default_factory=dict)
    anchors: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    identity: tuple[str, ...] = ()
    rectifiable: tuple[str, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    plan: str = ""
    place: str = ""
    birth_date: str = ""
    reason: str = ""
    proposed: bool = False


_registered: dict[type | str, Tag] = {}


def register(
    model: type | str,
    category: str | None = None,
    *,
    subjects: Mapping[str, Path] | None = None,
    columns: Mapping[str, str] | None = None,
    not_personal: Mapping[str, str] | None = None,
    on_erase: Mapping[str, Erasure] | None = None,
    anchors: Mapping[str, str] | None = None,
    address: str = "",
    identity: Sequence[str] = (),
    rectifiable: Sequence[str] = (),
    copies: Mapping[str, str] | None = None,
    scopes: Mapping[str, str] | None = None,
    plan: str = "",
    place: str = "",
    birth_date: str = "",
) -> None:
    """Tag a model without touching it: `model` is the class, or its label where it may not be installed.

    `category` names the category of all columns but those in `columns` (column -> category) and `not_personal`
    (column -> reason). `subjects` maps each data subject of a row to the path that leads to it, `on_erase` to what
    happens to the row when that subject is erased (`delete` unless said), `anchors` the moments that retention
    counts from to columns. `address` names the column that mail to the people goes to, where the rows are they and
    it is not the only one that looks so, and `identity` further columns by which the same people are found, such as a
    phone number: only what no two people share. `rectifiable` are columns that a person may ask to have corrected, and
    `copies` those that repeat a column of the person's own row (column -> `Label.column`) and are corrected with it.
    `scopes` maps the scope of an event (`channel`) to the relation that leads there; `plan` and `place` are columns, or
    lead to one, that hold the plan and the country (ISO 3166) by which a period is chosen. `birth_date` names the
    column that says when the person was born: people younger than the policy's age are looked for in it. A second call
    for the same model replaces the first. Raises TypeError when an argument is not of its type; what it names is looked
    up at start-up.
    """
    if category is not None and not isinstance(category, str):
        raise TypeError(f'category is {category!r}: it is the name of one, such as "contact"')
    for name, column in {"address": address, "plan": plan, "place": place, "birth_date": birth_date}.items():
        if not isinstance(column, str):
            raise TypeError(f'{name} is {column!r}: it is the name of a column, such as "email"')
    _registered[_model(model)] = Tag(
        category=category,
        subjects=_dict("subjects", subjects, '{"user": "account.user"}', str | Match),
        columns=_dict("columns", columns, '{"phone": "contact"}'),
        not_personal=_dict("not_personal", not_personal, '{"position": "the order of a list"}'),
        on_erase=_dict("on_erase", on_erase, '{"user": "redact"}'),
        anchors=_dict("anchors", anchors, '{"created": "placed_at"}'),
        address=address,
        identity=_names("identity", identity),
        rectifiable=_names("rectifiable", rectifiable),
        copies=_dict("copies", copies, '{"buyer_name": "accounts.User.name"}'),
        scopes=_dict("scopes", scopes, '{"channel": "conversation.channel"}'),
        plan=plan,
        place=place,
        birth_date=birth_date,
    )


def _names(name: str, given: Any) -> tuple[str, ...]:
    """An argument of `register` as names of columns."""
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(each, str) for each in given):
        raise TypeError(f'{name} is {given!r}: it is a list of columns, such as ["phone"]')
    return tuple(given)


def _model(model: type | str) -> type | str:
    if not isinstance(model, (type, str)):
        raise TypeError(f'{model!r} is no model: it is a class, or a label such as "accounts.User"')
    return model


def _dict(name: str, given: Any, example: str, values: type | UnionType = str) -> dict[str, Any]:
    """An argument of `register` as a dict with texts for keys."""
    mapping = {} if given is None else given
    if not isinstance(mapping, Mapping) or not all(
        isinstance(key, str) and isinstance(value, values) for key, value in mapping.items()
    ):
        raise TypeError(f"{name} is {given!r}: it is a dict of texts, such as {example}")
    return dict(mapping)


def not_personal(model: type | str, reason: str) -> None:
    """Say that no column of `model` is personal data, and why: a table of countries, a queue's lock."""
    _registered[_model(model)] = Tag(reason=reason)


def personal_data(
    category: str | None = None,
    *,
    subjects: Mapping[str, Path] | None = None,
    columns: Mapping[str, str] | None = None,
    not_personal: Mapping[str, str] | None = None,
    on_erase: Mapping[str, Erasure] | None = None,
    anchors: Mapping[str, str] | None = None,
    address: str = "",
    identity: Sequence[str] = (),
    rectifiable: Sequence[str] = (),
    copies: Mapping[str, str] | None = None,
    scopes: Mapping[str, str] | None = None,
    plan: str = "",
    place: str = "",
    birth_date: str = "",
) -> Callable[[Model], Model]:
    """Tag a Django model or a SQLAlchemy class; the arguments are those of `register`."""

    def tag(model: Model) -> Model:
        register(
            model,
            category,
            subjects=subjects,
            columns=columns,
            not_personal=not_personal,
            on_erase=on_erase,
            anchors=anchors,
            address=address,
            identity=identity,
            rectifiable=rectifiable,
            copies=copies,
            scopes=scopes,
            plan=plan,
            place=place,
            birth_date=birth_date,
        )
        return model

    return tag


def _nothing(_base: type) -> bool:
    return False


def tag_of(label: str, models: Sequence[type] = (), inheritable: Callable[[type], bool] = _nothing) -> Tag | None:
    """The tag in force for a table: its own, by one of its `models` or by `label`, else the nearest inherited one.

    `models` are the classes that share the table, the one that owns it first. `inheritable` says which bases hand
    their tag down to that one: abstract bases and mixins, never a class with a table of its own.
    """
    for key in (*models, label):
        if key in _registered:
            return _registered[key]
    bases = models[0].__mro__[1:] if models else ()
    return next((_registered[base] for base in bases if base in _registered and inheritable(base)), None)


def labels() -> tuple[str, ...]:
    """The labels that were registered by name, for an adapter to say which of them it does not know."""
    return tuple(key for key in _registered if isinstance(key, str))
