"""What a policy says once it is published: everything that stands in it, nothing wider, in every language."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF, Tag
from consentguard.manifest.keypath import steps
from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import StatementSection
from consentguard.publish.document import Claim, Control, Document, Section, Table
from consentguard.publish.documents import Kind, build, kinds
from consentguard.publish.record import record
from tests.core.neutral import policy, table
from tests.core.policies import FIVE, MENDED, ROOT, TODAY, Tables, places, read

COMPLETE = ROOT / "tests" / "core" / "data" / "complete.toml"
EVERY = {**FIVE, "mended": MENDED, "complete": COMPLETE}
PAGES = list(product(EVERY, ("policy", "cookies", "deletion"), ("en", "es")))


def written(manifest: Manifest, kind: Kind = "policy", language: str = "en", **options: Any) -> Document:
    """A document as of the tests' day."""
    return build(kind, manifest, options.pop("data_map", None), language, **{"today": TODAY, **options})


def sections(document: Document) -> dict[str, Section]:
    """The sections of a document by their id."""
    return {section.id: section for section in document.sections}


def lines(*parts: Section | Document) -> Iterator[str]:
    """Every sentence, cell and heading below the given parts."""
    for part in parts:
        yield part.title
        for block in part.blocks if isinstance(part, Section) else ():
            if isinstance(block, Table):
                yield from (block.caption, *block.header, *(cell for _, cells in block.rows for cell in cells))
            else:
                yield from (one.text for one in (block if isinstance(block, tuple) else (block,)))
        yield from lines(*part.sections)


def text(*parts: Section | Document) -> str:
    """All that is said below the given parts."""
    return "\n".join(lines(*parts))


def claims_on(document: Document, path: str) -> list[Claim]:
    """The claims that rest on a key path."""
    return [claim for claim in document.claims() if path in claim.rests_on]


def stands(value: Any, path: tuple[str | int, ...]) -> bool:
    """Whether a key path leads to something in a manifest, be it a default."""
    if not path:
        return True
    step, rest = path[0], path[1:]
    if isinstance(value, msgspec.Struct):
        names = {field.encode_name: field.name for field in msgspec.structs.fields(value)}
        return step in names and stands(getattr(value, names[str(step)]), rest)
    if isinstance(value, Mapping):
        return step in value and stands(value[step], rest)
    return isinstance(value, list) and isinstance(step, int) and step < len(value) and stands(value[step], rest)


@pytest.mark.parametrize(("name", "kind", "language"), PAGES)
def test_every_sentence_rests_on_something_that_stands_in_the_manifest(name: str, kind: Kind, language: str) -> None:
    """No sentence is published that no key, statement or column backs."""
    manifest = read(EVERY[name]).manifest
    claims = list(written(manifest, kind, language).claims())
    assert claims or kind not in kinds(manifest)
    for claim in claims:
        assert claim.rests_on
        for path in claim.rests_on:
            assert stands(manifest, steps(path)), path


@pytest.mark.parametrize(("name", "kind", "language"), PAGES)
def test_no_heading_stands_over_nothing(name: str, kind: Kind, language: str) -> None:
    """A section is there only with something to say, and a table's column only with something in it."""
    document = written(read(EVERY[name]).manifest, kind, language)
    for section in document.sections:
        assert section.blocks
        for block in section.blocks:
            if isinstance(block, Table):
                assert all(any(cells[place] for _, cells in block.rows) for place in range(len(block.header)))
    assert "{" not in text(document)


@pytest.mark.parametrize("name", EVERY)
def test_every_statement_is_published_once(name: str) -> None:
    """A manifest's prose is never lost and never doubled."""
    manifest = read(EVERY[name]).manifest
    document = written(manifest)
    for index, statement in enumerate(manifest.statements):
        paragraphs = [part for part in statement.text["en"].split("\n\n") if part.strip()]
        assert len(claims_on(document, f"statements[{index}]")) == len(paragraphs), statement.section


