"""The carrying out of plans: batches with their checkpoint, kills at every boundary, what stays for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.plan import execution as module
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import Execution, RunError
from consentguard.plan.steps import Found, Plan, Step
from consentguard.records import Hold, Mark, Run, Selection, SubjectRef
from consentguard.testing.clock import FrozenClock
from tests.core.neutral import policy, table

POLICY = policy(
    subjects={"user": {}},
    categories={
        "account": {},
        "notes": {},
        "invoices": {"retention": {"from": "issued", "at_least": "P5Y"}},
    },
)
TABLES = (
    table("User", "id:key! email:email! name"),
    table("Note", "id:key! user:key! text", "user>User"),
    table("Paper", "id:key! user:key! scan:file", "user>User"),
    table("Invoice", "id:key! user:key! total issued:datetime!", "user>User"),
)
TAGS = {
    "User": Tag(category="account", subjects={"user": "self"}),
    "Note": Tag(category="notes", subjects={"user": "user"}),
    "Paper": Tag(category="notes", subjects={"user": "user"}),
    "Invoice": Tag(category="invoices", subjects={"user": "user"}, anchors={"issued": "issued"}),
}
MAP = DataMap.build(TABLES, TAGS, POLICY)
ME = Found(subject="user", root="User", keys=("12",))


class Killed(BaseException):
    """The process ended here: nothing after it runs."""


class Plain:
    """Stands for the keyring in tests of what is not sealing."""

    def seal(self, plaintext: bytes) -> bytes:
        return plaintext

    def open(self, sealed: bytes) -> bytes:
        return sealed

    def of(self, subject: SubjectRef) -> str:
        return f"pseudonym of {subject}"

    def of_address(self, address: str) -> str:
        return f"pseudonym of {address}"

    def after_erasure(self, subjects: Sequence[SubjectRef]) -> None:
        """No keys."""

    def record(self, act: str, subject: str = "", **details: object) -> None:
        """No evidence."""


class Site:
    """Tables in memory, a clock, and the execution of plans over them."""

    def __init__(self, notes: int = 25) -> None:
        self.clock = FrozenClock()
        issued = self.clock.now() - dt.timedelta(days=365)
        self.tables = {
            "User": MemoryTable(
                rows=[{"id": 12, "email": "ada@x.org", "name": "Ada"}, {"id": 13, "email": "b@x.org", "name": "Ben"}]
            ),
            "Note": MemoryTable(
                rows=[{"id": number, "user": 12 if number < notes else 13, "text": "t"} for number in range(notes + 3)],
                to={"user": "User"},
                required=frozenset({"user"}),
            ),
            "Paper": MemoryTable(
                rows=[{"id": 1, "user": 12, "scan": "a.pdf"}], to={"user": "User"}, required=frozenset({"user"})
            ),
            "Invoice": MemoryTable(
                rows=[{"id": 1, "user": 12, "total": "9", "issued": issued}],
                to={"user": "User"},
                required=frozenset({"user"}),
            ),
        }
        self.stores = MemoryStores(tables=self.tables)
        plain = Plain()
        self.execution = Execution(
            data_map=MAP,
            stores=self.stores,
            witness=plain,  # type: ignore[arg-type]
            pseudonyms=plain,
            sealer=plain,
            errands=plain,
            archived=plain,
            shredder=plain,
            clock=self.clock,
            sleep=lambda seconds: None,
        )

    def plan(self) -> Plan:
        """The erasure of the user as it would be now."""
        exceptions = Exceptions(data_map=MAP, holds=self.stores.holds.in_force(), now=self.clock.now())
        return erasure(MAP, [ME], self.stores.dataset.count, exceptions)

    def start(self) -> Run:
        """A run of it."""
        with self.stores.transactions.atomic():
            return self.execution.start("erasure", "request", self.plan())

    def rows(self) -> dict[str, list[object]]:
        """The primary keys that are left, by table."""
        return {label: [row["id"] for row in table.rows] for label, table in self.tables.items()}

    def hold(self, **covers: object) -> None:
        """Place a legal hold."""
        now = self.clock.now()
        hold = Hold(id="1", reason="a claim", author="counsel", placed_at=now, review_on=now.date(), **covers)  # type: ignore[arg-type]
        self.stores.holds.place(hold)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of ten rows."""
    monkeypatch.setattr(module, "FIRST", 10)
    monkeypatch.setattr(module, "FEWEST", 10)
    monkeypatch.setattr(module, "MOST", 10)


