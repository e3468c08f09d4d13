"""What staff see of holds, retention, errands, restrictions and runs, and what they do about them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard import screens
from consentguard.crypto.keyring import VARIABLE
from consentguard.records import Hold, Run, SubjectRef
from consentguard.rights import Details
from consentguard.screens import DESKS, PERMISSIONS, Page, Part, Seat, Sent, Told
from consentguard.screens.retention import size
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop
from tests.core.test_rights_acts import confirmed

BEN = SubjectRef("user", "2")
RESTRICTION = '[rights.restriction]\nchannels = ["page"]\n'


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, which also lets people restrict."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY + RESTRICTION)


def seat(site: Shop, may: tuple[str, ...] = PERMISSIONS) -> Seat:
    """Dana, who may do everything unless said."""
    return Seat(site.guard(), "dana", may.__contains__)


def page(site: Shop, desk: str, id_: str = "", may: tuple[str, ...] = PERMISSIONS) -> Page:
    """A page of a desk."""
    return screens.opened(DESKS[desk], seat(site, may), id_)


def send(site: Shop, desk: str, id_: str, name: str, **fields: str) -> Told | Page:
    """What comes of a form."""
    act = DESKS[desk].act(name)
    assert act
    return screens.done(DESKS[desk], seat(site), id_, act, Sent({key: [value] for key, value in fields.items()}))


def do(site: Shop, desk: str, id_: str, name: str, **fields: str) -> Told:
    """What is told of a form that was sent as it should be."""
    came = send(site, desk, id_, name, **fields)
    assert isinstance(came, Told), came.error
    return came


def refused(site: Shop, desk: str, id_: str, name: str, **fields: str) -> str:
    """Why a form was not taken."""
    came = send(site, desk, id_, name, **fields)
    assert isinstance(came, Page)
    return came.error


def acts(page: Page) -> set[str]:
    """What may be done on a page."""
    return {form.act for part in page.parts for form in part.forms}


def part(page: Page, title: str) -> Part:
    """The part of a page with a title."""
    return next(each for each in page.parts if each.title == title)


def a_day(site: Shop, days: int) -> str:
    """A day to come, as a form sends it."""
    return (site.clock.now().date() + dt.timedelta(days)).isoformat()


def test_a_hold_is_placed_looked_at_and_released(site: Shop) -> None:
    """Its author is who is signed in; its page counts what it covers; opening it is taken down for whom it is about."""
    told = do(site, "holds", "", "add", kind="user", subject="2", reason="Case 7", review_on=a_day(site, 30))
    hold = site.guard().holds.find(told.id)
    assert (hold.author, hold.subject, hold.reason) == ("dana", BEN, "Case 7")
    shown = page(site, "holds", told.id)
    covered = {cells[0].text: cells[1].text for cells in part(shown, "What it covers now").rows}
    assert covered["Order"] == covered["User"] == "1"
    assert shown.people == (site.guard().pseudonyms.of(BEN),)
    assert "records.viewed" in site.acts()
    assert acts(page(site, "holds", told.id, may=())) == set()
    do(site, "holds", told.id, "release")
    assert site.guard().holds.find(told.id).released_by == "dana"
    assert acts(page(site, "holds", told.id)) == set()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "user"}, "a kind and a primary key"),
        ({"label": "Nowhere"}, 'no table "Nowhere"'),
        ({"label": "Order", "columns": "colour"}, 'no column "colour"'),
        ({"kind": "user", "subject": "2", "review_on": "soon"}, "no day was given"),
        ({"kind": "user", "subject": "2", "review_on": "2020-01-01"}, "not in the future"),
        ({}, "nobody and nothing"),
    ],
)
def test_a_hold_on_what_there_is_not_is_refused(site: Shop, fields: dict[str, str], why: str) -> None:
    """With the form as it was filled in, and nothing is held."""
    assert why in refused(site, "holds", "", "add", **{"reason": "Case 7", "review_on": a_day(site, 30), **fields})
    assert not site.guard().holds.in_force()


def test_a_review_that_is_due_is_marked() -> None:
    """On the day itself, and not once the hold is released."""
    day = dt.date(2026, 3, 10)
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    hold = Hold(id="0", reason="r", author="a", placed_at=now, review_on=day, label="Order", keys=("1", "2"))
    cell = screens.HOLDS.column("review_on").cell
    assert (cell(hold, day).text, cell(hold, day).tone) == ("due since 2026-03-10", "bad")
    assert cell(hold, day - dt.timedelta(days=1)).tone == ""
    assert screens.HOLDS.column("subject").cell(hold, day).text == "2 rows of Order"


def test_retention_is_accepted_as_it_was_looked_at_and_run(site: Shop) -> None:
    """Nothing runs before; a missed schedule is said; what ran is no longer due, and what is left is drawn no more."""
    shown = page(site, "retention")
    lines = " ".join(line.text for line in part(shown, "How it stands").lines)
    assert "schedule was missed" in lines
    assert "nothing runs yet" in lines
    assert {line.tone for line in part(shown, "How it stands").lines} == {"bad"}
    table = part(shown, "Rows due, by table")
    assert {row[0].text: row[2].text for row in table.rows}["Order"] == "1"
    assert "<svg" in table.chart
    assert acts(shown) == {"accept"}
    digest = part(shown, "Rules that nobody has accepted").facts[0][1].text
    assert "not the digest" in refused(site, "retention", "", "accept", digest="0" * 64)
    do(site, "retention", "", "accept", digest=digest)
    assert acts(page(site, "retention", may=("retention.accept",))) == set()
    assert "sure" in refused(site, "retention", "", "run")
    assert do(site, "retention", "", "run", sure="yes").sentence == "Done. Rows that went: 1."
    assert site.names("Order") == [1]
    after = page(site, "retention")
    assert [line.text for line in part(after, "How it stands").lines] == ["Everything runs as it should."]
    assert part(after, "Rows due, by table").chart == ""


def test_more_rows_than_a_page_waits_for_are_left_to_the_command(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing goes."""
    digest = part(page(site, "retention"), "Rules that nobody has accepted").facts[0][1].text
    do(site, "retention", "", "accept", digest=digest)
    monkeypatch.setattr("consentguard.screens.retention.MOST_HERE", 0)
    assert "more than 0 rows" in refused(site, "retention", "", "run", sure="yes")
    assert site.names("Order") == [1, 2]


