"""Registering, numbers, suspending and withdrawing; guardians and consent; what the gate reads of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Activity
from pointsys.core.activity_log.taking_part import refused_people
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.people import (
    gates,
    guardians,
    numbers,
    papers,
    personal,
    queries,
    roster,
    services,
)
from pointsys.plugins.volunteer.people.eligibility import ActivityTerms
from pointsys.plugins.volunteer.people.models import VolunteerConsent, VolunteerGuardian, VolunteerTraining
from pointsys.plugins.volunteer.policies.models import VolunteerPolicy
from tests.factories import at, make_account
from tests.plugins.volunteer.place import Place

TODAY = date(2026, 7, 10)
SATURDAY = date(2026, 7, 4)
CHILD = date(2012, 5, 1)
Ref = tuple[type[Any], int]


def do(act: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """One act in a transaction of its own; a (model, id) stands for that row. Returns the id of what was made."""
    with unit_of_work() as session:
        rows = [session.get_one(*arg) if isinstance(arg, tuple) else arg for arg in args]
        return getattr(act(session, *rows, **more), "id", None)


def refused(code: str, act: Callable[..., Any], *args: Any) -> None:
    with pytest.raises(Problem) as problem:
        do(act, *args)
    assert problem.value.code == code


def register(*people: int, actor: Actor = SYSTEM) -> list[str]:
    """Registers people; the codes of those who were refused."""
    with unit_of_work() as session:
        rows = [session.get_one(Person, one) for one in people]
        return [problem.code for _id, problem in services.register(session, rows, actor).refused]


def number_of(person: int) -> str:
    with read_scope() as session:
        return str(numbers.volunteer_no(session, person))


def state_of(person: int) -> str:
    with read_scope() as session:
        profile = services.profile_of(session, person)
        return str(profile.state) if profile else ""


def signed_in(session: Session, person: int) -> Actor:
    found = make_account(session, person=session.get(Person, person))
    return Actor(label=found.login, account_id=found.id, person_id=person)


def guardian_of(ward: int, person: int) -> Ref:
    made = do(guardians.add_guardian, (Person, ward), (Person, person), "mother", "户口簿", SYSTEM)
    return VolunteerGuardian, made


def on_paper(row: Ref, since: date = date(2026, 1, 1), until: date | None = None) -> Ref:
    made = do(guardians.give_consent, row, since, until, "paper", "同意书12号", SYSTEM)
    return VolunteerConsent, made


def test_numbers_are_given_once_and_stay_through_withdrawal_and_return(place: Place) -> None:
    first, second = place.person("甲"), place.person("乙")
    assert register(first, second, first) == []
    given = number_of(first)
    assert numbers.is_number(given)
    assert given.startswith("V2026")
    assert number_of(second) == numbers.written(2026, 2)
    assert register(first) == ["already_registered"]
    refused("reason_needed", services.suspend, (Person, first), " ", SYSTEM)
    do(services.suspend, (Person, first), "多次爽约", SYSTEM)
    assert register(first) == ["volunteer_suspended"]
    refused("bad_step", services.withdraw, (Person, first), "", SYSTEM)
    do(services.resume, (Person, first), SYSTEM)
    do(services.withdraw, (Person, first), "搬家", SYSTEM)
    assert (state_of(first), number_of(first)) == ("withdrawn", given)
    assert register(first) == []
    assert (state_of(first), number_of(first)) == ("active", given)
    with read_scope() as session:
        assert numbers.person_of_number(session, given.lower()) == first
        assert queries.numbers(session, place.areas["street"])["active"] == 2
        rows, total = queries.volunteers_page(session, place.areas["happy"], queries.Filters(given))
        assert (total, rows[0].person_id) == (1, first)
        assert queries.volunteers_page(session, place.areas["sunny"], queries.Filters())[1] == 0


def test_whoever_applies_is_registered_by_somebody_else(place: Place) -> None:
    person, child = place.person("甲"), place.person("小乙", birth_date=date(2021, 1, 1))
    do(services.apply, (Person, person), "会理发", SYSTEM)
    refused("already_registered", services.apply, (Person, person), "", SYSTEM)
    refused("too_young", services.apply, (Person, child), "", SYSTEM)
    with unit_of_work() as session:
        own = signed_in(session, person)
    assert register(person, actor=own) == ["own_matter"]
    refused("own_matter", services.refuse_application, (Person, person), "不", own)
    assert number_of(person) == ""
    do(services.refuse_application, (Person, person), "资料不全", SYSTEM)
    do(services.apply, (Person, person), "已补齐", SYSTEM)
    assert register(person) == []
    do(services.suspend, (Person, person), "调查中", SYSTEM)
    refused("own_matter", services.resume, (Person, person), own)
    assert state_of(person) == "suspended"


def test_a_minor_is_registered_once_a_guardian_agrees(place: Place) -> None:
    child, mother = place.person("小明", birth_date=CHILD), place.person("王芳", birth_date=date(1985, 1, 1))
    assert register(child) == ["consent_missing"]
    refused("paper_needed", guardians.add_guardian, (Person, child), (Person, mother), "mother", "", SYSTEM)
    refused(
        "same_person", guardians.add_guardian, (Person, child), (Person, child), "other", "户口簿", SYSTEM
    )
    refused(
        "not_a_minor", guardians.add_guardian, (Person, mother), (Person, child), "other", "户口簿", SYSTEM
    )
    other = place.person("小红", birth_date=date(2011, 1, 1))
    refused(
        "guardian_is_minor",
        guardians.add_guardian,
        (Person, child),
        (Person, other),
        "other",
        "户口簿",
        SYSTEM,
    )
    row = guardian_of(child, mother)
    refused(
        "guardian_known",
        guardians.add_guardian,
        (Person, child),
        (Person, mother),
        "mother",
        "户口簿",
        SYSTEM,
    )
    with unit_of_work() as session:
        own = signed_in(session, mother)
    refused("own_matter", guardians.give_consent, row, TODAY, None, "paper", "同意书", own)
    refused("not_the_guardian", guardians.give_consent, row, TODAY, None, "phone", "", SYSTEM)
    refused("day_in_past", guardians.give_consent, row, date(2026, 7, 9), None, "phone", "", own)
    refused("bad_period", guardians.give_consent, row, TODAY, date(2026, 7, 9), "phone", "", own)
    do(guardians.give_consent, row, TODAY, None, "phone", "", own)
    assert register(child) == []
    with read_scope() as session:
        assert [one.id for one in guardians.wards_of(session, [mother], TODAY)] == [child]
        assert guardians.wards_of(session, [mother], date(2030, 5, 1)) == []
        (link,) = guardians.ward_links(session, mother)
        assert (link.person.id, link.holds_on(TODAY), link.holds_on(date(2026, 7, 9))) == (child, True, False)


def test_withdrawn_consent_and_the_end_of_a_guardian_close_the_gate_from_then_on(place: Place) -> None:
    child, mother = place.person("小明", birth_date=CHILD), place.person("王芳")
    row = guardian_of(child, mother)
    consent = on_paper(row)
    now = current_site().now()

    def said(when: Any) -> list[str]:
        with read_scope() as session:
            found = gates.check(session, ActivityTerms(), [child, mother], when, when + timedelta(hours=2))
            return [found[one].code for one in sorted(found)]

    assert said(now + timedelta(days=1)) == []
    do(guardians.withdraw_consent, row, consent, SYSTEM)
    refused("consent_ended", guardians.withdraw_consent, row, consent, SYSTEM)
    assert said(now + timedelta(days=1)) == ["consent_withdrawn"]
    assert said(now - timedelta(days=1)) == []
    on_paper(row)
    assert said(now + timedelta(days=1)) == []
    do(guardians.end_guardian, row, SYSTEM)
    assert said(now + timedelta(days=1)) == ["consent_withdrawn"]
    assert said(now - timedelta(days=1)) == []


def test_the_gate_reads_insurance_of_people_and_activities_training_and_merged_rows(place: Place) -> None:
    person, other = (
        place.person("甲", birth_date=date(1990, 1, 1)),
        place.person("甲", birth_date=date(1990, 1, 1)),
    )
    place.serve(person, day=SATURDAY, planned=("09:00", "12:00"))
    with unit_of_work() as session:
        activity = session.query(Activity).one().id
        terms = ActivityTerms(
            activity, insurance_required=True, qualifications=frozenset({"急救"}), hazardous=True
        )

    def said(*people: int, last: str = "12:00") -> dict[int, str]:
        with read_scope() as session:
            found = gates.check(session, terms, people, at(SATURDAY, "09:00"), at(SATURDAY, last))
            return {one: problem.code for one, problem in found.items()}

    assert said(person) == {person: "not_insured"}
    own = papers.PolicyData("PA-1", SATURDAY, SATURDAY)
    do(papers.add_insurance, (Person, other), None, own, SYSTEM)
    assert said(person, other) == {person: "not_insured", other: "not_qualified"}
    do(papers.add_insurance, None, (Activity, activity), own, SYSTEM)
    assert said(person) == {person: "not_qualified"}
    course = papers.TrainingData("急救培训", CHILD, 480, "急救", SATURDAY)
    training = VolunteerTraining, do(papers.add_training, (Person, other), course, SYSTEM)
    assert said(person, other) == {person: "not_qualified"}
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, person), session.get_one(Person, other), SYSTEM)
    # What either row holds is the person's; each id is answered as it was asked.
    assert said(person, other) == {}
    register(person)
    do(services.suspend, (Person, person), "调查中", SYSTEM)
    assert said(other) == {other: "volunteer_suspended"}
    do(services.resume, (Person, person), SYSTEM)
    do(papers.void_training, training, place.areas["happy"], SYSTEM)
    assert said(other) == {other: "not_qualified"}
    for code, data in (
        ("policy_needed", papers.PolicyData(" ", SATURDAY, SATURDAY)),
        ("bad_period", papers.PolicyData("P", TODAY, SATURDAY)),
    ):
        refused(code, papers.add_insurance, (Person, person), None, data, SYSTEM)
    refused(
        "day_in_future",
        papers.add_training,
        (Person, person),
        papers.TrainingData("课", date(2026, 7, 11), 60),
        SYSTEM,
    )


def test_the_plugin_answers_the_core_who_may_attend(place: Place) -> None:
    child = place.person("小明", birth_date=CHILD)
    grown = place.person("甲")
    place.serve(grown, day=SATURDAY, planned=("09:00", "12:00"))
    with read_scope() as session:
        activity = session.query(Activity).one().id
        found = refused_people(session, activity, [child, grown], at(SATURDAY, "09:00"))
        assert {one: problem.code for one, problem in found.items()} == {child: "consent_missing"}


def test_numbers_elsewhere_are_one_persons_and_never_an_id_number(place: Place) -> None:
    first, second = place.person("甲"), place.person("乙")
    do(services.set_external, (Person, first), "national", "6501000001", SYSTEM)
    refused("external_id_taken", services.set_external, (Person, second), "national", "6501000001", SYSTEM)
    refused("bad_system", services.set_external, (Person, first), "moon", "1", SYSTEM)
    refused(
        "looks_like_id_number",
        services.set_external,
        (Person, first),
        "national",
        "990101199003070015",
        SYSTEM,
    )
    do(services.set_external, (Person, first), "national", "6501000002", SYSTEM)
    with unit_of_work() as session:
        assert queries.externals_of(session, [first]) == {"national": "6501000002"}
        register_words = personal.export(session, first, [first])["numbers_elsewhere"]
        assert register_words == [{"system": "national", "number": "6501000002"}]
        personal.erase(session, first, [first])
    do(services.set_external, (Person, second), "national", "6501000002", SYSTEM)


def test_a_roster_registers_volunteers_and_keeps_minors_as_applicants(place: Place) -> None:
    grown, child, other = place.person("甲"), place.person("小明", birth_date=CHILD), place.person("乙")
    with unit_of_work() as session:
        told = [(grown, {"volunteer": True}), (child, {"volunteer": True}), (other, {"volunteer": False})]
        roster.take(session, told, SYSTEM)
        roster.take(session, told, SYSTEM)
    assert [state_of(one) for one in (grown, child, other)] == ["active", "applicant", ""]
    assert [roster.parse_volunteer(cell) for cell in ("是", "√", "否", 0)] == [True, True, False, False]


def test_the_limits_of_age_are_those_of_the_areas_policy_on_that_day(place: Place) -> None:
    teen, mother = place.person("小明", birth_date=CHILD), place.person("王芳")
    on_paper(guardian_of(teen, mother))
    place.serve(mother, day=SATURDAY, planned=("09:00", "12:00"))
    with unit_of_work() as session:
        activity = session.query(Activity).one().id
        data = json.dumps({"accompanied_age": 15})
        session.add(
            VolunteerPolicy(
                area_id=place.areas["street"], version=1, valid_from=SATURDAY, title="从严", data=data, reason="",
                published_at=current_site().now(), published_by="test",
            )
        )  # fmt: skip

    def said(day: date) -> list[str]:
        with read_scope() as session:
            return [
                one.code for one in gates.may_attend(session, activity, [teen], at(day, "09:00")).values()
            ]

    assert said(SATURDAY) == ["guardian_absent"]
    assert said(SATURDAY - timedelta(days=1)) == []
