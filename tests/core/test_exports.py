"""Copies of somebody's data: what is in one, what is left out of it, and how it is given out."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from consentguard.crypto.keyring import VARIABLE
from consentguard.exports import ExportError, Redaction, Redactions, writing
from consentguard.exports.layout import Contents, file
from consentguard.exports.values import csv_lines
from consentguard.guard import Guard
from consentguard.memory.dataset import MemoryDataset
from consentguard.plan.steps import Found
from consentguard.ports import InsideTransactionError
from consentguard.records import ArchivedRow, Passkey, RightsRequest, Selection, SubjectRef
from consentguard.testing.keys import keyring
from tests.core.exports_kit import FORMULA, SENT, Messenger, messenger

ANNA = "anna@example.com"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Messenger:
    """The messenger, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return messenger(tmp_path)


def copied(site: Messenger, kind: str = "user", key: str = "1", *, withheld: tuple[Redaction, ...] = ()) -> Copied:
    """A copy as it was sent."""
    guard, people = site.people(kind, key)
    return Copied(b"".join(guard.exports.copy(people, language="en", redactions=Redactions(withheld)).pieces()))


class Copied:
    """A copy that was received, opened."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        self.names = self.zip.namelist()
        self.manifest = msgspec.json.decode(self.zip.read("manifest.json"), type=Contents)
        self.text = b"".join(self.zip.read(name) for name in self.names).decode()

    def rows(self, label: str) -> list[dict[str, Any]]:
        """The rows of a table."""
        return [json.loads(line) for line in self.zip.read(f"data/{label}.jsonl").splitlines()]

    def left(self, label: str) -> dict[str, tuple[str, ...]]:
        """What is withheld of a table, by why."""
        return {each.why: each.columns for each in self.manifest.withheld if each.table == label}


def asked(site: Messenger) -> RightsRequest:
    """A confirmed request for a copy."""
    site.guard().rights.receive("access", ANNA, language="en", jurisdiction=None)
    found = site.guard().rights.confirm(site.token())
    assert found
    return found[0]


def test_a_copy_holds_every_value_of_the_person_and_none_of_anybody_else(site: Messenger) -> None:
    """Rows exact as JSON: moments by ISO 8601, decimals as texts; keys that bring them back, and no password."""
    copy = copied(site)
    assert copy.rows("User") == [
        {"id": 1, "email": ANNA, "name": "Anna", "photo": "photos/../Anna.png", "points": "-1.50",
         "joined": "2026-03-01T09:30:00Z"}
    ]  # fmt: skip
    assert [(row["id"], row["parent"], row["text"]) for row in copy.rows("Message")] == [
        (10, 11, "answered before its question"),
        (11, None, FORMULA),
    ]
    for stranger in (
        "canary-password",
        "canary-score",
        "canary-carla",
        "canary-of-ben",
        "canary-dan",
        "canary-of-the-contact",
    ):
        assert stranger not in copy.text
    assert copy.left("User") == {"proof": ("password",), "unclassified": ("score",)}
    assert copy.left("Message") == {"others": ("contact_name",)}


def test_who_shares_a_row_sees_their_own_part_of_it(site: Messenger) -> None:
    """The contact gets their address and the words that were exchanged, not the account of the user."""
    copy = copied(site, "contact", "5")
    assert "User" not in [held.label for held in copy.manifest.tables]
    assert copy.rows("Contact") == [{"id": 5, "user": 1, "email": "canary-carla@example.com", "name": "canary-of-both"}]
    assert {row["contact_name"] for row in copy.rows("Message")} == {"canary-of-the-contact"}
    assert ANNA not in copy.text


def test_who_plays_both_parts_in_a_row_gets_the_whole_of_it_once(site: Messenger) -> None:
    """Somebody who writes to themselves is a user and a contact of one row."""
    guard, user = site.people()
    people = (*user, *guard.exports.of_subject(SubjectRef("contact", "5")))
    site.rows["Message"].rows[1]["contact"] = 6
    copy = Copied(b"".join(guard.exports.copy(people, language="en").pieces()))
    seen = {row["id"]: "contact_name" in row for row in copy.rows("Message")}
    assert seen == {10: True, 11: False}, "of another contact's row only what is theirs"
    assert {row["id"]: row["contact_name"] for row in csv_of(copy, "Message")} == {
        "10": "canary-of-the-contact",
        "11": "",
    }


def test_every_line_follows_the_schema_that_comes_with_it(site: Messenger) -> None:
    """Which names the keys as such, and says what each column is."""
    copy = copied(site)
    for label in ("User", "Contact", "Message"):
        schema = json.loads(copy.zip.read(f"schema/{label}.schema.json"))
        Draft202012Validator.check_schema(schema)
        for row in copy.rows(label):
            Draft202012Validator(schema).validate(row)
    said = schema["x-consentguard"]
    assert said["primary_key"] == ["id"]
    assert {"columns": ["contact"], "table": "Contact"} in said["foreign_keys"]
    assert schema["properties"]["sent"] == {
        "type": "string", "format": "date-time", "x-consentguard": {"category": "messages"},
    }  # fmt: skip
    assert schema["properties"]["position"]["x-consentguard"] == {"structure": True}


def test_the_information_is_of_the_persons_own_data(site: Messenger) -> None:
    """Art. 15(1) GDPR: purposes, categories, recipients, retention, sources, transfers, rights, complaint."""
    copy = copied(site)
    facts = json.loads(copy.zip.read("information.json"))
    assert facts["purposes"]["inbox"]["basis"] == "contract"
    assert facts["categories"]["messages"]["sources"] == {"meta": ["text"]}
    assert "1 year" in facts["categories"]["messages"]["retention"]
    assert facts["transfers"][0]["to"] == "US"
    assert facts["complaints"]["default"]["name"] == "The Commissioner"
    assert "access" in facts["rights"]
    told = copy.zip.read("information.txt").decode()
    for words in ("Show messages", "Meta", "United States", "The Commissioner", "Messages", "left to a machine alone"):
        assert words in told
    assert not {"billing", "invoices"} & {*facts["purposes"], *facts["categories"]}
    assert "Tax office" not in told
    readme = copy.zip.read("README.txt").decode()
    assert "Proofs of who you are, such as passwords, are left out" in readme
    assert "“Support mailbox”" in readme


def test_a_cell_that_begins_a_formula_is_harmless_and_a_number_stays_one(site: Messenger) -> None:
    """A spreadsheet would else run what somebody wrote into a message; JSON has it exact."""
    _, row = csv_of(copied(site), "Message")
    assert (row["text"], row["stars"], row["sent"]) == (f"'{FORMULA}", "-3", "2026-03-01T09:30:00Z")
    risky = ["+34 600", "-1+1", "@SUM(A1)", "\tx", "\rx", "\uff1dx"]
    cells = list(csv.reader(io.StringIO(csv_lines([{"a": each} for each in risky], ["a"]).decode(), newline="")))
    assert [cell for (cell,) in cells] == [f"'{each}" for each in risky]
    plain = [-5, -1.5, "-1.50", "1=2", "O'Hara", True, None, b"=", {"a": "=1"}]
    cells = list(csv.reader(io.StringIO(csv_lines([{"a": each, "b": 0} for each in plain], ["a", "b"]).decode())))
    assert [row[0] for row in cells] == ["-5", "-1.5", "-1.50", "1=2", "O'Hara", "true", "", "PQ==", '{"a":"=1"}']


def test_files_come_along_and_one_that_cannot_be_read_is_named(site: Messenger) -> None:
    """Under the row's key and their own name alone, whatever folders it pretends."""
    assert copied(site).zip.read("files/User/photo/1/Anna.png") == b"PNG of Anna"
    ben = copied(site, key="2")
    assert ben.manifest.unreadable == ("files/User/photo/2/Ben.png",)
    assert file("T", "c", "../1", "..\\..\\a/b\x00.txt") == "files/T/c/__1/b_.txt"


