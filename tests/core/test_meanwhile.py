"""What somebody else did between reading and the lock counts: several writers at once are PostgreSQL's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pointsys.core.accounts import separation
from pointsys.core.activity_log.by_hand import record_by_hand
from pointsys.core.activity_log.second_person import LOCK
from pointsys.core.actors import SYSTEM
from pointsys.core.database import db
from pointsys.core.exports import services as exports
from pointsys.core.people import consent
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.services import PersonData, leave, update_person
from pointsys.core.permissions import SYSTEM_ADMIN
from pointsys.core.privacy import erasing, freezing, requests
from pointsys.core.privacy.deaths import record_death
from pointsys.core.privacy.models import PersonVault
from pointsys.core.site import Site, current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import MakeApp
from tests.factories import actor_of, make_account, make_draft, make_person, make_tree


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """SQLite has one writer at a time."""
    return str(request.param)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """Nothing here needs a page."""
    return make_app(web=False)


def elsewhere(statement: str, **values: object) -> list[object]:
    """A statement of another connection, committed at once; the first column of what it gives."""
    with db.engine.begin() as connection:
        result = connection.execute(text(statement), values)
        return [row[0] for row in result] if result.returns_rows else []


def test_nobody_is_frozen_or_erased_who_was_erased_while_one_waited(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        person = make_person(session, make_tree(session)["grid1"])
        person_id = person.id
    for close, why, code in (
        (freezing.freeze, erasing.LAW, "already_closed"),
        (erasing.erase, erasing.NOT_NEEDED, "already_erased"),
    ):
        elsewhere("UPDATE person SET closed = '' WHERE id = :id", id=person_id)
        with unit_of_work(drain=False) as session:
            person = session.get_one(type(person), person_id)
            elsewhere("UPDATE person SET closed = 'erased' WHERE id = :id", id=person_id)
            with pytest.raises(Problem) as refused:
                close(session, person, why, SYSTEM)
        assert refused.value.code == code
    with unit_of_work(drain=False) as session:
        assert session.scalar(select(PersonVault.person_id)) is None


def test_nothing_is_written_to_somebody_who_was_erased_while_one_typed(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        person = make_person(session, make_tree(session)["grid1"], "李桂兰")
        person_id, area_id = person.id, person.area_id
    acts: list[Callable[[Session, Person], object]] = [
        lambda session, person: update_person(
            session, person, PersonData("李桂兰", area_id, phone="13800138000"), SYSTEM
        ),
        lambda session, person: leave(session, person, current_site().today(), SYSTEM),
        lambda session, person: record_death(session, person, current_site().today(), SYSTEM),
        lambda session, person: consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM),
    ]
    for act in acts:
        elsewhere("UPDATE person SET closed = '' WHERE id = :id", id=person_id)
        with unit_of_work(drain=False) as session:
            person = session.get_one(Person, person_id)
            elsewhere("UPDATE person SET closed = 'erased' WHERE id = :id", id=person_id)
            with pytest.raises(Problem) as refused:
                act(session, person)
        assert refused.value.code == "person_closed"
    assert elsewhere("SELECT phone_sealed FROM person WHERE id = :id", id=person_id) == [None]


def test_a_request_that_was_answered_meanwhile_cannot_be_taken_back(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        person = make_person(session, make_tree(session)["grid1"])
        request = requests.ask(session, person, requests.ERASE, "", SYSTEM)
        request_id = request.id
    with unit_of_work(drain=False) as session:
        request = session.get_one(type(request), request_id)
        elsewhere("UPDATE privacy_request SET state = 'refused' WHERE id = :id", id=request_id)
        with pytest.raises(Problem) as refused:
            requests.withdraw(session, request, SYSTEM)
    assert refused.value.code == "not_open"


def test_an_export_that_was_refused_meanwhile_is_not_let_go(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        area = make_tree(session)["happy"]
        owner, other = (actor_of(make_account(session)) for _ in range(2))
        wanted = exports.Wanted("people.index", "Roster", area.id, {}, "xlsx", exports.SECOND_PERSON_FROM + 1)
        row = exports.order(session, wanted, "for the census", owner)
        row_id = row.id
    with unit_of_work(drain=False) as session:
        row = session.get_one(type(row), row_id)
        elsewhere("UPDATE export_file SET state = 'refused' WHERE id = :id", id=row_id)
        with pytest.raises(Problem) as refused:
            exports.decide(session, row, True, other)
    assert refused.value.code == "not_waiting"


def test_lists_of_one_recorder_wait_for_each_other(site: Site) -> None:
    """Or the halves of a long list, sent side by side, would each count as a short one."""
    taken = "SELECT pg_try_advisory_xact_lock(:space, :recorder)"
    with unit_of_work(drain=False) as session:
        area = make_tree(session)["happy"]
        person = make_person(session, area)
        account = make_account(session, "community_worker", area)
        session.flush()
        recorder = {"space": LOCK, "recorder": account.id}
        assert elsewhere(taken, **recorder) == [True]
        record_by_hand(session, area, [make_draft(session, area, person)], actor_of(account), "form")
        assert elsewhere(taken, **recorder) == [False]
    assert elsewhere(taken, **recorder) == [True]


def test_posts_for_two_accounts_of_one_human_being_wait_for_each_other(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        area = make_tree(session)["happy"]
        person = make_person(session, area)
        first = make_account(session, person=person)
        second = make_account(session)
        merged = make_person(session, area, "李桂兰")
        second.person_id = merged.id
        session.add(
            PersonAlias(
                merged_id=merged.id, kept_id=person.id, merged_at=current_site().now(), merged_by="test"
            )
        )
        first_id, second_id = first.id, second.id
    free = "SELECT id FROM account WHERE id IN (:first, :second) FOR UPDATE SKIP LOCKED"
    with unit_of_work(drain=False) as session:
        separation.check_grant(session, session.get_one(type(first), first_id), SYSTEM_ADMIN)
        assert elsewhere(free, first=first_id, second=second_id) == []
