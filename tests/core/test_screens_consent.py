"""What an admin shows of consent: decisions in words, how they went, and what changed in what visitors are asked."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard import screens
from consentguard.consent import Decision
from consentguard.guard import Guard
from consentguard.publish.versions import CONSENT, PublishError, Version, Versions
from consentguard.records import ConsentMethod, EvidenceEntry
from consentguard.testing.clock import FrozenClock
from tests.core.visits import ANA, CHOICES, NOW, acts, shop

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def decide(guard: Guard, *accepted: str, method: ConsentMethod = "save", component: str = "banner") -> EvidenceEntry:
    """A visitor's decision, as the evidence has it."""
    asked = guard.site.consent_policy.id
    decision = Decision(accepted=accepted, policy=asked, method=method, component=component, language="es", gpc=True)
    record = guard.consent.decide(decision, ANA)
    return next(each for each in acts(guard) if each.id == record.id)


def said(entry: EvidenceEntry) -> dict[str, screens.Cell]:
    """The cells of a decision."""
    columns = (*screens.CONSENTS.columns, *screens.CONSENTS.more)
    return {column.name: column.cell(entry, TODAY) for column in columns}


def test_a_decision_is_read_from_its_entry(tmp_path: Path) -> None:
    """Who chose what, asked by which version, how, where, and until when it holds."""
    guard = shop(tmp_path)
    entry = decide(guard, "analytics")
    cells = said(entry)
    assert {name: cells[name].text for name in ("at", "accepted", "refused", "method", "component", "language")} == {
        "at": "2026-11-21 10:30 UTC",
        "accepted": "analytics",
        "refused": "newsletter",
        "method": "save",
        "component": "banner",
        "language": "es",
    }
    assert cells["policy"].whole == guard.site.consent_policy.digest
    assert (cells["gpc"].text, cells["until"].text) == ("yes", "2027-05-22 10:30 UTC")
    assert (cells["subject"].whole, cells["id"].text) == (entry.subject, entry.id)
    assert screens.CONSENTS.only == {"act": entry.act}


def test_what_stands_until_it_is_withdrawn_says_so(tmp_path: Path) -> None:
    """Consent on a form has no end, and a withdrawal nothing that could end."""
    clock = FrozenClock(NOW)
    guard = shop(tmp_path, CHOICES.replace("[purposes.newsletter]", '[purposes.newsletter]\nask = "form"'), clock=clock)
    guard.consent.give(["newsletter"], ANA, text="Yes, please.", component="signup", language="en")
    clock.tick(DAY)
    guard.consent.withdraw(["newsletter"], ANA)
    given, withdrawn = (said(entry) for entry in acts(guard))
    assert (given["until"].text, given["text"].text[-1]) == ("it is withdrawn", "…")
    assert (withdrawn["until"].text, withdrawn["refused"].text) == ("", "newsletter")


def test_an_entry_that_nobody_of_ours_wrote_spoils_no_list(tmp_path: Path) -> None:
    """It is shown as what it is."""
    entry = replace(decide(shop(tmp_path)), details="no JSON")
    assert (said(entry)["accepted"].text, said(entry)["accepted"].tone) == ("cannot be read", "bad")
    assert said(entry)["id"].text == entry.id


@pytest.mark.parametrize("days", ["", "30", "31", "-7", "all", "²", "9" * 999])
def test_the_rates_of_a_site_without_decisions_say_so(tmp_path: Path, days: str) -> None:
    """In the period that is asked for, or the usual one for what is none of the page's own."""
    page = screens.rates_page(shop(tmp_path), days)
    assert page.sentence == "No decisions yet: none was recorded in the last 30 days."
    assert [period.days for period in page.periods if period.chosen] == [30]
    assert page.parts == ()


