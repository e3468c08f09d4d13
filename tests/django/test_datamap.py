"""Django models as neutral tables: columns, relations, tags, and the data map of a whole site."""

from __future__ import annotations

import pytest
from django.apps import apps

from consentguard import DataMapError
from consentguard.datamap import tags as registry
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column, Relation, Table
from consentguard.datamap.tags import Match, Tag
from consentguard.manifest.load import load
from consentguard_django.host import DjangoHost
from consentguard_django.introspect import tables


def described(label: str) -> Table:
    """One table of the site."""
    return next(table for table in tables() if table.label == label)


def relation(label: str, name: str) -> Relation:
    """One relation of a table."""
    return described(label).ways[name]


@pytest.mark.parametrize(
    ("name", "type_", "key"),
    [
        ("id", "uuid", True),
        ("member", "integer", True),
        ("created_at", "datetime", False),
        ("notes", "text", False),
        ("findings", "json", False),
        ("scan", "file", False),
        ("fee", "decimal", False),
        ("lasted", "other", False),
        ("reply_to", "email", False),
        ("sent_from", "ip", False),
        ("shout", "text", False),
    ],
)
def test_a_column_has_its_developer_s_name_and_a_neutral_type(name: str, type_: str, key: bool) -> None:
    """Abstract bases' columns are the model's; generated primary keys and foreign keys are structure."""
    column = described("clinic.Consultation").by_name[name]
    assert (column.type, column.key) == (type_, key)


def test_the_database_s_name_of_a_foreign_key_is_kept_beside_the_attribute() -> None:
    """The developer writes `member`; the table has `member_id`."""
    assert described("clinic.Consultation").by_name["member"].db_name == "member_id"


def test_a_natural_primary_key_is_content() -> None:
    """A code, an e-mail address or a session's key says something; a number does not."""
    assert described("clinic.Topic").by_name["code"] == Column(
        name="code", type="text", db_name="code", required=True, primary=True, length=8
    )


def test_a_field_of_an_unknown_type_is_described_all_the_same() -> None:
    """A third party's field is `other`, and classified like any column."""
    assert described("clinic.Topic").by_name["place"].type == "other"


@pytest.mark.parametrize(
    ("label", "name", "kind", "targets"),
    [
        ("clinic.Consultation", "member", "foreign_key", ("clinic.Member",)),
        ("clinic.Member", "consultations", "reverse", ("clinic.Consultation",)),
        ("clinic.Consultation", "topics", "many_to_many", ("clinic.Topic",)),
        ("clinic.Topic", "consultations", "many_to_many", ("clinic.Consultation",)),
        ("clinic.Consultation", "remarks", "reverse", ("clinic.Remark",)),
        ("clinic.Remark", "about", "generic", ()),
        ("clinic.Consultation", "surgery", "reverse", ("clinic.Surgery",)),
        ("clinic.Surgery", "consultation_ptr", "foreign_key", ("clinic.Consultation",)),
        ("clinic.Surgery", "member", "foreign_key", ("clinic.Member",)),
        ("admin.LogEntry", "user", "foreign_key", ("clinic.Member",)),
        ("clinic.Consultation_topics", "topic", "foreign_key", ("clinic.Topic",)),
    ],
)
def test_a_relation_is_named_by_the_attribute_that_steps_over_it(
    label: str, name: str, kind: str, targets: tuple[str, ...]
) -> None:
    """In both directions, over inherited keys too, and to the user model that is in force."""
    assert (relation(label, name).kind, relation(label, name).targets) == (kind, targets)


def test_a_relation_without_a_way_back_has_none() -> None:
    """`related_name="+"` hides the attribute, so no path steps over it."""
    ways = described("clinic.Member").ways
    assert not [name for name in ways if "+" in name or "colleague" in name]


def test_a_generic_key_s_columns_are_structure() -> None:
    """Its object's key is no more personal than a foreign key."""
    remark = described("clinic.Remark")
    assert [column.name for column in remark.columns if not column.key] == ["words"]


def test_a_many_to_many_table_is_all_keys() -> None:
    """Nobody has to classify the tables that Django makes by itself."""
    assert all(column.key for column in described("clinic.Consultation_topics").columns)


def test_a_multi_table_child_lists_only_columns_of_its_own() -> None:
    """What the parent's table holds stands there."""
    assert [column.name for column in described("clinic.Surgery").columns] == ["consultation_ptr", "theatre"]


def test_proxies_and_swapped_models_are_no_tables_and_views_are() -> None:
    """Each table of the database stands once."""
    labels = [table.label for table in tables()]
    assert "clinic.Patron" not in labels
    assert "auth.User" not in labels
    assert "clinic.Statistic" in labels
    assert len(labels) == len(set(labels))