def test_everything_that_may_go_goes_and_what_stays_is_named() -> None:
    """An invoice within its least time stays, with its user's row emptied; the run waits for it."""
    site = Site()
    ended = site.execution.carry_on(site.start())
    assert site.rows() == {"User": [12, 13], "Note": [25, 26, 27], "Paper": [], "Invoice": [1]}
    assert site.tables["User"].rows[0] == {"id": 12, "email": None, "name": None}
    assert ended.state == "open"
    left = {each.label: (each.rows, each.ground, each.until) for each in site.execution.left(ended)}
    issued = site.tables["Invoice"].rows[0]["issued"]
    assert isinstance(issued, dt.datetime)
    assert left["Invoice"] == (1, "law", issued.replace(year=issued.year + 5).date())


def test_what_a_least_time_kept_goes_by_itself_once_it_is_over() -> None:
    """No new request is needed: the run that is open is carried on."""
    site = Site()
    waiting = site.execution.carry_on(site.start())
    site.clock.tick(dt.timedelta(days=366 * 5))
    done = site.execution.carry_on(waiting)
    assert (done.state, done.plan, site.rows()["Invoice"], site.rows()["User"]) == ("done", b"", [], [13])


def test_a_hold_that_comes_in_between_stops_the_very_next_batch() -> None:
    """Holds are asked for inside each transaction, and a release lets the run end."""
    site, seen = Site(), list[int]()

    def place(_step: Step, rows: int) -> None:
        seen.append(rows)
        if len(seen) == 2:
            site.hold(label="Note", keys=("24",))

    site.clock.tick(dt.timedelta(days=366 * 5))
    waiting = site.execution.carry_on(site.start(), progress=place)
    assert site.rows() == {"User": [12, 13], "Note": [24, 25, 26, 27], "Paper": [], "Invoice": []}
    assert {(each.label, each.ground) for each in site.execution.left(waiting)} == {
        ("Note", "held"),
        ("User", "referred"),
    }
    site.stores.holds.release("1", site.clock.now(), "counsel")
    assert site.execution.carry_on(waiting).state == "done"
    assert site.rows() == {"User": [13], "Note": [25, 26, 27], "Paper": [], "Invoice": []}


def test_a_held_row_goes_when_the_hold_is_released() -> None:
    """The run that waits for it is carried on, and takes its parent along."""
    site = Site()
    site.hold(label="Note", keys=("3",))
    site.clock.tick(dt.timedelta(days=366 * 5))
    waiting = site.execution.carry_on(site.start())
    assert (waiting.state, 3 in site.rows()["Note"]) == ("open", True)
    assert {(each.label, each.ground) for each in site.execution.left(waiting)} >= {("Note", "held")}
    site.stores.holds.release("1", site.clock.now(), "counsel")
    assert site.execution.carry_on(waiting).state == "done"
    assert site.rows() == {"User": [13], "Note": [25, 26, 27], "Paper": [], "Invoice": []}


def test_a_release_lets_go_what_no_law_keeps_besides() -> None:
    """The person's row stays for the invoice, without what is personal, and goes with it."""
    site = Site()
    site.hold(subject=SubjectRef("user", "12"))
    waiting = site.execution.carry_on(site.start())
    assert site.rows() == Site().rows()
    site.stores.holds.release("1", site.clock.now(), "counsel")
    waiting = site.execution.carry_on(waiting)
    assert site.rows() == {"User": [12, 13], "Note": [25, 26, 27], "Paper": [], "Invoice": [1]}
    assert site.tables["User"].rows[0] == {"id": 12, "email": None, "name": None}
    site.clock.tick(dt.timedelta(days=366 * 5))
    assert (site.execution.carry_on(waiting).state, site.rows()["User"], site.rows()["Invoice"]) == ("done", [13], [])


@contextmanager
def killed_at(site: Site, number: int) -> Iterator[None]:
    """The process dies right before or after its so many-th write to the table of runs."""
    runs, calls = site.stores.runs, iter(range(10_000))
    advance: Callable[[Run, Run], bool] = runs.advance

    def dying(run: Run, was: Run) -> bool:
        if next(calls) == number:
            raise Killed
        return advance(run, was)

    runs.advance = dying  # type: ignore[method-assign]
    try:
        yield
    finally:
        runs.advance = advance  # type: ignore[method-assign]