def test_rates_are_counted_by_purpose_version_language_and_day(tmp_path: Path) -> None:
    """In tables that have every number, with a picture for shares and for days."""
    clock = FrozenClock(NOW - DAY)
    guard = shop(tmp_path, clock=clock)
    decide(guard, "analytics", "newsletter", method="accept")
    clock.tick(DAY)
    decide(guard, "analytics")
    decide(guard, method="withdraw", component="preferences")
    page = screens.rates_page(guard, "7")
    parts = {part.title: part for part in page.parts}
    version = guard.site.consent_policy.id
    assert page.sentence.startswith("Decisions recorded in the last 7 days (UTC): 3.")
    analytics, newsletter = ("3", "2 (67%)", "0 (0%)", "1 (33%)"), ("3", "1 (33%)", "0 (0%)", "2 (67%)")
    assert parts["Decisions by purpose"].rows == [("analytics", *analytics), ("newsletter", *newsletter)]
    assert parts["Accepted by version and purpose"].rows[0] == (version, "analytics", *analytics)
    assert parts["Accepted by language and purpose"].rows[1] == ("es", "newsletter", *newsletter)
    assert parts["Accepted by day and purpose"].rows[0] == (
        "2026-11-21",
        "analytics",
        "2",
        "1 (50%)",
        "0 (0%)",
        "1 (50%)",
    )
    assert parts["Decisions by day"].rows == [("2026-11-21", "2", "1"), ("2026-11-20", "1", "0")]
    assert ("withdraw: withdrew", "1") in parts["How decisions were made"].rows
    assert parts["Where decisions were made"].rows == [("banner", "2"), ("preferences", "1")]
    assert all(len(part.headings) == len(row) for part in page.parts for row in part.rows)
    assert [part.chart.count("<svg") for part in page.parts] == [1, 1, 1, 1, 1, 0, 0]
    assert "accepted 67% (2)" in parts["Decisions by purpose"].chart
    assert "in part" not in parts["Decisions by purpose"].chart


def test_a_period_begins_with_a_day(tmp_path: Path) -> None:
    """At midnight in UTC, today being its last."""
    clock = FrozenClock(dt.datetime(2026, 11, 15, tzinfo=dt.UTC))
    guard = shop(tmp_path, clock=clock)
    decide(guard)
    clock.tick(6 * DAY)
    assert len(screens.rates_page(guard, "7").parts) > 0
    clock.tick(DAY)
    assert screens.rates_page(guard, "7").parts == ()


def test_a_picture_keeps_to_the_largest_groups(tmp_path: Path) -> None:
    """However many purposes there were, which only the table has all of."""
    guard = shop(tmp_path)
    facts = json.loads(decide(guard).details)
    for number in range(40):
        guard.evidence.record("consent.decided", **{**facts, "accepted": f"p{number}", "refused": ""})
    parts = {part.title: part for part in screens.rates_page(guard, "").parts}
    assert len(parts["Decisions by purpose"].rows) == 42
    assert parts["Decisions by purpose"].chart.count("<rect") == 2 * 12
    assert parts["Accepted by day and purpose"].chart.count("<circle") == 5


@pytest.mark.parametrize("odd", ["<b>odd</b>", "", "a&b", "ⴰ" * 300])
def test_odd_names_do_no_harm_to_the_picture(tmp_path: Path, odd: str) -> None:
    """What a database holds is not trusted."""
    guard = shop(tmp_path)
    facts = json.loads(decide(guard).details)
    guard.evidence.record("consent.decided", **{**facts, "refused": odd, "language": odd, "component": odd})
    page = screens.rates_page(guard, "")
    assert not any("<b>" in part.chart for part in page.parts)
    assert not odd or any((odd, "1") == row for row in page.parts[-1].rows)


def publish(guard: Guard) -> None:
    """Record the guard's policy as the version in force."""
    site = guard.site
    entry = Version(version=site.version, published=site.today(), manifest="")
    Versions(site.settings.published).add(entry, {CONSENT: site.consent_policy.canonical + b"\n"})


