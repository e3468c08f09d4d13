"""The JSON Schema of privacy.toml: valid, complete enough for editors, and of one mind with the loader."""

import copy
import datetime as dt
import json
import string
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from msgspec import Struct, inspect

from consentguard.errors import ManifestError
from consentguard.findings import Finding
from consentguard.manifest import references
from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.load import load
from consentguard.manifest.mistakes import mistakes, schema_mistakes
from consentguard.manifest.schema import Manifest
from tests.core.policies import places

COMPLETE = Path(__file__).parent / "data" / "complete.toml"
TABLES = tomllib.loads(COMPLETE.read_text("utf-8"))


def test_the_schema_is_a_valid_one() -> None:
    """It keeps to draft 2020-12, names itself, and can be written as JSON."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$id"]
    assert schema["title"] == "privacy.toml"
    assert json.loads(json.dumps(schema)) == schema


def test_editors_find_the_keys_at_the_root() -> None:
    """The root is no reference: an editor completes its keys without following one."""
    assert "$ref" not in json_schema()
    assert "categories" in json_schema()["properties"]


def test_the_schema_has_no_null() -> None:
    """TOML has no null, so that an editor must not offer it."""
    assert "null" not in json.dumps(json_schema())


def test_every_table_says_what_it_is_for() -> None:
    """Each definition has a title and a description, which editors show."""
    for name, definition in json_schema()["$defs"].items():
        assert definition["title"] == name
        assert definition["description"]


def test_plain_json_schema_accepts_a_valid_manifest() -> None:
    """A validator that knows nothing of TOML agrees once dates are written as JSON has them."""
    written = json.loads(json.dumps(TABLES, default=dt.date.isoformat))
    Draft202012Validator(json_schema(), format_checker=FormatChecker(["date"])).validate(written)


def _dicts(kind: Any) -> list[inspect.DictType]:
    """The dict types of a field's type, in unions too."""
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    bare = [option.type if isinstance(option, inspect.Metadata) else option for option in options]
    return [option for option in bare if isinstance(option, inspect.DictType)]


def _structs(kind: type[Struct]) -> list[type[Struct]]:
    return [kind, *(child for sub in kind.__subclasses__() for child in _structs(sub))]


def test_tables_keyed_by_words_say_so() -> None:
    """Where keys are words of a list, the schema lists them: msgspec does not write them by itself."""
    base = Manifest.__mro__[1]
    for struct in _structs(base)[1:]:
        for field in inspect.type_info(struct).fields:  # type: ignore[attr-defined]
            for table in _dicts(field.type):
                if isinstance(table.key_type, inspect.LiteralType):
                    assert struct is Manifest
                    assert json_schema()["properties"][field.encode_name]["propertyNames"]["enum"]


def test_the_countries_are_those_that_babel_knows() -> None:
    """The list of countries is Babel's, without what is no country (groups, tests, exceptional reservations)."""
    no_country = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    known = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    assert references._countries() == known - no_country


PLACES = list(places(TABLES))

words = st.one_of(
    st.text(max_size=6),
    st.text(string.ascii_lowercase + "_.-", max_size=6),
    st.sampled_from(["unstated", "law", "P90D", "P", "PT", "P1Y\n", "US", "US\n", "EEA", "2027-01-01", "a\n", "none"]),
)
scalars = st.one_of(
    words,
    st.integers(-3, 400),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutations(draw: st.DrawFn) -> dict[str, Any]:
    """The complete manifest with some places deleted, replaced or added to."""
    tables = copy.deepcopy(TABLES)
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        around: Any = tables
        try:
            for part in path[:-1]:
                around = around[part]
            action = draw(st.sampled_from(["delete", "replace", "add"]))
            if action == "delete":
                del around[path[-1]]
            elif action == "replace":
                around[path[-1]] = draw(values)
            else:
                around[path[-1]][draw(words)] = draw(values)
        except (KeyError, IndexError, TypeError):
            continue
    return tables


def refusal(tables: dict[str, Any]) -> str:
    """What msgspec says of parsed tables; nothing when it takes them."""
    try:
        msgspec.convert(tables, Manifest)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


@settings(max_examples=400, deadline=None)
@given(mutations())
def test_the_schema_and_the_loader_agree(tables: dict[str, Any]) -> None:
    """What the structs refuse the JSON Schema refuses, and the other way round; every finding says where."""
    reason = refusal(tables)
    found = list(schema_mistakes(tables))
    assert bool(reason) == bool(found), (reason, found)
    wrong = reason or any(True for _ in references.reference_mistakes(tables))
    for finding in mistakes(tables, COMPLETE.read_text("utf-8"), reason) if wrong else ():
        assert finding.id.startswith("M-")
        assert finding.where or finding.line
        assert len(finding.message) < 2000


def test_a_refusal_that_the_schema_does_not_know_is_told_as_it_is() -> None:
    """Should the two ever disagree, the loader's own words are reported, with the place that they name."""
    (finding,) = mistakes({"manifest": 1}, "manifest = 1\n[age]\n", "Expected `int` - at `$.age.threshold`")
    assert (finding.where, finding.line, finding.message) == ("age.threshold", 2, "Expected int")
    (finding,) = mistakes({"manifest": 1}, "manifest = 1\n", "Not at all")
    assert (finding.where, finding.message) == ("", "Not at all")


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.one_of(words, st.sampled_from(list(json_schema()["properties"]))), values, max_size=5))
def test_no_tables_make_a_traceback(tables: dict[str, Any]) -> None:
    """Whatever tables a file holds, their mistakes can be listed."""
    reason = refusal(tables)
    found = mistakes(tables, "", reason) if reason else []
    assert all(finding.message and finding.where for finding in found)


lines = st.lists(
    st.one_of(
        st.sampled_from(COMPLETE.read_text("utf-8").splitlines()),
        st.text(max_size=20),
        st.builds("{} = {}".format, words, st.text(max_size=8)),
        st.builds("[{}]".format, words),
        st.builds("[[{}]]".format, words),
    ),
    max_size=30,
)


def findings(path: Path) -> tuple[Finding, ...]:
    """What a file is refused with; nothing when it loads."""
    try:
        policy = load(path)
    except ManifestError as error:
        return error.findings
    assert len(policy.digest) == 64
    return ()


@settings(max_examples=400, deadline=None)
@given(st.one_of(lines.map("\n".join).map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=200)))
def test_no_file_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever a file holds, it loads or is refused with findings that have an id and a message."""
    path = tmp_path_factory.getbasetemp() / "privacy.toml"
    path.write_bytes(data)
    for finding in findings(path):
        assert finding.id.startswith("M-")
        assert finding.message
        assert finding.where or finding.line or finding.hint
