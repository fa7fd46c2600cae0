"""A30 on every way in: chat list, sheet, token, correction, objection, notice, document; and who is told to confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from pointsys.core.activity_log.by_hand import record_by_hand, undo_recorded, why_not_at_once
from pointsys.core.activity_log.deciders import deciders
from pointsys.core.activity_log.decisions import decide, history
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import CONFIRMED, PENDING, VOIDED, Activity, Entry
from pointsys.core.activity_log.policy import LONG_DAY, LONG_LIST, NO_RIGHT, OFF, OWN, SECOND_PERSON
from pointsys.core.activity_log.record import record
from pointsys.core.activity_log.second_person import why_stored_wait
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.documents.services import issue
from pointsys.core.imports.roster import Participation, record_roster
from pointsys.core.objections import services as objections
from pointsys.core.objections.models import ANSWERED, UPHELD, Objection
from pointsys.core.objections.subjects import ENTRY, PUBLICITY
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.publicity import services as publicity
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.core.test_decisions import refused
from tests.core.test_publicity import NOTICE
from tests.factories import actor_of, make_account, make_draft, make_person, make_tree

DAY = date(2026, 7, 9)


@pytest.fixture
def engine_name() -> str:
    """Who may do what does not depend on the engine."""
    return "sqlite"


@dataclass
class Office:
    """A community with two workers; the first has a second account under another row of hers, merged."""

    session: Session
    area: Area
    row: Person
    other_row: Person
    worker: Actor
    again: Actor
    colleague: Actor

    def people(self, count: int) -> list[Person]:
        """New people of the community."""
        return [make_person(self.session, self.area, f"王小{n:02d}") for n in range(count)]

    def entry(self, person: Person, actor: Actor, **kwargs: object) -> Entry:
        """One entry of ``person``, waiting."""
        draft = make_draft(self.session, self.area, person, day=DAY, **kwargs)  # type: ignore[arg-type]
        (made,) = record(self.session, self.area, [draft], actor, "test")
        return self.session.get_one(Entry, made.entry_id)


@pytest.fixture
def office(site: Site) -> Iterator[Office]:
    """The community on 10 July 2026."""
    with unit_of_work(drain=False) as session:
        area = make_tree(session)["happy"]
        rows = [make_person(session, area, "赵一") for _ in range(2)]
        accounts = [
            make_account(session, "community_worker", area, person=rows[0], login="zhao"),
            make_account(session, "community_worker", area, person=rows[1], login="zhao2"),
            make_account(session, "community_worker", area, login="qian"),
        ]
        merge_people(session, rows[0], rows[1], SYSTEM)
        actors = [actor_of(account, "community_worker", area) for account in accounts]
        yield Office(session, area, rows[0], rows[1], actors[0], actors[1], actors[2])


def test_a30_on_a_chat_list_ones_own_name_makes_it_wait(office: Office) -> None:
    kind = kinds_for(office.session, office.area.id)["志愿服务"].id
    what = Participation(kind, "清扫", DAY, time(9), time(11))
    for row in (office.row, office.other_row):
        what = replace(what, title=f"{what.title}*")
        done = record_roster(office.session, office.area, [row.public_id], [], what, office.worker)
        assert (done.confirmed, done.by_hand and done.by_hand.why) == (False, (OWN,))
    names = [person.public_id for person in office.people(11)]
    assert not record_roster(office.session, office.area, names, [], what, office.colleague).confirmed


def test_a30_a_token_that_only_records_never_confirms_not_even_where_nothing_waits(office: Office) -> None:
    set_setting(office.session, office.area, SECOND_PERSON, OFF, SYSTEM)
    token = replace(office.worker, only=frozenset({"log.record", "log.import"}))
    drafts = [make_draft(office.session, office.area, office.people(1)[0], day=DAY)]

    assert why_not_at_once(office.session, office.area, drafts, token, imported=True) == (NO_RIGHT,)
    done = record_by_hand(office.session, office.area, drafts, token, "api")
    assert office.session.get_one(Entry, done.results[0].entry_id).status == PENDING
    assert why_not_at_once(office.session, office.area, drafts, office.worker, imported=True) == ()


def test_a30_taking_back_and_recording_anew_gives_no_second_day(office: Office, clock: FixedClock) -> None:
    people = office.people(20)
    first = [make_draft(office.session, office.area, person, day=DAY) for person in people[:10]]
    done = record_by_hand(office.session, office.area, first, office.worker, "form")
    activity = office.session.get_one(Entry, done.results[0].entry_id).activity_id
    public_id = office.session.get_one(Activity, activity).public_id
    undo_recorded(office.session, office.area.id, public_id, done.at, "undone", office.worker)

    clock.advance(seconds=5)
    second = [
        make_draft(office.session, office.area, person, day=DAY, title="植树") for person in people[10:]
    ]
    assert record_by_hand(office.session, office.area, second, office.worker, "form").confirmed
    third = record_by_hand(office.session, office.area, first, office.again, "form")
    assert (third.confirmed, third.why) == (False, (LONG_DAY,))


def test_a30_correcting_ones_own_entry_makes_it_wait_again(office: Office) -> None:
    entry = office.entry(office.row, office.colleague)
    decide(office.session, [entry.id], CONFIRMED, "", office.colleague)
    decide(office.session, [entry.id], VOIDED, "two hours more", office.again)
    longer = make_draft(office.session, office.area, office.other_row, day=DAY, end="13:00")

    assert record_by_hand(office.session, office.area, [longer], office.again, "form").why == (OWN,)
    assert why_not_at_once(office.session, office.area, [longer], office.colleague) == ()


def test_what_one_confirms_alone_is_not_written_down_as_a_second_persons_look(office: Office) -> None:
    entry = office.entry(office.people(1)[0], office.worker)
    decide(office.session, [entry.id], CONFIRMED, "", office.again)

    assert [change.second_person for change in history(office.session, entry)] == [False, False]


def _phoned(office: Office, subject_type: str, subject_id: str) -> Objection:
    return objections.take_objection(
        office.session, subject_type, subject_id, "少记了", "李大爷", office.worker
    )


@pytest.mark.parametrize("who", ["worker", "again"])
def test_a30_whoever_wrote_a_phoned_objection_down_does_not_answer_it(office: Office, who: str) -> None:
    entry = office.entry(office.people(1)[0], SYSTEM)
    objection = _phoned(office, ENTRY, entry.public_id)

    refused(
        "another_person_needed",
        lambda: objections.answer(office.session, objection, UPHELD, "属实", getattr(office, who)),
    )
    assert [one.login for one in objections.who_may_answer(office.session, objection)] == ["qian"]
    assert objections.answer(office.session, objection, UPHELD, "属实", office.colleague).state == ANSWERED


def test_a30_the_scribe_of_an_older_objection_is_known_by_name(office: Office) -> None:
    entry = office.entry(office.people(1)[0], SYSTEM)
    objection = _phoned(office, ENTRY, entry.public_id)
    office.session.expunge(objection)
    objection.taken_by_account = None

    refused(
        "another_person_needed", lambda: objections.check_may_answer(office.session, objection, office.worker)
    )
    assert [one.login for one in objections.who_may_answer(office.session, objection)] == ["qian"]


@pytest.mark.parametrize("part", ["recorded", "confirmed", "concerned"])
def test_a30_a_second_account_does_not_answer_for_what_the_first_one_did(office: Office, part: str) -> None:
    person = office.row if part == "concerned" else office.people(1)[0]
    entry = office.entry(person, office.worker if part == "recorded" else office.colleague)
    if part == "confirmed":
        decide(office.session, [entry.id], CONFIRMED, "", office.worker)
    objection = objections.take_objection(
        office.session, ENTRY, entry.public_id, "不对", "李大爷", Actor("grid", account_id=99)
    )
    refused(
        "another_person_needed",
        lambda: objections.answer(office.session, objection, UPHELD, "属实", office.again),
    )


@pytest.mark.usefixtures("site")
def test_a30_publisher_and_objector_do_not_confirm_a_notice(office: Office, clock: FixedClock) -> None:
    notice = publicity.publish(office.session, office.area, NOTICE, office.worker)
    third = actor_of(make_account(office.session, "community_worker", office.area, login="sun"))
    objection = objections.raise_objection(
        office.session, PUBLICITY, notice.public_id, "少了我", office.colleague
    )
    objections.answer(office.session, objection, "rejected", "名单无误", third)
    clock.advance(days=30)

    for who in (office.worker, office.again, office.colleague):
        refused(
            "another_person_needed",
            lambda who=who: publicity.confirm(office.session, notice, who),  # type: ignore[misc]
        )
    assert [one.login for one in publicity.who_may_confirm(office.session, notice)] == ["sun"]
    set_setting(office.session, office.area, SECOND_PERSON, OFF, SYSTEM)
    refused("another_person_needed", lambda: publicity.confirm(office.session, notice, office.colleague))
    assert publicity.confirm(office.session, notice, office.again).state == "confirmed"


def test_a30_nobody_issues_a_document_about_themselves_under_any_row(office: Office) -> None:
    def issued_to(person: Person, actor: Actor) -> Callable[[], object]:
        return lambda: issue(
            office.session, office.area, kind="test", series="ZM", title="证明", template="x.typ", snapshot={},
            actor=actor, person=person,
        )  # fmt: skip

    for person in (office.row, office.other_row):
        for actor in (office.worker, office.again):
            with pytest.raises(Problem, match="Somebody else has to issue"):
                issued_to(person, actor)()
    assert issued_to(office.row, office.colleague)()


def test_who_is_told_to_confirm_is_neither_recorder_nor_participant_under_any_account(office: Office) -> None:
    own = office.worker.account_id
    assert own is not None
    assert [one.login for one in deciders(office.session, office.area.id, but_accounts=[own])] == ["qian"]
    assert [one.login for one in deciders(office.session, office.area.id, but_people=[office.row.id])] == [
        "qian"
    ]
    everybody = deciders(office.session, office.area.id)
    assert [(one.login, one.shown) for one in everybody] == [
        ("qian", "qian"),
        ("zhao", "赵一"),
        ("zhao2", "赵一"),
    ]


def test_an_entry_on_record_says_why_it_waits(office: Office) -> None:
    own = office.entry(office.other_row, office.worker)
    assert why_stored_wait(office.session, own) == (OWN,)
    drafts = [
        make_draft(office.session, office.area, person, day=DAY, title="植树") for person in office.people(11)
    ]
    made = record(office.session, office.area, drafts, office.colleague, "form")
    entry = office.session.get_one(Entry, made[0].entry_id)
    assert why_stored_wait(office.session, entry) == (LONG_LIST, LONG_DAY)
    assert why_stored_wait(office.session, office.entry(office.row, SYSTEM, title="系统")) == ()
