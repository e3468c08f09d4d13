"""Errands: which places and recipients a request concerns, and that none is reported done before it has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import Column
from consentguard.errands import ErrandError, Notice, Worked
from consentguard.ports import FilesError
from consentguard.records import RightsRequest
from consentguard.rights import Asked, Details
from consentguard.testing.keys import keyring
from tests.core import rights_kit
from tests.core.rights_kit import POLICY, TABLES, TAGS, Shop, shop

ANNA = "anna@example.com"
PLACES = """
[stores.logs]
kind = "logs"
holds = ["orders"]
owner = "Operations"
[stores.payments]
kind = "external"
holds = ["invoices"]
recipient = "bank"
[stores.library]
kind = "external"
holds = ["credentials"]
[recipients.bank]
role = "processor"
receives = { invoices = [] }
[recipients.courier]
role = "controller"
receives = { orders = [] }
[recipients.tax_office]
role = "authority"
receives = { invoices = [] }
[recipients.statistics]
role = "processor"
receives = { orders = [] }
deidentified = "anonymised"
[rights.rectification]
channels = ["page"]
[rights.restriction]
channels = ["page"]
"""


@dataclass
class Connector:
    """A host's function; it may be down."""

    down: bool = False
    called: list[Notice] = field(default_factory=list)

    def __call__(self, notice: Notice) -> str:
        self.called.append(notice)
        if self.down:
            raise TimeoutError(f"no answer about {notice.address}")
        return "log 12"


