"""Notices given, consent to stand on public rankings, and taking it back."""

from __future__ import annotations

from datetime import date

import pytest

from pointsys.core.actors import SYSTEM
from pointsys.core.people import consent
from pointsys.core.people.merging import merge_people
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.factories import make_person, make_tree


def test_s01_the_version_of_the_notice_is_kept_for_each_person(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], name) for name in ("张伟", "李娜")]
        first = consent.give(session, people[0], "notice", "2026-01", "paper", SYSTEM)
        again = consent.give(session, people[0], "notice", "2026-01", "paper", SYSTEM)
        assert again.id == first.id
        clock.advance(days=1)
        consent.give(session, people[0], "notice", "2026-07", "screen", SYSTEM)

        held = consent.current(session, [person.id for person in people])
        assert {
            person: {kind: row.version for kind, row in kinds.items()} for person, kinds in held.items()
        } == {people[0].id: {"notice": "2026-07"}}


def test_s03_nobody_is_ranked_in_public_without_saying_so_and_taking_it_back_works_at_once(
    site: Site,
) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], name) for name in ("张伟", "李娜")]
        ids = [person.id for person in people]
        consent.give(session, people[0], "notice", "1", "paper", SYSTEM)
        assert consent.ranking_opt_ins(session, ids) == set()
        consent.give(session, people[0], "ranking", "1", "paper", SYSTEM)
        assert consent.ranking_opt_ins(session, ids) == {ids[0]}

        assert consent.withdraw(session, people[0], "ranking", SYSTEM) == 1
        assert consent.withdraw(session, people[0], "ranking", SYSTEM) == 0
        assert consent.ranking_opt_ins(session, ids) == set()
        assert set(consent.current(session, ids)[ids[0]]) == {"notice"}


def test_consent_can_be_given_again_after_it_was_taken_back(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        person = make_person(session, make_tree(session)["grid1"])
        consent.give(session, person, "ranking", "1", "paper", SYSTEM)
        consent.withdraw(session, person, "ranking", SYSTEM)
        clock.advance(seconds=1)
        consent.give(session, person, "ranking", "1", "paper", SYSTEM)

        assert consent.ranking_opt_ins(session, [person.id]) == {person.id}


@pytest.mark.parametrize(
    ("born", "ranked"),
    [(date(2012, 7, 10), True), (date(2012, 7, 11), False), (date(2020, 1, 1), False), (None, True)],
)
def test_s06_children_under_fourteen_are_never_on_a_public_list(
    site: Site, born: date | None, ranked: bool
) -> None:
    with unit_of_work() as session:
        person = make_person(session, make_tree(session)["grid1"], birth_date=born)
        consent.give(session, person, "ranking", "1", "paper", SYSTEM)

        assert consent.ranking_opt_ins(session, [person.id]) == ({person.id} if ranked else set())


def test_s06_on_the_29th_of_february_ages_are_counted_too(site: Site, clock: FixedClock) -> None:
    clock.now = clock.now.replace(year=2028, month=2, day=29)
    with unit_of_work() as session:
        area = make_tree(session)["grid1"]
        for born, ranked in ((date(2014, 2, 28), True), (date(2014, 3, 1), False)):
            person = make_person(session, area, birth_date=born)
            consent.give(session, person, "ranking", "1", "paper", SYSTEM)
            assert consent.ranking_opt_ins(session, [person.id]) == ({person.id} if ranked else set())


def test_consent_and_its_withdrawal_belong_to_the_human_being_not_to_a_row(site: Site) -> None:
    with unit_of_work() as session:
        area = make_tree(session)["grid1"]
        kept, merged = make_person(session, area), make_person(session, area)
        consent.give(session, merged, "ranking", "1", "paper", SYSTEM)
        merge_people(session, kept, merged, SYSTEM)
        both = [kept.id, merged.id]
        assert consent.ranking_opt_ins(session, both) == set(both)

        assert consent.withdraw(session, kept, "ranking", SYSTEM) == 1
        assert consent.ranking_opt_ins(session, both) == set()


@pytest.mark.parametrize(
    ("kind", "version", "method", "code"),
    [
        ("marketing", "1", "paper", "unknown_consent"),
        ("notice", "", "paper", "bad_consent"),
        ("notice", "1" * 21, "paper", "bad_consent"),
        ("notice", "1", " ", "bad_consent"),
    ],
)
def test_unknown_kinds_and_blank_records_are_refused(
    site: Site, kind: str, version: str, method: str, code: str
) -> None:
    with unit_of_work() as session:
        person = make_person(session, make_tree(session)["grid1"])
        with pytest.raises(Problem) as caught:
            consent.give(session, person, kind, version, method, SYSTEM)
        assert caught.value.code == code