@pytest.mark.parametrize(("number", "said"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 30, "3.0 GiB")])
def test_a_size_is_said_in_its_unit(number: int, said: str) -> None:
    """As people compare them."""
    assert size(number) == said


def test_an_errand_is_shown_to_whoever_does_it_and_settled(site: Shop) -> None:
    """Its page says who answers for the place, and whom it is about only at the press of a button, with evidence."""
    request = confirmed(site, "erasure")
    site.guard().rights.carry_out(request.id)
    errand = next(each for each in site.guard().errands.open(["person"]) if each.target == "mailbox")
    quiet = page(site, "errands", errand.id)
    assert "anna@example.com" not in repr(quiet)
    assert acts(page(site, "errands", errand.id, may=())) == set()
    shown = send(site, "errands", errand.id, "show")
    assert isinstance(shown, Page)
    assert ("Address", "anna@example.com") in [(name, cell.text) for name, cell in shown.parts[0].facts]
    assert "errand.shown" in site.acts()
    assert "nothing is said" in refused(site, "errands", errand.id, "settle", proof=" ")
    do(site, "errands", errand.id, "settle", proof="T-9")
    done = site.guard().errands.find(errand.id)
    assert (done.by, done.proof, done.state) == ("dana", "T-9", "done")
    assert acts(page(site, "errands", errand.id)) == set()


def test_a_late_errand_is_marked(site: Shop) -> None:
    """Until it is done."""
    request = confirmed(site, "erasure")
    site.guard().rights.carry_out(request.id)
    errand = next(each for each in site.guard().errands.open(["person"]) if each.target == "mailbox")
    day = request.due_on + dt.timedelta(days=1)
    assert screens.ERRANDS.column("due_on").cell(errand, day).tone == "bad"
    assert screens.ERRANDS.column("due_on").cell(errand, request.due_on).tone == ""


def test_a_restriction_is_lifted_after_its_sender_was_told(site: Shop) -> None:
    """By a letter where a request obtained it, else once staff say that they told them."""
    request = confirmed(site, "restriction", categories=("orders",))
    site.guard().rights.carry_out(request.id)
    (mark, *_) = site.guard().restrictions.in_force()
    assert "letter" in part(page(site, "restrictions", mark.id), "What is not used").forms[0].lead
    do(site, "restrictions", mark.id, "lift")
    assert site.outbox.messages[-1].subject == "A restriction ends"
    assert acts(page(site, "restrictions", mark.id)) == set()
    other = site.guard().restrictions.restrict(BEN)
    assert "was not told" in refused(site, "restrictions", other, "lift")
    do(site, "restrictions", other, "lift", told="yes")
    assert not site.guard().restrictions.in_force()
    assert "no such" in refused(site, "restrictions", other, "lift")


def test_a_run_says_how_far_it_is_and_what_it_left(site: Shop) -> None:
    """While something stays, with the reason and the day."""
    request = confirmed(site, "erasure", "ben@example.com")
    site.guard().rights.carry_out(request.id)
    (run,) = site.guard().stores.runs.about(request.id)
    shown = page(site, "runs", run.id)
    left = [[cell.text for cell in row] for row in part(shown, "What stays for a time").rows]
    assert ["Invoice", "1", "a law keeps them", "2031-03-01"] in left
    facts = {name: cell.text for name, cell in part(shown, "The run").facts}
    assert (facts["Kind"], facts["State"], facts["Rows so far"]) == ("an erasure", "goes on", "2")


def test_rows_of_a_run_are_counted_over_its_steps() -> None:
    """As its checkpoint keeps them."""
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    run = Run(id="0", kind="retention", about="", digest="", plan=b"", counts="[1000,234]", started_at=now, beat_at=now)
    assert screens.RUNS.column("counts").cell(run, now.date()).text == "1,234"


def test_what_staff_took_down_is_forgotten_with_the_rest(site: Shop) -> None:
    """Once a request is done, nothing is kept of what was asked, by whom it was entered included."""
    request = confirmed(site, "erasure", note="called", entered_by="dana")
    site.guard().rights.carry_out(request.id)
    site.answer()
    assert site.guard().rights.means.details(site.guard().rights.find(request.id)) == Details()
