"""`search` finds objects by an index that finds too many: each is opened and looked at before it is given out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm

from consentguard.crypto.errors import ErasedError
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError
from consentguard_flask.sqlalchemy.encrypted.keys import aprefetch
from consentguard_flask.sqlalchemy.encrypted.questions import Question

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


def search(
    session: orm.Session, statement: sa.Select[Any], *questions: Question, limit: int | None = None
) -> Iterator[Any]:
    """The objects of `select(Customer)` that answer every question, such as `Customer.email.prefix("ada")`.

    The statement may have conditions, joins, an order and options. Raises EncryptedColumnError for one that selects
    anything but objects of one class, or groups or limits them: `limit` counts those that are meant. Raises what
    opening a value raises.
    """
    return _meant(session.scalars(_asking(statement, questions)).unique(), questions, limit)


async def asearch(
    session: AsyncSession, statement: sa.Select[Any], *questions: Question, limit: int | None = None
) -> Sequence[Any]:
    """The same for an AsyncSession, with the keys of data subjects loaded for all that are looked at."""
    found = (await session.scalars(_asking(statement, questions))).unique().all()
    if any(question.kind.bound_to.subject for question in questions):
        await aprefetch(found)
    return list(_meant(found, questions, limit))


def _meant(found: Any, questions: Sequence[Question], limit: int | None) -> Iterator[Any]:
    return islice((each for each in found if all(_answers(each, question) for question in questions)), limit)


def _answers(found: object, question: Question) -> bool:
    mapper: orm.Mapper[Any] = sa.inspect(type(found))
    (column,) = question.column.base_columns
    try:
        return question.is_meant(getattr(found, mapper.get_property_by_column(column).key))
    except ErasedError:
        return False


def _asking(statement: sa.Select[Any], questions: Sequence[Question]) -> sa.Select[Any]:
    described = statement.column_descriptions
    is_plain = len(described) == 1 and described[0]["entity"] is not None
    if not is_plain or described[0]["expr"] is not described[0]["entity"]:
        raise EncryptedColumnError("search takes a select of one class", hint="search(session, select(Customer), ...)")
    if statement._has_row_limiting_clause or statement._group_by_clauses:
        hint = "search(..., limit=10) counts the objects that are meant"
        raise EncryptedColumnError("search takes a select without a limit and without groups", hint=hint)
    if not questions:
        hint = "ask at least one, such as `Customer.email.prefix(...)`"
        raise EncryptedColumnError("search was asked no question", hint=hint)
    return statement.where(*(question.condition for question in questions))
