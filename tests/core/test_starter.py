"""The first policy that `consentguard init` guesses: loadable, marked as guesses, and nothing left unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.datamap import tags as registry
from consentguard.datamap.coverage import gaps
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column, Relation, Table
from consentguard.datamap.tags import Match, Tag, tag_of
from consentguard.host import Survey
from consentguard.manifest.load import loads
from consentguard.starter import Start, start


def table(label: str, *columns: Column, relations: tuple[Relation, ...] = (), own: bool = True) -> Table:
    return Table(label=label, db_table=label.lower(), columns=columns, relations=relations, own=own)


def text(name: str) -> Column:
    return Column(name=name, type="text")


PERSON = table(
    "shop.Person", Column(name="id", type="integer", key=True), text("email"), text("password"), text("mood")
)
ORDER = table(
    "shop.Order",
    text("ship_address"),
    text("note"),
    relations=(Relation(name="buyer", kind="foreign_key", targets=("shop.Person",)),),
)
TICKET = table("help.Ticket", text("email"), text("body"))
COLOUR = table("shop.Colour", text("hue"))
TABLES = (PERSON, ORDER, TICKET, COLOUR)


def survey(**more: object) -> Survey:
    facts: dict[str, object] = {
        "root": Path("shop"),
        "registrations": Path("x"),
        "load_registrations": "",
    }
    return Survey(**(facts | more))  # type: ignore[arg-type]


def begin(tables: tuple[Table, ...] = TABLES, tags: dict[str, Tag] | None = None, **more: object) -> Start:
    return start(survey(**more), tables, tags or {})


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[type | str, Tag]:
    """An empty register for the calls of one test."""
    tags: dict[type | str, Tag] = {}
    monkeypatch.setattr(registry, "_registered", tags)
    return tags


def test_the_first_policy_loads_and_names_what_only_the_owner_knows() -> None:
    """What init writes follows the schema at once, and leaves legal basis and retention unstated."""
    manifest = loads(begin().policy, Path("privacy.toml")).manifest
    assert list(manifest.categories) == ["contact", "credential"]
    assert manifest.categories["contact"].retention == "unstated"
    assert manifest.purposes["service"].basis == "unstated"


def test_every_guess_is_marked_as_one() -> None:
    """A reader of either file can tell a guess from a fact."""
    made = begin(cookies={"sid": "the session"}, packages=("stripe",))
    for line in (*made.registrations.splitlines(), *made.policy.splitlines()):
        if "subjects=" in line or ': "contact"' in line or line.startswith(("[cookies.", "[recipients.", "[subjects.")):
            assert "# guess" in line


def test_the_registrations_run_and_the_data_map_accepts_them(registered: dict[type | str, Tag]) -> None:
    """The written calls are Python that tags existing columns, with categories and subjects of the written policy."""
    made = begin()
    exec(compile(made.registrations, "privacy.py", "exec"), {})  # noqa: S102
    tags = {label: tag for label in map(str, registered) if (tag := tag_of(label))}
    data_map = DataMap.build(TABLES, tags, loads(made.policy, Path("privacy.toml")).manifest)
    assert data_map.tags["shop.Order"].subjects == {"user": "buyer"}
    assert data_map.tags["help.Ticket"].subjects == {"user": Match("email", "shop.Person.email")}
    missing = {gap.where for gap in gaps(data_map) if gap.id == "D-UNCLASSIFIED"}
    assert missing == {"shop.Person.mood", "shop.Order.note", "help.Ticket.body"}


def test_a_table_that_no_person_leads_to_is_left_alone() -> None:
    """A list of colours is in neither file."""
    assert "Colour" not in begin().registrations


def test_what_is_tagged_already_is_not_guessed_again() -> None:
    """Init may be run on a site that has begun: its own tags stand, and its root is taken from them."""
    made = begin(tags={"shop.Person": Tag(category="contact", subjects={"user": "self"})})
    assert '"shop.Person",' not in made.registrations
    assert '"shop.Order",' in made.registrations


def test_companions_get_the_categories_that_they_name() -> None:
    """A ready-made tag of a companion package finds its category in the first policy."""
    session = table("sessions.Session", text("session_data"), own=False)
    made = begin((*TABLES, session), {"sessions.Session": Tag(category="session", proposed=True)})
    assert "session" in loads(made.policy, Path("privacy.toml")).manifest.categories


def test_a_site_without_people_still_gets_a_policy() -> None:
    """No models, no languages known to us, no cookies: the file is short and loads."""
    made = begin((), languages=("xx",))
    assert loads(made.policy, Path("privacy.toml")).manifest.subjects == {}
    assert "register(" not in made.registrations


def test_a_cookie_that_is_known_by_its_name_says_what_it_is_for() -> None:
    """Several with the same purpose can be told apart on the page; of an unknown one nothing is claimed."""
    cookies = {"sessionid": "a", "csrftoken": "b", "_track": "c"}
    manifest = loads(begin(cookies=cookies, languages=("en", "es")).policy, Path("privacy.toml")).manifest
    assert manifest.cookies is not None
    known = manifest.cookies["csrftoken"]
    assert (known.title, known.essential) == ({"en": "Protects forms", "es": "Protege los formularios"}, True)
    assert (manifest.cookies["track"].title, manifest.cookies["track"].essential) == ("", False)


def test_cookies_with_alike_names_keep_an_entry_each() -> None:
    """`__Host-id` and `id` do not overwrite one another, and no name breaks the file."""
    cookies = {"__Host-id": "a", "host.id": "b", "***": "c"}
    manifest = loads(begin(cookies=cookies).policy, Path("privacy.toml")).manifest
    assert manifest.cookies is not None
    assert {name for cookie in manifest.cookies.values() for name in cookie.names} == set(cookies)


@given(
    names=st.lists(st.text(min_size=1, max_size=12).filter(str.strip), max_size=4),
    label=st.text(min_size=1, max_size=12),
    site=st.text(max_size=12),
)
def test_odd_names_never_break_the_files(names: list[str], label: str, site: str) -> None:
    """Whatever tables, columns, folders and cookies are called, both files stay readable by their parsers."""
    person = table(label, text("email"), text("password"), *(text(f"phone {name}") for name in names))
    made = begin((person,), root=Path(site), cookies={name: f"by {name}" for name in names})
    loads(made.policy, Path("privacy.toml"))
    compile(made.registrations, "privacy.py", "exec")


def test_a_table_without_a_guess_is_left_to_its_developer(registered: dict[type | str, Tag]) -> None:
    """A list of countries leads to people and holds nothing personal: both answers stand ready as comments."""
    to_person = Relation(name="people", kind="reverse", targets=("shop.Person",))
    written = begin((PERSON, table("shop.Country", text("code"), relations=(to_person,)))).registrations
    exec(compile(written, "privacy.py", "exec"), {})  # noqa: S102
    assert list(registered) == ["shop.Person"]
    assert '# register("shop.Country", "<category>", subjects={"user": "people"})' in written
    assert '# not_personal("shop.Country", "<why>")' in written
