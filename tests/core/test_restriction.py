"""Restrictions and objections: placed, answered, told and lifted; and the purposes that data is used for."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import consentguard
from consentguard import (
    ProhibitedPurposeError,
    PurposeLimitationError,
    RestrictionError,
    SubjectRef,
    UndeclaredPurposeError,
    current_purpose,
)
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.map import DataMap
from consentguard.guards import Guards
from consentguard.records import Mark
from consentguard.restriction import purposes
from consentguard.restriction.purposes import Limits
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop

ANNA, DAY = SubjectRef("user", "1"), dt.timedelta(days=1)
PURPOSES = """
[purposes.delivery]
basis = "contract"
[purposes.analytics]
basis = { EEA = "legitimate_interests", default = "consent" }
[purposes.books]
basis = { EEA = "legal_obligation", default = "contract" }
[purposes.news]
basis = "consent"
[purposes.offers]
basis = "contract"
marketing = true
[purposes.unsaid]
[prohibited.advertising]
"""
POLICY_OF_PURPOSES = POLICY.replace(
    "[categories.credentials]", '[categories.credentials]\nonly_purposes = ["delivery"]'
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose purposes are those of the process."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.setattr(purposes._Installed, "purposes", None)
    monkeypatch.setattr(purposes._Installed, "outside", None)
    made = shop(tmp_path, POLICY_OF_PURPOSES + PURPOSES)
    Guards(made, made.clock).install()
    return made


def marks(site: Shop) -> list[Mark]:
    return list(site.guard().restrictions.in_force())


def test_a_restriction_is_kept_once_with_its_evidence(site: Shop) -> None:
    """Its entry names the data subject by pseudonym alone."""
    restrictions = site.guard().restrictions
    placed = restrictions.restrict(ANNA, purpose="analytics", until=site.clock.now() + DAY)
    assert restrictions.restrict(ANNA, purpose="analytics", until=site.clock.now() + DAY) == placed
    [mark] = marks(site)
    assert (mark.subject, mark.purpose, mark.kind) == (ANNA, "analytics", "restriction")
    [entry] = site.stores("default").entries.unsealed(None, 10)
    assert (entry.act, entry.subject) == ("restriction.placed", site.guard().pseudonyms.of(ANNA))
    assert set(json.loads(entry.details)) == {"mark", "purpose", "until", "request"}


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "marks a data subject, or one row"),
        ({"label": "Order"}, "marks a data subject, or one row"),
        ({"subject": ANNA, "label": "Order", "key": "1"}, "marks a data subject, or one row"),
        ({"label": "Order", "key": "9"}, "Order has no row"),
        ({"label": "Ordre", "key": "1"}, 'no label "Ordre"'),
        ({"subject": SubjectRef("user", "9")}, 'no "user" with this key'),
        ({"subject": SubjectRef("usr", "1")}, 'no subject "usr"'),
        ({"subject": ANNA, "category": "acount"}, 'no category "acount"'),
        ({"subject": ANNA, "purpose": "analytic"}, 'no purpose "analytic".*\n.*analytics'),
        ({"subject": ANNA, "until": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "would end before it begins"),
    ],
)
def test_what_names_nothing_is_refused(site: Shop, about: dict[str, object], message: str) -> None:
    """A mark that no query would ever meet would look like one that works."""
    with pytest.raises(RestrictionError, match=message):
        site.guard().restrictions.restrict(**about)  # type: ignore[arg-type]
    assert marks(site) == []


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [
        ("delivery", "contract"),
        ("books", "legal_obligation"),
        ("news", "consent"),
        ("nonsense", "undeclared"),
        ("analytics", ""),
        ("offers", ""),
        ("unsaid", ""),
    ],
)
def test_an_objection_is_answered_by_the_legal_basis(site: Shop, purpose: str, reason: str) -> None:
    """Contract and legal duty rule it out everywhere or not at all; marketing never does; both are taken down."""
    answer = site.guard().restrictions.object(ANNA, purpose)
    assert (answer.granted, answer.reason) == (not reason, reason)
    assert [(mark.kind, mark.purpose) for mark in marks(site)] == ([] if reason else [("objection", purpose)])
    [entry] = site.stores("default").entries.unsealed(None, 10)
    assert entry.act == ("objection.refused" if reason else "objection.granted")
    assert json.loads(entry.details).get("reason", "") == reason


def test_a_restriction_is_not_lifted_before_the_data_subject_was_told(site: Shop) -> None:
    """Art. 18(3) GDPR; an objection and a row's mark concern nobody who would have to be."""
    restrictions = site.guard().restrictions
    placed = restrictions.restrict(ANNA)
    with pytest.raises(RestrictionError, match="was not told"):
        restrictions.lift(placed)
    restrictions.told(placed)
    restrictions.told(placed)
    assert (restrictions.lift(placed), restrictions.lift(placed), restrictions.lift("nonsense")) == (True, False, False)
    assert restrictions.lift(restrictions.restrict(label="Order", key="1"))
    assert site.acts().count("restriction.told") == 1
    assert site.acts().count("restriction.lifted") == 2
    assert marks(site) == []


