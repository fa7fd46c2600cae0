"""Objections: who may raise one, who must not answer it, its clock over holidays, and that one answer wins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, VOIDED, Decision, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor, Grant, operator
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.objections import services
from pointsys.core.objections.models import ANSWERED, OPEN, REJECTED, UPHELD, WITHDRAWN, Objection
from pointsys.core.objections.subjects import ENTRY, PUBLICITY, Subject, SubjectKind
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.publicity import services as publicity
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.core.test_decisions import refused
from tests.core.test_publicity import NOTICE
from tests.factories import make_draft, make_person, make_tree

# Rules alone: what is tried does not depend on the engine.
ON_ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"])


@dataclass
class Case:
    """An entry of a grid's resident, recorded and confirmed by two, and a notice posted by a third."""

    session: Session
    areas: dict[str, Area]
    person: Person
    entry: Entry
    notice: str

    def actor(self, name: str) -> Actor:
        """One of those who have to do with it; "other" has nothing to do with it."""
        numbers = {"recorder": 1, "confirmer": 2, "publisher": 3, "other": 4, "member": 5}
        person = {"beneficiary": self.person.id, "member": self.person.id}.get(name)
        role = "member" if name == "member" else "community_worker"
        grant = Grant(role, self.areas["happy"].id)
        return Actor(name, account_id=numbers.get(name, 9), person_id=person, grants=(grant,))

    def object(self, text: str = "少记了一小时") -> Objection:
        """The member's objection to their entry."""
        return services.raise_objection(self.session, ENTRY, self.entry.public_id, text, self.actor("member"))

    def object_to_notice(self, actor: Actor | None = None) -> Objection:
        """Somebody's objection to the notice."""
        who = actor or self.actor("member")
        return services.raise_objection(self.session, PUBLICITY, self.notice, "少了我", who)