def test_rows_of_data_also_rest_on_the_columns_that_hold_it() -> None:
    """A category's row names the entries of the data map, so that a sentence can be traced to a column."""
    manifest = policy(subjects={"user": {}}, categories={"contact": {"subjects": ["user"]}})
    user = table("shop.User", "id:key email:email")
    tagged = DataMap.build([user], {"shop.User": Tag(category="contact", subjects={"user": SELF})}, manifest)
    rests = [path for claim in written(manifest, data_map=tagged).claims() for path in claim.rests_on]
    assert "data:shop.User.email" in rests


def test_a_measure_is_attested_until_its_last_day_and_unverified_from_the_next() -> None:
    """A lapsed attestation stops counting by itself."""
    manifest = policy(measures={"training": {"title": "Training", "owner": "board", "until": dt.date(2027, 3, 1)}})
    [claim] = written(manifest, today=dt.date(2027, 3, 1)).claims()
    assert (claim.state, claim.by, claim.until) == ("attested", "board", "2027-03-01")
    [lapsed] = written(manifest, today=dt.date(2027, 3, 2)).claims()
    assert (lapsed.state, lapsed.by) == ("unverified", "")


@pytest.mark.parametrize("measure", [{"owner": "board"}, {"until": dt.date(2030, 1, 1)}, {}])
def test_a_measure_that_nobody_answers_for_is_unverified(measure: dict[str, object]) -> None:
    """An attestation needs a role and an end."""
    [claim] = written(policy(measures={"training": measure})).claims()
    assert claim.state == "unverified"


def test_a_sentence_is_enforced_only_when_a_control_covers_all_that_it_rests_on() -> None:
    """One control of two does not make a sentence true."""
    manifest = read(COMPLETE).manifest
    half = {"categories.messages.encrypted": Control("cipher", "test_cipher")}
    assert claims_on(written(manifest, controls=half), "categories.messages.encrypted")[0].state == "enforced"
    [claim] = claims_on(written(manifest, controls={"age.mode": Control("gate", "test_gate")}), "age.threshold")
    assert claim.state == "unverified"
    [claim] = claims_on(written(manifest, controls={"age": Control("gate", "test_gate")}), "age.threshold")
    assert (claim.state, claim.by) == ("enforced", "gate")