def test_who_is_to_be_told_is_known_before_a_restriction_ends(site: Shop) -> None:
    """A week before unless said otherwise, and until they were."""
    restrictions = site.guard().restrictions
    soon = restrictions.restrict(ANNA, until=site.clock.now() + 8 * DAY)
    restrictions.restrict(ANNA, until=site.clock.now() + 30 * DAY)
    assert restrictions.ending() == []
    site.clock.tick(DAY + dt.timedelta(seconds=1))
    assert [mark.id for mark in restrictions.ending()] == [soon]
    restrictions.told(soon)
    assert restrictions.ending() == []
    site.clock.tick(7 * DAY)
    assert len(marks(site)) == 1


def test_a_purpose_is_one_that_the_policy_declares(site: Shop) -> None:
    """Any other raises as it begins, with the nearest name; one that is ruled out says so."""
    with pytest.raises(UndeclaredPurposeError, match=r'no purpose "analytic"\n.*analytics'):
        consentguard.purpose("analytic").__enter__()
    with pytest.raises(ProhibitedPurposeError, match="advertising"):
        consentguard.purpose("advertising").__enter__()
    purposes.uninstall()
    with pytest.raises(UndeclaredPurposeError, match="no policy is loaded"):
        consentguard.purpose("analytics").__enter__()
    with site.guard().purposes.enter("analytics"):
        assert current_purpose() == "analytics"
    assert current_purpose() is None


def test_purposes_nest_and_end(site: Shop) -> None:
    """The inner one holds, then the outer one again, whatever was raised; one object may be used by several at once."""
    analytics = consentguard.purpose("analytics")
    with analytics, consentguard.purpose("delivery"), analytics:
        assert current_purpose() == "analytics"
    with analytics:
        with pytest.raises(RuntimeError), consentguard.purpose("delivery"):
            raise RuntimeError
        assert current_purpose() == "analytics"
    assert current_purpose() is None


def test_functions_are_decorated_async_ones_too(site: Shop) -> None:
    """The purpose holds while they run; a generator, which would end outside, is refused."""

    @consentguard.purpose("analytics")
    def called() -> str | None:
        return current_purpose()

    @consentguard.purpose("delivery")
    async def awaited() -> str | None:
        await asyncio.sleep(0)
        return current_purpose()

    async def both() -> list[str | None]:
        return [*await asyncio.gather(awaited(), asyncio.to_thread(called)), current_purpose()]

    assert asyncio.run(both()) == ["delivery", "analytics", None]

    def generator() -> Iterator[None]:
        yield

    async def generated() -> AsyncIterator[None]:
        yield

    for each in (generator, generated):
        with pytest.raises(TypeError, match="is a generator"):
            consentguard.purpose("analytics")(each)
    with pytest.raises(TypeError, match="is a generator"):
        consentguard.purpose("analytics")(lambda: generator())()
    assert asyncio.run(consentguard.purpose("delivery")(lambda: awaited())()) == "delivery"


def test_a_page_that_is_rendered_later_is_rendered_in_the_purpose(site: Shop) -> None:
    """As Django does with a template response, once the view has returned it; it can be pickled then."""

    class Page:
        is_rendered = False

        def render(self) -> str | None:
            return current_purpose()

    page = consentguard.purpose("analytics")(Page)()
    assert current_purpose() is None
    assert page.render() == "analytics"
    assert not vars(page)


def test_a_block_that_ends_out_of_order_ends_nothing_but_itself(site: Shop) -> None:
    """As a generator does that is closed late, and one that is closed where it never began."""

    def reading() -> Iterator[None]:
        with consentguard.purpose("delivery"):
            yield

    late, elsewhere = reading(), reading()
    contextvars.copy_context().run(next, elsewhere)
    with consentguard.purpose("analytics"):
        elsewhere.close()  # type: ignore[attr-defined]
        assert current_purpose() == "analytics"
        next(late)
    assert current_purpose() == "delivery"
    late.close()  # type: ignore[attr-defined]
    assert current_purpose() is None


def test_a_purpose_that_was_carried_refuses_all_before_a_policy_is_loaded(
    site: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that loads its policy with the first task is limited from then on."""
    loaded = purposes.installed()
    monkeypatch.setattr(purposes._Installed, "purposes", None)
    with purposes.carried("analytics"):
        limits = purposes.current_limits()
        assert limits is not None
        with pytest.raises(UndeclaredPurposeError, match="no policy is loaded"):
            _ = limits.purposes
        monkeypatch.setattr(purposes._Installed, "purposes", loaded)
        assert limits.purposes is loaded


def test_a_table_with_data_for_one_purpose_is_used_for_no_other(site: Shop) -> None:
    """The strictest of its categories decides; of several sites too."""
    found = site.guard().purposes
    user, order = found.uses["User"], found.uses["Order"]
    assert (user.only, order.only) == (frozenset({"delivery"}), None)
    with pytest.raises(PurposeLimitationError, match="User"):
        Limits(found, "analytics").admit(user)
    Limits(found, "delivery").admit(user)
    Limits(found, "analytics").admit(order)
    data_map: DataMap = site.guard().site.data_map
    assert purposes.uses([data_map, data_map]) == found.uses