def test_what_a_review_withholds_is_left_out_and_named_with_its_reason(site: Messenger) -> None:
    """A column, a row, a whole table; the outline before says what there is."""
    guard, people = site.people()
    assert [(each.label, each.rows) for each in guard.exports.outline(people)] == [
        ("User", 1), ("Contact", 1), ("Message", 2),
    ]  # fmt: skip
    copy = copied(
        site,
        withheld=(
            Redaction("User", "it is disputed", columns=("points",)),
            Redaction("Message", "a trade secret", keys=("11",)),
            Redaction("Contact", "the rights of others"),
        ),
    )
    assert "points" not in copy.rows("User")[0]
    assert [row["id"] for row in copy.rows("Message")] == [10]
    assert FORMULA not in copy.text
    assert [held.label for held in copy.manifest.tables] == ["User", "Message"]
    said = [(each.table, each.columns, each.reason) for each in copy.manifest.withheld if each.why == "reviewed"]
    assert said == [
        ("User", ("points",), "it is disputed"),
        ("Message", (), "a trade secret"),
        ("Contact", (), "the rights of others"),
    ]


@pytest.mark.parametrize(
    "redaction",
    [
        Redaction("Nowhere", "because"),
        Redaction("User", "because", columns=("nothing",)),
        Redaction("User", " "),
        Redaction("User", "because", columns=("name",), keys=("1",)),
    ],
)
def test_a_redaction_that_means_nothing_is_refused(site: Messenger, redaction: Redaction) -> None:
    """Whoever reviews must not believe that something is withheld which is not."""
    request = asked(site)
    with pytest.raises(ExportError):
        site.guard().exports.redact(request, Redactions((redaction,)))