def test_nothing_is_enforced_without_a_control() -> None:
    """No document calls itself enforced of its own accord."""
    for path in EVERY.values():
        assert not [claim for claim in written(read(path).manifest).claims() if claim.state == "enforced"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_electronic_invoicing_is_shown_to_people_in_guatemala_alone(language: str) -> None:
    """An entry with a jurisdiction is absent from the policy of another place, and needs no note in its own."""
    manifest = read(FIVE["u2"]).manifest
    assert "FEL" in text(written(manifest, language=language, jurisdiction="GT"))
    assert "Guatemala" not in text(sections(written(manifest, language=language, jurisdiction="GT"))["data"])
    assert "FEL" not in text(written(manifest, language=language, jurisdiction="KE"))
    assert "Guatemala" in text(sections(written(manifest, language=language))["data"])


def test_the_policy_of_a_place_names_the_basis_that_holds_there() -> None:
    """The most specific region decides; everywhere else the default does."""
    manifest = policy(purposes={"inbox": {"basis": {"EEA": "contract", "default": "consent"}}})
    assert "Our contract with you" in text(written(manifest, jurisdiction="FR"))
    assert "consent" not in text(written(manifest, jurisdiction="FR"))
    assert "Your consent" in text(written(manifest, jurisdiction="KE"))
    assert "contract" not in text(written(manifest, jurisdiction="KE"))
    everywhere = text(written(manifest))
    same = policy(purposes={"inbox": {"basis": {"EEA": "contract", "GB": "contract", "US": "consent"}}})
    assert "In the European Economic Area and the United Kingdom: our contract with you; in the" in text(written(same))
    assert "In the European Economic Area: our contract with you; elsewhere: your consent" in everywhere


def test_encryption_is_claimed_for_the_categories_that_have_it_and_no_wider() -> None:
    """Encrypted categories are named one by one; without any, nothing is said."""
    manifest = policy(categories={"messages": {"encrypted": True}, "invoices": {}})
    security = sections(written(manifest))["security"]
    assert "Messages" in text(security)
    assert "Invoices" not in text(security)
    assert "security" not in sections(written(policy(categories={"invoices": {}})))


def test_encrypted_backups_are_claimed_only_where_stated() -> None:
    """`unstated` and false are no claim."""
    for value, claimed in ((True, True), (False, False), ("unstated", False)):
        assert ("encrypted" in text(written(policy(backups={"encrypted": value})))) is claimed


@pytest.mark.parametrize(
    ("retention", "english", "spanish"),
    [
        (
            {"at_most": "P90D", "from": "received"},
            "Up to 90 days from receipt.",
            "Hasta 90 días desde la recepción.",
        ),
        ({"at_most": "P1D"}, "Up to 1 day.", "Hasta 1 día."),
        ({"at_most": "P1Y6M"}, "Up to 1 year and 6 months.", "Hasta 1 año y 6 meses."),
        ({"at_most": "unstated"}, "No longest period is stated.", "No se indica un plazo máximo."),
        (
            {"at_least_by_jurisdiction": {"GT": "P5Y"}, "from": "fiscal_year_end"},
            "At least 5 years from the end of the fiscal year for people in Guatemala.",
            "Al menos 5 años desde el fin del año fiscal para personas en Guatemala.",
        ),
        (
            {"while_active": True, "from": "account.closed", "grace": "P30D"},
            "As long as the account is active, and for up to 30 days from the closing of the account.",
            "Mientras la cuenta esté activa y hasta 30 días desde el cierre de la cuenta.",
        ),
        (
            {"at_most_by_plan": {"pro": "P90D", "free": "P7D", "scale": "P1Y"}},
            "Between 7 days and 1 year, depending on the plan.",
            "Entre 7 días y 1 año, según el plan.",
        ),
        (
            {"at_most": "P7D", "from": "delivered", "fallback": {"at_most": "P30D"}},
            "Up to 7 days from delivery. If that never comes: up to 30 days from the time of creation.",
            "Hasta 7 días desde la entrega. Si eso no ocurre: hasta 30 días desde el momento de la creación.",
        ),
        (
            {"ends_on": [{"event": "channel.disconnected", "hide": "at_once", "delete_within": "PT1H"}]},
            "After the disconnection of a channel: hidden at once and deleted within 1 hour.",
            "Tras la desconexión de un canal: se ocultan de inmediato y se eliminan en un plazo de 1 hora.",
        ),
        (
            {"open_ended": {"en": "It is history.", "es": "Es historia."}},
            "No fixed period: It is history.",
            "Sin plazo fijo: Es historia.",
        ),
    ],
)
def test_a_retention_rule_reads_as_a_person_would_say_it(retention: Tables, english: str, spanish: str) -> None:
    """Durations, moments, places and events are words of the language, not codes."""
    manifest = policy(categories={"messages": {"retention": retention}})
    assert english in list(lines(*written(manifest).sections))
    assert spanish in list(lines(*written(manifest, language="es").sections))


@pytest.mark.parametrize(
    ("retention", "said"),
    [
        ({"at_most": "P1D"}, True),
        ({"while_active": True}, True),
        ({"at_least": "P1Y"}, True),
        ({"at_most": "unstated"}, False),
        ({"at_least": "unstated"}, False),
        ({"open_ended": "It is history."}, False),
    ],
)
def test_data_is_said_to_be_deleted_only_where_an_end_is_stated(retention: Tables, said: bool) -> None:
    """`delete` is what `then` says by itself: without an end it would be a promise that nobody made."""
    manifest = policy(categories={"messages": {"retention": retention}})
    assert ("deleted" in text(written(manifest))) is said


def test_what_happens_to_all_data_alike_is_said_once() -> None:
    """A column that repeats itself is one sentence; one that does not stays a column."""
    alike = policy(categories={name: {"retention": {"at_most": "P1D"}} for name in ("a", "b")})
    assert text(written(alike)).count("eleted") == text(written(alike)).count("What happens then: deleted.") == 1
    other = {"a": {"retention": {"at_most": "P1D"}}, "b": {"retention": {"at_most": "P1D", "then": "anonymise"}}}
    said = text(written(policy(categories=other)))
    assert "\nDeleted\n" in said
    assert "Anonymised" in said


def test_an_event_with_a_scope_deletes_that_part_alone() -> None:
    """Disconnecting one channel does not delete the messages of another."""
    ends = [
        {"event": "channel.disconnected", "scope": "channel", "delete_within": "PT1H"},
        {"event": "account.closed", "delete_within": "P1D"},
        {"event": "erasure.requested", "delete_within": "P1D"},
    ]
    said = text(written(policy(categories={"messages": {"retention": {"ends_on": ends}}})))
    assert "After the disconnection of a channel: what belongs to it is deleted within 1 hour." in said
    assert "After the closing of the account or a deletion request: deleted within 1 day." in said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ({"role": "joint_controller"}, "we decide together with others why and how their data is used."),
        ({"role": "joint_controller", "controller": "tenant"}, "These others are: our client."),
        ({"role": "processor"}, "we handle their data for others, who decide why and how it is used."),
        ({"role": "processor", "controller": "tenant"}, "we handle their data for our client, who decides"),
    ],
)
def test_others_who_decide_are_named_only_where_the_policy_names_them(subject: Tables, said: str) -> None:
    """Nobody is made a client or a partner by our wording."""
    people = text(written(policy(subjects={"guest": subject})))
    assert said in people
    assert ("client" in people) is ("controller" in subject)