@pytest.mark.parametrize("number", range(12))
def test_a_kill_at_any_boundary_loses_nothing(number: int) -> None:
    """What a batch did and how far it is are one transaction: the next worker does the rest, and nothing twice."""
    site, untouched = Site(), Site()
    expected = untouched.execution.carry_on(untouched.start())
    run = site.start()
    with killed_at(site, number), suppress(Killed):
        site.execution.carry_on(run)
    [again] = site.stores.runs.open("erasure")
    ended = site.execution.carry_on(again)
    assert (site.rows(), ended.counts, ended.state) == (untouched.rows(), expected.counts, expected.state)


def test_only_one_worker_carries_a_run_on() -> None:
    """Whoever comes with an older state of the run is refused, and does nothing."""
    site = Site()
    run = site.start()
    site.execution.carry_on(run)
    before = site.rows()
    with pytest.raises(RunError):
        site.execution.carry_on(run)
    assert site.rows() == before


def test_a_small_plan_is_done_as_a_whole_or_not_at_all() -> None:
    """Steps share a transaction as long as there is room in it."""
    site = Site(notes=3)
    run = site.start()
    with killed_at(site, 1), pytest.raises(Killed):
        site.execution.carry_on(run)
    assert site.rows() == Site(notes=3).rows()


def test_files_of_rows_that_go_are_noted_with_them() -> None:
    """In the same transaction, so that none is forgotten when the process ends before it is deleted."""
    site = Site()
    site.execution.carry_on(site.start())
    [errand] = site.stores.errands.about("request")
    assert (errand.kind, errand.target, errand.payload) == (
        "file",
        "Paper.scan",
        b'{"label":"Paper","column":"scan","name":"a.pdf"}',
    )


def test_archived_rows_leave_their_table_and_stay_sealed_under_whom_they_are_about() -> None:
    """What is archived can be found for the person, and goes with them."""
    site = Site()
    step = Step(action="archive", selection=Selection(label="Note", whole=True), ground="due")
    with site.stores.transactions.atomic():
        run = site.execution.start("retention", "", Plan(steps=(step,), whole=(step,)))
    assert site.execution.carry_on(run).state == "done"
    assert site.rows()["Note"] == []
    rows = site.stores.archive.of("pseudonym of user:13")
    assert sorted(row.content for row in rows) == [
        f'{{"id":{number},"user":13,"text":"t"}}'.encode() for number in (25, 26, 27)
    ]


def test_a_row_that_comes_after_its_step_goes_too() -> None:
    """And keeps nobody's row from going."""
    site = Site()
    site.clock.tick(dt.timedelta(days=366 * 5))

    def write(step: Step, _rows: int, late: list[int] = [-1]) -> None:  # noqa: B006 - once in all
        if step.label == "Note" and late:
            site.tables["Note"].rows.append({"id": late.pop(), "user": 12, "text": "late"})

    assert site.execution.carry_on(site.start(), progress=write).state == "done"
    assert (site.rows()["User"], -1 in site.rows()["Note"]) == ([13], False)


def test_whoever_got_the_key_of_a_row_that_stayed_is_left_alone() -> None:
    """Years later a key alone says nothing about whose row it is."""
    site = Site()
    waiting = site.execution.carry_on(site.start())
    issued = site.clock.now()
    site.tables["Invoice"].rows[:] = [{"id": 1, "user": 13, "total": "7", "issued": issued}]
    site.tables["User"].rows[0].update(email="carla@x.org", name="Carla")
    site.clock.tick(dt.timedelta(days=366 * 5))
    assert site.execution.carry_on(waiting).state == "done"
    assert (site.rows()["User"], site.rows()["Invoice"]) == ([12, 13], [1])


def test_what_is_kept_beside_rows_of_somebody_held_stays() -> None:
    """Marks, and the second factor of an account that lives on."""
    site = Site()
    mark = Mark(id="m", kind="restriction", at=site.clock.now(), subject=SubjectRef("user", "12"))
    site.stores.marks.add(mark)
    site.hold(subject=SubjectRef("user", "12"))
    waiting = site.execution.carry_on(site.start())
    assert [each.id for each in site.stores.marks.of(SubjectRef("user", "12"))] == ["m"]
    site.stores.holds.release("1", site.clock.now(), "counsel")
    site.clock.tick(dt.timedelta(days=366 * 5))
    assert site.execution.carry_on(waiting).state == "done"
    assert site.stores.marks.of(SubjectRef("user", "12")) == []