def test_redactions_are_kept_with_the_request_sealed_and_beside_its_other_details(site: Messenger) -> None:
    """They hold for the copy that its link opens."""
    request, guard = asked(site), site.guard()
    request = guard.exports.redact(request, Redactions((Redaction("User", "disputed: 42", columns=("name",)),)))
    assert b"42" not in request.details
    assert guard.exports.redactions(request).withheld[0].columns == ("name",)
    code, _ = guard.exports.issue(request)
    delivery = guard.exports.for_token(code)
    assert delivery
    assert "Anna" not in [row.get("name") for row in Copied(b"".join(delivery.chunks)).rows("User")]
    assert "export.reviewed" in site.acts()


def test_a_copy_is_delivered_when_its_last_byte_is_taken(site: Messenger) -> None:
    """The link is used up at the first; the request closes, with counts and the manifest's digest as evidence."""
    request, guard = asked(site), site.guard()
    code, _ = guard.exports.issue(request)
    delivery = guard.exports.for_token(code)
    assert delivery
    first = next(delivery.chunks)
    assert guard.rights.find(request.id).state == "confirmed"
    assert guard.exports.for_token(code) is None
    rest = b"".join(delivery.chunks)
    done = guard.rights.find(request.id)
    assert (done.state, done.outcome) == ("done", '{"people":1,"copied":{"User":1,"Contact":1,"Message":2}}')
    [entry] = [entry for entry in guard.stores.entries.unsealed(None, 99) if entry.act == "export.delivered"]
    details = json.loads(entry.details)
    assert (details["copied.Message"], details["people"]) == (2, 1)
    assert details["manifest"] == hashlib.sha256(Copied(first + rest).zip.read("manifest.json")).hexdigest()
    assert "anna" not in entry.details.lower()


def test_a_download_that_breaks_off_leaves_the_request_open_for_another_link(site: Messenger) -> None:
    """The link is used all the same; the new one ends every older one."""
    request, guard = asked(site), site.guard()
    code, _ = guard.exports.issue(request)
    delivery = guard.exports.for_token(code)
    assert delivery
    next(delivery.chunks)
    delivery.chunks.close()  # type: ignore[attr-defined]
    assert (guard.rights.find(request.id).state, guard.exports.peek(code)) == ("confirmed", None)
    assert site.acts().count("export.delivered") == 0
    second, third = (guard.exports.issue(request)[0] for _ in range(2))
    assert guard.exports.for_token(second) is None
    again = guard.exports.for_token(third)
    assert again
    assert b"".join(again.chunks)
    assert (site.acts().count("export.begun"), site.acts().count("export.delivered")) == (2, 1)


def test_a_session_downloads_without_a_link_while_the_copy_may_be_given_out(site: Messenger) -> None:
    """And no longer; nor inside a transaction, whose end could undo what was taken down."""
    request, guard = asked(site), site.guard()
    with guard.stores.transactions.atomic(), pytest.raises(InsideTransactionError):
        guard.exports.for_request(request)
    delivery = guard.exports.for_request(request)
    assert delivery
    assert delivery.name == "personal-data-2026-03-28.zip"
    assert b"".join(delivery.chunks)
    closed = guard.rights.find(request.id)
    assert guard.exports.for_request(closed)
    site.clock.tick(dt.timedelta(days=7))
    assert guard.exports.for_request(closed) is None