@pytest.fixture
def case(site: Site) -> Iterator[Case]:
    """The case on Friday, 10 July 2026."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        made = Case(session, areas, person, Entry(), "")
        draft = make_draft(session, areas["happy"], person)
        ids = record(session, areas["happy"], [draft], made.actor("recorder"), "test")
        decide(session, [ids[0].entry_id], CONFIRMED, "", made.actor("confirmer"))
        made.entry = session.get_one(Entry, ids[0].entry_id)
        posted = publicity.publish(session, areas["happy"], NOTICE, made.actor("publisher"))
        made.notice = posted.public_id
        yield made


def test_an_objection_starts_its_clock_in_working_days(case: Case) -> None:
    objection = case.object()

    assert (objection.state, objection.area_id) == (OPEN, case.areas["happy"].id)
    # Seven working days after Friday, 10 July.
    assert objection.due_on == date(2026, 7, 21)
    assert objection.title == "清洁家园 2026-07-01"
    assert objection.person_id == case.person.id


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    ("raised", "days", "due"),
    [
        ("2025-09-26T10:00", 7, date(2025, 10, 13)),
        ("2026-02-13T10:00", 3, date(2026, 2, 25)),
        ("2026-07-10T23:59", 1, date(2026, 7, 13)),
        ("2026-12-30T10:00", 3, date(2027, 1, 4)),
    ],
)
def test_the_deadline_is_computed_over_holidays(
    case: Case, clock: FixedClock, raised: str, days: int, due: date
) -> None:
    set_setting(case.session, case.areas["street"], services.DAYS, days, SYSTEM)
    clock.now = datetime.fromisoformat(f"{raised}+08:00").astimezone(UTC)

    assert case.object().due_on == due


@ON_ONE_ENGINE
@pytest.mark.parametrize("days", ["7", 0, 61, None, True])
def test_a_setting_that_is_no_number_of_days_is_passed_over(case: Case, days: object) -> None:
    set_setting(case.session, case.areas["street"], services.DAYS, days, SYSTEM)
    assert case.object().due_on == date(2026, 7, 21)


def test_one_s_own_entry_only_and_a_merged_row_is_one_s_own(case: Case) -> None:
    other = make_person(case.session, case.areas["grid1"], "李四")
    stranger = Actor("li.si", account_id=7, person_id=other.id)
    entry = case.entry.public_id
    for actor in (stranger, case.actor("other"), Actor("nobody")):
        refused(
            "not_yours",
            lambda actor=actor: services.raise_objection(case.session, ENTRY, entry, "x", actor),  # type: ignore[misc]
        )
    merge_people(case.session, other, case.person, SYSTEM)
    objection = services.raise_objection(case.session, ENTRY, entry, "是我的", stranger)
    assert [o.public_id for o in services.of_person(case.session, [other.id])] == [objection.public_id]


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    ("kind", "subject"), [("entry", "zzzz"), ("publicity", "zzzz"), ("nothing.such", "x")]
)
def test_what_does_not_exist_looks_like_what_is_not_one_s_own(case: Case, kind: str, subject: str) -> None:
    refused(
        "not_yours",
        lambda: services.raise_objection(case.session, kind, subject, "x", case.actor("member")),
    )


def test_words_are_needed_and_not_too_many(case: Case) -> None:
    refused("reason_needed", lambda: case.object(" \u3000"))
    refused("too_long_text", lambda: case.object("长" * 1001))


def test_an_entry_has_one_open_objection_at_a_time(case: Case) -> None:
    first = case.object()
    refused("already_open", case.object)

    services.answer(case.session, first, REJECTED, "签到表上没有", case.actor("other"))

    assert case.object("签到表漏了我").state == OPEN
    assert len(services.of_subject(case.session, ENTRY, case.entry.public_id)) == 2


def test_a_notice_takes_one_from_each_and_any_number_by_telephone(case: Case) -> None:
    case.object_to_notice()
    refused("already_open", case.object_to_notice)
    assert case.object_to_notice(Actor("li.si", account_id=7)).state == OPEN
    for caller in ("王建国", "王建国"):
        taken = services.take_objection(
            case.session, PUBLICITY, case.notice, "第3行不对", caller, case.actor("publisher")
        )
        assert (taken.raised_by, taken.taken_by, taken.raised_by_account) == ("phone:王*", "publisher", None)
    assert services.open_in(case.session, case.areas["street"].id) == 4


def test_a_caller_has_a_name_of_which_one_character_is_kept(case: Case) -> None:
    refused(
        "name_needed",
        lambda: services.take_objection(
            case.session, PUBLICITY, case.notice, "不对", " ", case.actor("publisher")
        ),
    )


def test_a_notice_is_objected_to_until_the_end_of_its_last_day(case: Case, clock: FixedClock) -> None:
    clock.now = datetime(2026, 7, 17, 15, 59, tzinfo=UTC)
    assert case.object_to_notice().state == OPEN
    clock.now = datetime(2026, 7, 17, 16, 0, tzinfo=UTC)
    refused("too_late", lambda: case.object_to_notice(Actor("li.si", account_id=7)))


def test_a_notice_that_was_withdrawn_is_not_objected_to(case: Case) -> None:
    posted = publicity.notice_below(case.session, case.areas["happy"].id, case.notice)
    assert posted is not None
    publicity.withdraw(case.session, posted, publicity.MISTAKE, "错", case.actor("publisher"))
    refused("too_late", case.object_to_notice)


# Four eyes: subject, who answers, whether they may.
MATRIX = [
    ("entry", "recorder", False),
    ("entry", "confirmer", False),
    ("entry", "beneficiary", False),
    ("entry", "member", False),
    ("entry", "publisher", True),
    ("entry", "other", True),
    ("publicity", "publisher", False),
    ("publicity", "member", False),
    ("publicity", "beneficiary", False),
    ("publicity", "recorder", True),
    ("publicity", "other", True),
]


@ON_ONE_ENGINE
@pytest.mark.parametrize(("subject", "answerer", "allowed"), MATRIX)
def test_whoever_had_a_part_in_it_does_not_answer(
    case: Case, subject: str, answerer: str, allowed: bool
) -> None:
    objection = case.object() if subject == "entry" else case.object_to_notice()

    def act() -> Objection:
        return services.answer(case.session, objection, REJECTED, "已核对", case.actor(answerer))

    if allowed:
        assert act().answered_by == answerer
    else:
        refused("another_person_needed", act)
        assert objection.state == OPEN


def test_one_s_own_account_does_not_answer_what_it_raised(case: Case) -> None:
    staff = case.actor("other")
    objection = case.object_to_notice(staff)
    refused("another_person_needed", lambda: services.answer(case.session, objection, UPHELD, "对", staff))


def test_being_listed_under_another_row_does_not_help(case: Case) -> None:
    objection = case.object()
    twin = make_person(case.session, case.areas["grid1"], "张伟")
    merge_people(case.session, twin, case.person, SYSTEM)
    oneself = Actor("twin", account_id=20, person_id=twin.id)
    refused("another_person_needed", lambda: services.answer(case.session, objection, UPHELD, "对", oneself))


def test_who_rejected_an_entry_does_not_answer_either(case: Case) -> None:
    draft = make_draft(case.session, case.areas["happy"], case.person, title="植树")
    (made,) = record(case.session, case.areas["happy"], [draft], case.actor("recorder"), "test")
    decide(case.session, [made.entry_id], "rejected", "没来", case.actor("confirmer"))
    entry = case.session.get_one(Entry, made.entry_id)
    objection = services.raise_objection(case.session, ENTRY, entry.public_id, "我来了", case.actor("member"))
    refused(
        "another_person_needed",
        lambda: services.answer(case.session, objection, UPHELD, "对", case.actor("confirmer")),
    )


def test_the_operator_of_the_machine_may_answer(case: Case) -> None:
    answered = services.answer(case.session, case.object(), UPHELD, "属实", operator())
    assert answered.answered_by.startswith("operator:")


def test_an_answer_says_who_in_what_role_and_when(case: Case, clock: FixedClock) -> None:
    objection = case.object()
    clock.advance(hours=3)
    services.answer(case.session, objection, "partly", "多记半小时", case.actor("other"))

    assert (objection.state, objection.outcome) == (ANSWERED, "partly")
    assert (objection.answered_by, objection.answered_role) == ("other", "community_worker")
    assert objection.answered_at == clock.now
    refused(
        "already_answered",
        lambda: services.answer(case.session, objection, REJECTED, "再答", case.actor("other")),
    )
    refused("already_answered", lambda: services.withdraw(case.session, objection, case.actor("member")))


def test_an_answer_has_an_outcome_and_words(case: Case) -> None:
    objection = case.object()
    other = case.actor("other")
    refused("unknown_outcome", lambda: services.answer(case.session, objection, "yes", "好", other))
    refused("reason_needed", lambda: services.answer(case.session, objection, UPHELD, " ", other))


def test_an_upheld_objection_voids_its_entry_in_the_same_act(case: Case) -> None:
    services.answer(case.session, case.object(), UPHELD, "记错了人", case.actor("other"), void=True)

    assert case.session.get_one(Entry, case.entry.id, populate_existing=True).status == VOIDED
    last = case.session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    assert (last.outcome, last.reason, last.actor) == (VOIDED, "记错了人", "other")


@ON_ONE_ENGINE
@pytest.mark.parametrize(("subject", "outcome"), [("entry", REJECTED), ("publicity", UPHELD)])
def test_nothing_else_is_voided_with_an_answer(case: Case, subject: str, outcome: str) -> None:
    objection = case.object() if subject == "entry" else case.object_to_notice()
    refused(
        "void_needs_upheld",
        lambda: services.answer(case.session, objection, outcome, "x", case.actor("other"), void=True),
    )
    assert case.entry.status == CONFIRMED


def test_one_takes_back_one_s_own_and_nobody_else_s(case: Case) -> None:
    objection = case.object()
    refused("not_yours", lambda: services.withdraw(case.session, objection, case.actor("other")))
    assert services.withdraw(case.session, objection, case.actor("member")).state == WITHDRAWN
    assert services.open_in(case.session, case.areas["street"].id) == 0


def test_the_clock_counts_an_area_and_what_lies_below_it(case: Case, clock: FixedClock) -> None:
    objection = case.object()
    counts = services.clock_in(case.session, case.areas["street"].id)
    assert (counts.open, counts.overdue) == (1, 0)
    assert services.open_in(case.session, case.areas["sunny"].id) == 0
    assert services.open_in(case.session, case.areas["grid1"].id) == 0

    clock.now = datetime(2026, 7, 21, 15, 0, tzinfo=UTC)
    assert services.clock_in(case.session, case.areas["happy"].id).overdue == 0
    clock.advance(hours=2)
    assert services.clock_in(case.session, case.areas["happy"].id).overdue == 1
    rows, total = services.list_objections(case.session, case.areas["happy"].id, state="overdue")
    assert (total, rows[0].overdue, rows[0].person) == (1, True, case.person.name)
    assert services.objection_below(case.session, case.areas["sunny"].id, objection.public_id) is None


def test_open_ones_come_first_and_the_most_urgent_on_top(case: Case, clock: FixedClock) -> None:
    answered = case.object()
    services.answer(case.session, answered, REJECTED, "无误", case.actor("other"))
    clock.advance(days=3)
    late = case.object_to_notice()
    case.session.flush()
    clock.advance(days=-3)
    urgent = case.object("再看看")

    rows, _total = services.list_objections(case.session, case.areas["street"].id)
    assert [row.objection.public_id for row in rows] == [
        urgent.public_id, late.public_id, answered.public_id,
    ]  # fmt: skip


def test_one_s_own_are_those_one_raised_and_those_that_concern_one(case: Case) -> None:
    about_me = case.object()
    by_me = case.object_to_notice(case.actor("other"))

    def ids(actor: Actor) -> list[str]:
        return [objection.public_id for objection in services.mine(case.session, actor)]

    assert ids(case.actor("member")) == [about_me.public_id]
    assert ids(case.actor("other")) == [by_me.public_id]
    assert ids(Actor("anonymous")) == []


def test_each_act_leaves_its_row_in_the_audit_log(case: Case) -> None:
    objection = case.object()
    services.answer(case.session, objection, UPHELD, "属实", case.actor("other"))
    services.withdraw(case.session, case.object_to_notice(), case.actor("member"))

    events = select(AuditRow.event, AuditRow.actor).where(AuditRow.object_type == "objection")
    assert [tuple(row) for row in case.session.execute(events.order_by(AuditRow.id))] == [
        ("objection.raised", "member"),
        ("objection.answered", "other"),
        ("objection.raised", "member"),
        ("objection.withdrawn", "member"),
    ]


def test_a_plugin_s_own_things_can_be_objected_to(make_app: MakeApp) -> None:
    def find(session: Session, public_id: str) -> Subject | None:
        area_id = session.scalars(select(Area.id).order_by(Area.id)).first() or 0
        return Subject("评分", area_id, None, accounts=frozenset({4})) if public_id == "score" else None

    kind = SubjectKind("demo.score", "Score", find)
    app = make_app(host=demo_host(make_plugin("demo", derive=None, objection_subjects=(kind,))), web=False)
    with app.app_context(), unit_of_work(drain=False) as session:
        make_tree(session)
        raiser, scorer = Actor("a", account_id=1), Actor("b", account_id=4)
        objection = services.raise_objection(session, "demo.score", "score", "算错了", raiser)
        refused("another_person_needed", lambda: services.answer(session, objection, UPHELD, "对", scorer))
        assert services.answer(session, objection, UPHELD, "对", Actor("c", account_id=5)).title == "评分"
        refused("not_yours", lambda: services.raise_objection(session, "demo.score", "other", "x", raiser))


def test_of_parallel_answers_one_wins(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        draft = make_draft(session, areas["happy"], person)
        (made,) = record(session, areas["happy"], [draft], SYSTEM, "test", confirm=True)
        entry = session.get_one(Entry, made.entry_id).public_id
        member = Actor("m", account_id=100, person_id=person.id)
        objection_id = services.raise_objection(session, ENTRY, entry, "少了", member).id
        assert session.scalar(select(func.count()).select_from(Account)) == 0
    gate = Barrier(4)

    def answer(number: int) -> str:
        with app.app_context():
            gate.wait(30)
            try:
                with unit_of_work(drain=False) as session:
                    found = session.get_one(Objection, objection_id)
                    actor = Actor(f"staff{number}", account_id=number)
                    services.answer(session, found, UPHELD, f"第{number}人", actor, void=True)
            except Problem as problem:
                return problem.code
            return "answered"

    with ThreadPoolExecutor(4) as pool:
        results = [future.result(60) for future in [pool.submit(answer, n) for n in range(1, 5)]]

    assert sorted(results) == ["already_answered"] * 3 + ["answered"]
    with app.app_context(), read_scope() as session:
        winner = results.index("answered") + 1
        assert session.get_one(Objection, objection_id).answer == f"第{winner}人"
        voids = select(func.count()).select_from(Decision).where(Decision.outcome == VOIDED)
        assert session.scalar(voids) == 1