def test_what_people_must_give_is_said_by_reason_and_silence_is_kept() -> None:
    """Art. 13(2)(e): what the contract needs, what the law needs, what one may choose."""
    needs = {"a": "contract", "b": "law", "c": "optional", "d": "unstated"}
    said = text(written(policy(categories={name: {"required": need} for name, need in needs.items()})))
    assert "Our contract with you needs this data: A." in said
    assert "The law requires this data: B." in said
    assert "You choose whether to give us this data: C." in said
    assert "data: D." not in said


def test_people_are_told_apart_that_they_can_stop_advertising() -> None:
    """Art. 21(4) GDPR: for direct marketing alone, an objection is always granted."""
    manifest = policy(purposes={"offers": {"marketing": True}, "service": {}})
    assert "You can object to this use at any time, and we then stop it: Offers." in text(written(manifest))
    assert len(claims_on(written(manifest), "purposes.offers.marketing")) == 1
    assert not claims_on(written(manifest), "purposes.service.marketing")


def test_the_channel_page_is_the_form_of_this_site_unless_it_has_an_address() -> None:
    """Erasure can be asked for with our form; a page of the host's own is named with its address."""
    page = policy(rights={"erasure": {"channels": ["page"]}})
    assert "With the form on our website" in text(written(page))
    form = policy(rights={"erasure": {"channels": ["page"], "url": "https://x.example/form"}})
    assert "On our data deletion page (https://x.example/form)" in text(written(form))


def test_periods_by_plan_stand_in_a_table_of_their_own() -> None:
    """A reader finds the period of their plan, one row each."""
    rule = {"from": "received", "at_most_by_plan": {"free": "P7D", "pro": "P90D"}}
    section = sections(written(policy(categories={"messages": {"retention": rule}})))["retention"]
    plans = next(block for block in section.blocks if isinstance(block, Table) and block.header[0] == "Plan")
    assert [cells for _, cells in plans.rows] == [
        ("Free", "Up to 7 days from receipt"),
        ("Pro", "Up to 90 days from receipt"),
    ]