def test_versions_are_listed_with_what_got_worse(tmp_path: Path) -> None:
    """The newest first, each from its day on, with whether visitors were asked again and why."""
    first = shop(tmp_path)
    publish(first)
    more = CHOICES.replace('names = ["visits"]', 'names = ["visits", "more"]')
    second = shop(tmp_path, more, clock=FrozenClock(NOW + DAY))
    publish(second)
    reworded = more.replace("Count <visits>", "Count <b>visits</b>")
    draft = shop(tmp_path, reworded, clock=FrozenClock(NOW + 2 * DAY))
    page = screens.versions_page(draft, "", "")
    assert [(each.id, each.since) for each in page.listed] == [
        (draft.site.consent_policy.id, "not published yet"),
        (second.site.consent_policy.id, "2026-11-22"),
        (first.site.consent_policy.id, "2026-11-21"),
    ]
    assert [each.changes for each in page.listed] == [(), ("Counter sets more cookies than before.",), ()]
    assert [each.again[:13] for each in page.listed] == ["Nothing got w", "Visitors who ", "This is the f"]
    assert page.difference is not None
    ((language, changed),) = page.difference.texts
    assert language == "In English"
    assert [each.place for each in changed] == ["purposes.analytics.title", "banner.text"]
    assert [(piece.text, piece.changed) for piece in changed[0].after] == [("Count ", False), ("<b>visits</b>", True)]


def test_two_versions_are_compared_by_their_ids(tmp_path: Path) -> None:
    """In either direction; an id that is none gives the newest two."""
    first = shop(tmp_path)
    publish(first)
    second = shop(tmp_path, CHOICES.replace('names = ["visits"]', 'names = ["visits", "more"]'))
    publish(second)
    old, new = first.site.consent_policy.id, second.site.consent_policy.id
    worse = screens.versions_page(second, old, new).difference
    assert worse is not None
    assert worse == screens.versions_page(second, "<none>", "").difference
    assert (worse.verdict, worse.sentences) == (
        "Visitors who chose before are asked again.",
        ("Counter sets more cookies than before.",),
    )
    ((where, (names,)),) = worse.texts
    assert (where, names.place) == ("In every language", "services.counter.names")
    assert "".join(piece.text for piece in names.after) == "more, visits"
    back = screens.versions_page(second, new, old).difference
    assert back is not None
    assert (back.sentences, back.texts[0][1][0].before) == ((), names.after)
    assert screens.versions_page(second, new, new).difference is None


def test_a_version_that_comes_back_is_the_newest(tmp_path: Path) -> None:
    """It is listed twice, and chosen once; a policy that changed elsewhere alone asks nothing new."""
    for number, called in enumerate(("Count <visits>", "Count <visits>", "Count", "Count <visits>")):
        policy = CHOICES.replace("Count <visits>", called).replace("Provide", f"Provide {number}")
        guard = shop(tmp_path, policy)
        publish(guard)
    page = screens.versions_page(guard, "", "")
    assert [each.id for each in page.listed][::2] == [guard.site.consent_policy.id] * 2
    assert len(page.listed) == 3
    assert [(each.before, each.after) for each in page.choices] == [(False, True), (True, False)]


def test_a_site_that_never_published_has_its_draft(tmp_path: Path) -> None:
    """And one that asks nobody has nothing to show."""
    page = screens.versions_page(shop(tmp_path), "", "")
    assert ([each.since for each in page.listed], page.difference) == (["not published yet"], None)
    silent = screens.versions_page(shop(tmp_path, CHOICES[: CHOICES.index("[purposes.analytics]")]), "", "")
    assert (silent.listed, silent.choices) == ((), ())


def test_versions_that_cannot_be_read_are_an_error_of_ours(tmp_path: Path) -> None:
    """Which the admin tells with what to do."""
    guard = shop(tmp_path)
    guard.site.settings.published.mkdir(parents=True)
    (guard.site.settings.published / "versions.json").write_text("{", "utf-8")
    with pytest.raises(PublishError, match="cannot be read"):
        screens.versions_page(guard, "", "")