def test_a_table_says_where_its_model_is_and_whose() -> None:
    """A finding can then point at the line; a framework's own model is not the site's to edit."""
    assert described("clinic.Topic").source.startswith("tests/django/app/models.py:")
    assert described("clinic.Topic").own
    assert not described("sessions.Session").own


def test_a_tag_is_inherited_from_an_abstract_base_and_not_through_a_table() -> None:
    """A proxy's tag is its table's; a child with a table of its own needs a tag of its own."""
    tags = DjangoHost().tags()
    assert tags["clinic.Consultation"].category == "visits"
    assert tags["clinic.Member"].columns == {"password": "credential"}
    assert tags["clinic.Surgery"].subjects == {"member": "consultation_ptr.member"}


def test_a_child_with_a_table_of_its_own_inherits_no_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the abstract base says is about columns that its parent's table holds."""
    without = {key: tag for key, tag in registry._registered.items() if key != "clinic.Surgery"}
    monkeypatch.setattr(registry, "_registered", without)
    assert "clinic.Surgery" not in DjangoHost().tags()


def test_a_privacy_module_of_an_app_is_found_like_its_admin_module() -> None:
    """`register()` calls there need no import of the host's."""
    assert DjangoHost().tags()["clinic.Topic"].reason == "what consultations can be about"


def test_a_misspelt_label_of_an_installed_app_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label of an app that is not installed is no mistake: the registration waits for it."""
    more = {"clinic.Topik": Tag(reason="x"), "shop.Order": Tag(reason="x"), "auth.User": Tag(reason="x")}
    monkeypatch.setattr(registry, "_registered", registry._registered | more)
    host = DjangoHost()
    with pytest.raises(DataMapError) as caught:
        DataMap.build(host.tables(), host.tags(), load(host.root() / "privacy.toml").manifest)
    (finding,) = caught.value.findings
    assert (finding.where, finding.hint) == ("clinic.Topik", 'did you mean "clinic.Topic"?')


def test_a_model_named_without_its_app_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """`register("Topic", ...)` means a model of the site, and would else be passed over in silence."""
    monkeypatch.setattr(registry, "_registered", registry._registered | {"Topic": Tag(reason="x")})
    host = DjangoHost()
    with pytest.raises(DataMapError) as caught:
        DataMap.build(host.tables(), host.tags(), load(host.root() / "privacy.toml").manifest)
    (finding,) = caught.value.findings
    assert (finding.id, finding.where) == ("D-UNKNOWN-TABLE", "Topic")
    assert "clinic.Topic" in finding.hint


def test_ready_made_tags_follow_the_host_s_own_user_model() -> None:
    """The clinic calls its users members, and so does the admin's log."""
    tags = DjangoHost().tags()
    assert tags["admin.LogEntry"].subjects == {"member": "user"}
    assert tags["contenttypes.ContentType"].reason
    assert "auth.User" not in tags


def test_a_ready_made_tag_gives_way_to_the_host_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line maps a companion's table to a category of the policy's own."""
    own = Tag(category="visits")
    monkeypatch.setattr(registry, "_registered", registry._registered | {"sessions.Session": own})
    assert DjangoHost().tags()["sessions.Session"] == own


def test_a_soft_reference_leads_to_the_user_model() -> None:
    """The whole site's map is built and knows whose the inquiries are."""
    host = DjangoHost()
    data_map = DataMap.build(host.tables(), host.tags(), load(host.root() / "privacy.toml").manifest)
    assert data_map.tags["clinic.Inquiry"].subjects == {"member": Match("email", "clinic.Member.email")}
    assert {"clinic.Inquiry", "clinic.Remark", "admin.LogEntry"} <= data_map.reachable
    assert "clinic.Statistic" not in data_map.reachable


def test_the_survey_names_the_cookies_and_what_sets_them() -> None:
    """It is what a first policy is guessed from."""
    survey = DjangoHost().survey()
    assert survey.languages == ("en", "es")
    assert "clinic.example.com" in survey.hosts
    assert survey.cookies == {
        "sessionid": "django.contrib.sessions.middleware.SessionMiddleware",
        "csrftoken": "django.middleware.csrf.CsrfViewMiddleware",
        "django_language": "django.middleware.locale.LocaleMiddleware",
        "messages": "django.contrib.messages.middleware.MessageMiddleware",
    }
    assert {"tests.django.app", "msgspec"} <= set(survey.packages)


def test_every_model_of_the_registry_that_has_a_table_is_described() -> None:
    """None is left out by accident."""
    expected = {model._meta.label for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    assert {table.label for table in tables()} == expected