def test_a_use_ruled_out_for_some_data_is_not_ruled_out_for_all() -> None:
    """A prohibition that categories refer to is published for these, one that none refers to for everything."""
    some = policy(prohibited={"advertising": {}}, categories={"messages": {"prohibited": ["advertising"]}})
    assert "We do not use “Messages” for this: Advertising." in text(written(some))
    every = policy(prohibited={"advertising": {}}, categories={"messages": {}})
    assert "We do not use your data for this: Advertising." in text(written(every))


def test_without_cookies_or_a_right_to_erasure_there_is_neither_page_nor_section() -> None:
    """A section's absence switches its page off."""
    manifest = policy(categories={"contact": {}})
    assert kinds(manifest) == ("policy",)
    assert {"cookies", "rights", "children", "transfers"}.isdisjoint(sections(written(manifest)))
    full = policy(
        purposes={"inbox": {}}, cookies={"session": {"purpose": "inbox", "names": ["id"]}}, rights={"erasure": {}}
    )
    assert kinds(full) == ("policy", "cookies", "deletion")


def test_the_cookie_table_says_what_each_cookie_is_for_and_whether_it_waits_for_consent() -> None:
    """Names, purpose, provider, lifetime, consent."""
    rows = [
        block for block in written(read(COMPLETE).manifest, "cookies").sections[0].blocks if isinstance(block, Table)
    ]
    assert [cells for _, cells in rows[0].rows] == [
        ("sessionid", "Session", "The inbox", "Us", "Until you close the browser", "Without asking: the site needs it"),
        ("_ga, _ga_*", "Analytics", "Analytics", "Metrics", "2 years", "Only if you agree"),
    ]


def test_the_deletion_page_names_the_ways_the_time_and_what_stays() -> None:
    """A person learns how to ask, how soon it is done, and which data a minimum period keeps."""
    document = written(read(COMPLETE).manifest, "deletion")
    how, kept = (text(sections(document)[name]) for name in ("how", "kept"))
    assert "By e-mail (privacy@example.com)." in how
    assert "30 business days, not counting public holidays in Guatemala" in how
    assert "Invoices\nAt least 5 years from the end of the fiscal year for people in Guatemala." in kept
    assert "Messages" not in kept


def test_the_deletion_page_tells_the_steps_and_what_becomes_of_each_kind_of_data() -> None:
    """From asking to the mail that ends it; what stays or is a client's to decide is not called deleted."""
    manifest = policy(
        subjects={"user": {}, "guest": {"role": "processor"}},
        categories={"contact": {}, "orders": {}, "visits": {}},
        rights={"erasure": {"channels": ["page"]}},
    )
    tables = (
        table("User", "id:key email:email"),
        table("Order", "id:key user:key total", "user>User"),
        table("Guest", "id:key email:email"),
    )
    tags = {
        "User": Tag(category="contact", subjects={"user": SELF}),
        "Order": Tag(category="orders", subjects={"user": "user"}, on_erase={"user": "keep"}),
        "Guest": Tag(category="visits", subjects={"guest": SELF}),
    }
    document = written(manifest, "deletion", data_map=DataMap.build(tables, tags, manifest))
    found = sections(document)
    assert "Open the link in the mail that we send you, and confirm there." in text(found["how"])
    [overview] = found["concerned"].blocks
    assert isinstance(overview, Table)
    assert [cells for _, cells in overview.rows] == [
        ("Contact", "Deleted"),
        ("Orders", "Kept until its time is over"),
        ("Visits", "Held in the name of a client, to whom we hand your request on"),
    ]
    assert "three steps" not in text(written(policy(rights={"erasure": {"channels": ["email"]}}), "deletion"))


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (1, "en", "1 business day"),
        (30, "en", "30 business days"),
        (1, "es", "1 día hábil"),
        (30, "es", "30 días hábiles"),
    ],
)
def test_business_days_take_the_right_plural(days: int, language: str, words: str) -> None:
    """One day is not "1 days"."""
    manifest = policy(rights={"access": {"complete_within": {"business_days": days}}})
    assert f" {words}." in text(written(manifest, language=language))