def test_archived_rows_choices_and_requests_come_along(site: Messenger) -> None:
    """By the same rules: an archived row shows no more than one that is still in its table."""
    request, guard = asked(site), site.guard()
    row = {**site.rows["Message"].rows[1], "text": "archived", "sent": "2020-01-01"}
    mine = guard.pseudonyms.of(SubjectRef("user", "1"))
    for number, content in enumerate((guard.execution.archived.seal(json.dumps(row).encode()), b"sealed by nobody")):
        held = ArchivedRow(
            id=f"{number:032x}", label="Message", key="99", subjects=(mine,),
            archived_at=SENT, until=None, content=content,
        )  # fmt: skip
        guard.stores.archive.add([held])
    delivery = guard.exports.for_request(request)
    assert delivery
    copy = Copied(b"".join(delivery.chunks))
    [archived] = [json.loads(line) for line in copy.zip.read("archived/Message.jsonl").splitlines()]
    assert (archived["text"], "contact_name" in archived) == ("archived", False)
    assert copy.manifest.unreadable == (f"archived/Message.jsonl#{1:032x}",)
    asked_for = [json.loads(line) for line in copy.zip.read("record/requests.jsonl").splitlines()]
    assert [(each["right"], each["state"]) for each in asked_for] == [("access", "confirmed")]


def test_a_copy_names_the_passkeys_of_the_person(site: Messenger) -> None:
    """With the days, and nobody else's; of the key itself nothing."""
    request, guard = asked(site), site.guard()
    for key, name in (("1", "blue key"), ("2", "somebody else's")):
        passkey = Passkey(
            id=key * 64, subject=guard.pseudonyms.of(SubjectRef("user", key)), credential=b"c", public_key=b"k",
            sign_count=0, created_at=SENT, name=name, last_used_on=SENT.date(),
        )  # fmt: skip
        guard.stores.passkeys.add(passkey)
    delivery = guard.exports.for_request(request)
    assert delivery
    [line] = Copied(b"".join(delivery.chunks)).zip.read("record/passkeys.jsonl").splitlines()
    days = {"created_at": msgspec.to_builtins(SENT), "last_used_on": str(SENT.date())}
    assert json.loads(line) == {"name": "blue key", **days}


def test_nobody_is_copied_who_is_not_there(site: Messenger) -> None:
    """The error says the kind, not the key: it may be an address."""
    with pytest.raises(ExportError) as raised:
        site.people("user", "anna@example.com")
    assert "anna" not in str(raised.value)


def test_a_copy_of_many_rows_takes_no_more_memory_than_one_of_few(
    site: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read once, packed and handed on in portions, and nothing of what was sent is kept."""
    guard, people = site.people()
    few, many = (_peak(guard, people, monkeypatch, rows) for rows in (3_000, 9_000))
    assert many < 1.2 * few


def _peak(guard: Guard, people: tuple[Found, ...], monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """The most bytes that Python holds at once while a copy of so many rows is sent."""
    with monkeypatch.context() as patched:
        patched.setattr(MemoryDataset, "rows", _rows(count))
        patched.setattr(writing, "HELD", 100_000)
        tracemalloc.start()
        try:
            for _ in guard.exports.copy(people, language="en").pieces():
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def _rows(count: int) -> Callable[..., Iterator[Mapping[str, object]]]:
    def read(_: MemoryDataset, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        for number in range(count if selection.label == "Message" else 1):
            yield {column: f"{column} {number * 7919 % 30011}" for column in columns}

    return read


def test_a_large_table_comes_in_several_pairs_of_files(site: Messenger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pair has the same rows, and together they are all."""
    guard, people = site.people()
    monkeypatch.setattr(MemoryDataset, "rows", _rows(2_500))
    monkeypatch.setattr(writing, "HELD", 1)
    copy = Copied(b"".join(guard.exports.copy(people, language="en").pieces()))
    rows = {member.name.removeprefix("data/Message"): member.rows for member in copy.manifest.members}
    for kind in ("jsonl", "csv"):
        assert [rows[f"{number}.{kind}"] for number in ("", ".2", ".3")] == [1_000, 1_000, 500]
    assert [(held.rows, held.files) for held in copy.manifest.tables if held.label == "Message"] == [(2_500, 3)]
    assert len(csv_of(copy, "Message.3")) == 500


def csv_of(copy: Copied, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(copy.zip.read(f"data/{name}.csv").decode())))