@dataclass(frozen=True)
class Reaching(Shop):
    """The shop with connectors, files and sessions."""

    reached: Mapping[str, Callable[[Notice], str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def options(self) -> Mapping[str, object]:
        return {"connectors": self.reached}

    def files(self) -> Any:
        return self

    def open(self, label: str, column: str, name: str) -> BinaryIO:
        return BytesIO()

    def delete(self, label: str, column: str, name: str) -> None:
        if name == "locked.png":
            raise FilesError("the storage is down")
        self.gone.append(name)

    def forget_sessions(self, keys: Any) -> int:
        self.gone.extend(f"session {key}" for key in keys)
        return len(keys)


@pytest.fixture
def logs() -> Connector:
    """What erases from the logs."""
    return Connector()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: Connector) -> Reaching:
    """A shop with other places; users have a picture."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    users = replace(TABLES[0], columns=(*TABLES[0].columns, Column(name="picture", type="file")))
    monkeypatch.setattr(rights_kit, "TABLES", (users, *TABLES[1:]))
    monkeypatch.setitem(TAGS, "User", replace(TAGS["User"], rectifiable=("name",)))
    plain = shop(tmp_path, POLICY + PLACES)
    for number, row in enumerate(plain.rows["User"].rows):
        row["picture"] = ("anna.png", "shared.png")[number]
    return Reaching(tmp_path, databases=plain.databases, rows=plain.rows, reached={"logs": logs})


def carried(site: Shop, right: str = "erasure", address: str = ANNA, **details: Any) -> RightsRequest:
    """A request that was confirmed and carried out."""
    rights = site.guard().rights
    asked = Asked(right=right, address=address, language="en", channel="help_desk", details=Details(**details))
    rights.take(asked)
    found = rights.confirm(site.token())
    assert found
    return rights.carry_out(found[0].id).request


def targets(site: Shop, request: RightsRequest) -> dict[str, tuple[str, str, str]]:
    """Where a request's errands go: kind, hand and state."""
    errands = site.stores("default").errands.about(request.id)
    return {errand.target: (errand.kind, errand.hand, errand.state) for errand in errands}


def test_an_erasure_goes_to_every_place_and_recipient_that_it_concerns(site: Shop) -> None:
    """Places that say not what they hold, too; not authorities, nor who has nothing that leads to anybody."""
    assert targets(site, carried(site)) == {
        "mailbox": ("erase", "person", "open"),
        "logs": ("erase", "connector", "open"),
        "payments": ("erase", "person", "open"),
        "library": ("erase", "person", "open"),
        "courier": ("erase", "person", "open"),
        "guest": ("forward", "person", "open"),
        "sessions": ("session", "ours", "done"),
        "User.picture": ("file", "ours", "done"),
    }


def test_a_correction_concerns_those_who_have_what_is_corrected(site: Shop) -> None:
    """S19, Art. 19: the name is account data, which no recipient here gets; the notice holds the new value."""
    request = carried(site, "rectification", corrections={"User.name": "Ana"})
    assert set(targets(site, request)) == {"mailbox", "guest"}
    errand = site.stores("default").errands.about(request.id)[0]
    assert site.guard().errands.shown(errand).corrections == {"User.name": "Ana"}


def test_nobody_is_told_of_a_restriction_but_who_has_that_data(site: Shop) -> None:
    """And an objection is nobody else's to know."""
    request = carried(site, "restriction", categories=("orders",))
    assert set(targets(site, request)) == {"mailbox", "logs", "courier", "guest"}
    assert set(targets(site, carried(site, "objection"))) == {"guest"}


def test_a_connector_that_is_down_keeps_the_request_partial(site: Shop, logs: Connector) -> None:
    """S19: it is tried again after twice as long each time, and what it raised stands in no log and no record."""
    logs.down = True
    request = carried(site)
    site.answer()
    assert site.guard().errands.work().failed == 1
    assert site.guard().errands.work() == Worked(), "not due yet: nothing is tried"
    for minutes in (1, 2, 4):
        site.clock.tick(dt.timedelta(minutes=minutes))
        assert site.guard().errands.work().failed == 1
    site.guard().rights.resume()
    assert site.guard().rights.find(request.id).state == "partial"
    logs.down = False
    site.clock.tick(dt.timedelta(days=1))
    assert site.guard().errands.work().done == 1
    site.guard().rights.resume()
    assert site.guard().rights.find(request.id).state == "done"
    assert len({notice.id for notice in logs.called}) == 1, "the same errand, so that the other side knows it again"
    assert (logs.called[0].address, logs.called[0].people) == (ANNA, ("user:1", "lead:7"))
    assert ANNA not in repr(logs.called[0])


def test_an_errand_is_settled_once_with_a_name_and_a_proof(site: Shop) -> None:
    """What had to be known to do it is forgotten then; who did it stands with it, and not in the evidence."""
    request, errands = carried(site), site.guard().errands
    mailbox = next(each for each in errands.open(["person"]) if each.target == "mailbox")
    assert (errands.owner(mailbox), errands.shown(mailbox).address) == ("privacy@shop.example.com", ANNA)
    for by, proof in (("", "ticket 7"), ("Dana", " ")):
        with pytest.raises(ErrandError):
            errands.settle(mailbox.id, by, proof)
    done = errands.settle(mailbox.id, "Dana", "ticket 7")
    assert (done.state, done.by, done.proof) == ("done", "Dana", "ticket 7")
    assert errands.sealer.open(done.payload) == b""
    with pytest.raises(ErrandError):
        errands.settle(mailbox.id, "Dana", "ticket 7")
    with pytest.raises(ErrandError):
        errands.shown(done)
    entries = site.stores("default").entries.unsealed(None, 99)
    assert "Dana" not in "".join(entry.details for entry in entries)
    assert site.guard().rights.find(request.id).state == "partial"


def test_files_and_sessions_go_with_the_person(site: Reaching) -> None:
    """A file that another row names stays; so does one whose storage is down, until it is not."""
    site.rows["User"].rows[1]["picture"] = "anna.png"
    request = carried(site)
    assert site.gone == ["session 1"]
    proofs = {errand.kind: errand.proof for errand in site.stores("default").errands.about(request.id)}
    assert proofs["file"] == "left: rows that still name it: 1"
    site.rows["User"].rows[0]["picture"] = "locked.png"
    second = carried(site, address="ben@example.com")
    assert targets(site, second)["User.picture"] == ("file", "ours", "open")
    assert "User.picture" in site.guard().rights.find(second.id).outcome


def test_a_file_stays_that_a_row_of_another_table_names(site: Reaching, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its very name: one in other letters is another file."""
    orders = next(each for each in rights_kit.TABLES if each.label == "Order")
    others = (each for each in rights_kit.TABLES if each.label != "Order")
    filed = replace(orders, columns=(*orders.columns, Column(name="scan", type="file")))
    monkeypatch.setattr(rights_kit, "TABLES", (*others, filed))
    for row in site.rows["Order"].rows:
        row["scan"] = "ANNA.png" if row["user"] == 1 else "anna.png"
    site.rows["User"].rows[1]["picture"] = "Anna.png"
    request = carried(site)
    errands = site.stores("default").errands.about(request.id)
    proofs = {errand.target: errand.proof for errand in errands if errand.kind == "file"}
    assert proofs == {"User.picture": "left: rows that still name it: 1", "Order.scan": "deleted"}
    assert "ANNA.png" in site.gone


def test_a_connector_that_proves_nothing_has_done_nothing(tmp_path: Path, site: Reaching) -> None:
    """Nor has one that the settings do not name any more."""
    silent = replace(site, reached={"logs": lambda notice: ""})
    carried(silent)
    assert silent.guard().errands.work().failed == 1
    silent.clock.tick(dt.timedelta(days=1))
    unnamed = replace(silent, reached={})
    assert unnamed.guard().errands.work().failed == 1