def test_what_holds_for_some_people_says_for_whom() -> None:
    """A statement with a condition names its people, and is absent for others."""
    statement = {"section": "rights", "text": {"en": "More."}, "when": {"jurisdiction": ["US-CA", "GB"]}}
    manifest = policy(statements=[statement])
    [section] = written(manifest).sections
    assert section.blocks[0].applies_to == "For people in California and the United Kingdom"  # type: ignore[union-attr]
    assert not written(manifest, jurisdiction="KE").sections


def test_a_text_without_translation_is_marked_with_its_language() -> None:
    """A screen reader must not read English as Spanish."""
    manifest = policy(
        site={"languages": ["en", "es"]}, statements=[{"section": "contact", "text": {"en": "Write to us."}}]
    )
    [spanish] = written(manifest, language="es").sections
    assert spanish.blocks[0].language == "en"  # type: ignore[union-attr]
    [english] = written(manifest).sections
    assert english.blocks[0].language == ""  # type: ignore[union-attr]


def test_silence_is_called_silence() -> None:
    """What is unstated is said to be not stated, once, and nothing is made up for it."""
    manifest = policy(
        purposes={"inbox": {}},
        categories={"messages": {"purposes": ["inbox"]}},
        recipients={"host": {"role": "processor"}},
        rights={"access": {"complete_within": "unstated"}},
        backups={},
    )
    said = text(written(manifest))
    for sentence in (
        "This policy does not state the legal basis of each use.",
        "How long we keep this data is not stated:",
        "This policy does not state in which countries they are.",
        "How soon we answer: not stated.",
        "How long deleted data stays in backups is not stated.",
    ):
        assert said.count(sentence) == 1, sentence


def test_terms_of_the_manifest_name_moments_events_and_items() -> None:
    """A site's own names are read as the site words them."""
    manifest = policy(
        terms={"shipped": {"en": "the dispatch", "es": "el despacho"}},
        categories={"orders": {"retention": {"from": "shipped", "at_most": "P1M"}}},
    )
    assert "Up to 1 month from the dispatch." in text(written(manifest))
    assert "Hasta 1 mes desde el despacho." in text(written(manifest, language="es"))


def _change(tables: Tables, path: tuple[str | int, ...], silent: bool) -> None:
    *way, last = path
    spot: Any = tables
    for step in way:
        spot = spot[step]
    if silent and isinstance(spot, dict):
        spot[last] = "unstated"
    else:
        del spot[last]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data(), st.sampled_from(sorted(EVERY)), st.sampled_from([None, "GT", "US-CA", "FR"]))
def test_whatever_a_policy_leaves_out_every_document_is_written(
    data: st.DataObject, name: str, jurisdiction: str | None
) -> None:
    """Each part of a manifest may be missing or unstated: no document fails, nor stands a heading over nothing."""
    tables = tomllib.loads(EVERY[name].read_text("utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(sorted(places(tables), key=str)))
        _change(tables, path, data.draw(st.booleans()))
    try:
        manifest = msgspec.convert(tables, Manifest)
    except msgspec.ValidationError:
        reject()
    for kind, language in product(kinds(manifest), ("en", "es")):
        document = written(manifest, kind, language, jurisdiction=jurisdiction)
        assert all(section.blocks for section in document.sections)
        assert "{" not in text(document)
    assert record(manifest, None, today=TODAY).as_markdown()


@pytest.mark.parametrize("section", get_args(StatementSection))
def test_a_statement_of_any_section_has_its_place(section: str) -> None:
    """There is no section of statements that the policy forgets."""
    statement = {"section": section, "text": {"en": "A sentence of our own."}}
    assert "A sentence of our own." in text(written(policy(statements=[statement])))


def test_a_ground_of_disclosure_is_told_in_the_policys_words_or_else_in_ours() -> None:
    """With the notice that people get, unless the policy's own sentence says it all."""
    grounds = {"court_order": {"notice": "prior"}, "law": {"text": "Only if we must.", "notice": "prior"}}
    said = text(written(policy(disclosures=grounds)))
    assert "When a court orders it. We tell you beforehand." in said
    assert said.endswith("Only if we must.")
