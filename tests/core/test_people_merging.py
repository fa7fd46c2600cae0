"""Duplicates: suggested, merged as an alias, told apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.merging import mark_distinct, merge_people, suggest_duplicates, unmerge
from pointsys.core.people.models import Person, PersonDistinct
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import make_person, make_tree

MAN, WOMAN = "990101199003070015", "990101199003070023"
PHONE = "13800001234"
BORN = date(1990, 3, 7)


def _pairs(session: Session, area: Area, **kwargs: Any) -> list[tuple[frozenset[int], str]]:
    found = suggest_duplicates(session, area.id, **kwargs)
    return [(frozenset((pair.first.id, pair.second.id)), pair.reason) for pair in found]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"phone": PHONE}, {"phone": PHONE}, "phone_name"),
        ({"phone": PHONE}, {"phone": PHONE, "name": "王强"}, "phone"),
        ({"birth_date": BORN, "phone": PHONE}, {"id_number": MAN, "phone": "13900005678"}, "name_birth_date"),
        ({"phone": PHONE}, {}, "name_area"),
        ({}, {}, "name_area"),
        ({"phone": PHONE}, {"phone": "13900005678"}, None),
        ({"phone": PHONE, "id_number": MAN}, {"phone": PHONE, "id_number": WOMAN}, None),
        ({}, {"name": "王强"}, None),
        ({"birth_date": BORN}, {"birth_date": BORN, "name": "王强"}, None),
    ],
)
def test_who_may_be_one_person(
    site: Site, first: dict[str, Any], second: dict[str, Any], reason: str | None
) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], **values) for values in (first, second)]
        make_person(session, areas["grid1"], "李娜", phone="13700000000")

        expected = [(frozenset(person.id for person in people), reason)] if reason else []
        assert _pairs(session, areas["street"]) == expected


def test_a_name_alone_counts_inside_one_area_only_and_nothing_outside_the_subtree(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], phone=PHONE)
        make_person(session, areas["grid2"])
        make_person(session, areas["sunny"], phone=PHONE)

        assert _pairs(session, areas["happy"]) == []
        assert [reason for _, reason in _pairs(session, areas["street"])] == ["phone_name"]


def test_the_likeliest_come_first_and_no_more_than_asked_for(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        bare = [make_person(session, areas["grid2"], "李娜") for _ in range(3)]
        likely = [make_person(session, areas["grid1"], "张伟", phone=PHONE) for _ in range(2)]

        found = _pairs(session, areas["street"])
        assert found[0] == (frozenset(person.id for person in likely), "phone_name")
        assert len(found) == 1 + len(bare)
        assert _pairs(session, areas["street"], limit=2) == found[:2]


def test_people_found_different_or_merged_are_not_suggested_again(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], phone=PHONE) for _ in range(3)]
        mark_distinct(session, people[2], people[0], SYSTEM)
        mark_distinct(session, people[0], people[2], SYSTEM)
        left = {frozenset((people[0].id, people[1].id)), frozenset((people[1].id, people[2].id))}
        assert {pair for pair, _ in _pairs(session, areas["street"])} == left
        row = session.scalars(select(PersonDistinct)).one()
        assert (row.low_id, row.high_id) == (people[0].id, people[2].id)

        merge_people(session, people[0], people[1], SYSTEM)
        assert _pairs(session, areas["street"]) == []


def test_a_merge_is_an_alias_and_undone_without_a_trace_but_the_audit_rows(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        kept, merged = (make_person(session, areas["grid1"], phone=PHONE) for _ in range(2))
        merge_people(session, kept, merged, SYSTEM)
        assert canonical_ids(session, [kept.id, merged.id]) == {kept.id: kept.id, merged.id: kept.id}
        assert session.get(Person, merged.id) is not None

        unmerge(session, merged, SYSTEM)
        assert groups(session, [kept.id, merged.id]) == {kept.id: [kept.id], merged.id: [merged.id]}
        events = session.scalars(select(AuditRow.event).where(AuditRow.event.like("person.%merged"))).all()
        assert events == ["person.merged", "person.unmerged"]


def test_rows_merged_before_follow_to_the_new_kept_row(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        first, second, third = (make_person(session, areas["grid1"]) for _ in range(3))
        merge_people(session, second, third, SYSTEM)
        merge_people(session, first, second, SYSTEM)

        assert {key: sorted(rows) for key, rows in groups(session, [third.id]).items()} == {
            first.id: [first.id, second.id, third.id]
        }


def test_un_merging_takes_along_what_was_merged_into_that_row_and_nothing_else(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        kept, middle, leaf, other = (make_person(session, areas["grid1"], name) for name in "甲乙丙丁")
        merge_people(session, middle, leaf, SYSTEM)
        merge_people(session, kept, other, SYSTEM)
        merge_people(session, kept, middle, SYSTEM)
        unmerge(session, middle, SYSTEM)
        groups_now = {key: set(rows) for key, rows in groups(session, [kept.id, middle.id]).items()}
        assert groups_now == {kept.id: {kept.id, other.id}, middle.id: {middle.id, leaf.id}}


def test_merging_tells_the_plugins_and_is_undone_whole_when_one_refuses(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    def listen(name: str, **kwargs: Any) -> None:
        kwargs.pop("session")
        calls.append({"hook": name, **kwargs})
        if len(calls) == 3:
            raise ZeroDivisionError

    with unit_of_work() as session:
        areas = make_tree(session)
        ids = [make_person(session, areas["grid1"]).id for _ in range(2)]
    monkeypatch.setattr(site.host, "call_strict", listen)

    def both(session: Session) -> tuple[Person, Person]:
        return session.get_one(Person, ids[0]), session.get_one(Person, ids[1])

    with unit_of_work() as session:
        kept, merged = both(session)
        merge_people(session, kept, merged, SYSTEM)
        unmerge(session, merged, SYSTEM)
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:
        merge_people(session, *both(session), SYSTEM)

    assert calls[:2] == [{"hook": "merge_people", "kept": ids[0], "merged": ids[1]}] * 2
    with unit_of_work() as session:
        assert canonical_ids(session, ids) == {number: number for number in ids}


def test_what_cannot_be_merged_says_why(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        man = make_person(session, areas["grid1"], id_number=MAN)
        woman = make_person(session, areas["grid1"], id_number=WOMAN)
        bare, other = (make_person(session, areas["grid1"]) for _ in range(2))
        merge_people(session, man, bare, SYSTEM)
        merge_people(session, other, woman, SYSTEM)

        for kept, merged, code in (
            (man, man, "same_person"),
            (bare, other, "already_merged"),
            (other, bare, "already_merged"),
            (man, other, "different_id_numbers"),
        ):
            with pytest.raises(Problem) as caught:
                merge_people(session, kept, merged, SYSTEM)
            assert caught.value.code == code
            assert str(caught.value)
        with pytest.raises(Problem) as caught:
            unmerge(session, man, SYSTEM)
        assert caught.value.code == "not_merged"
        with pytest.raises(Problem) as caught:
            mark_distinct(session, man, bare, SYSTEM)
        assert caught.value.code == "same_person"


def test_merging_after_all_forgets_that_they_were_found_different(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        first, second = (make_person(session, areas["grid1"]) for _ in range(2))
        mark_distinct(session, first, second, SYSTEM)
        merge_people(session, second, first, SYSTEM)

        assert session.scalars(select(PersonDistinct)).all() == []


def test_nobody_merges_or_unmerges_their_own_person(site: Site) -> None:
    with unit_of_work() as session:
        area = make_tree(session)["grid1"]
        own, row, namesake, stranger = (make_person(session, area, "张伟") for _ in range(4))
        merge_people(session, own, row, SYSTEM)
        # The account stands at a row that was merged: every row of that human being is their own.
        oneself = Actor("zhang.wei", account_id=1, person_id=row.id)
        colleague = Actor("li.na", account_id=2, person_id=stranger.id)

        for kept, merged in ((own, namesake), (namesake, own)):
            with pytest.raises(Problem) as caught:
                merge_people(session, kept, merged, oneself)
            assert caught.value.code == "own_person"
        with pytest.raises(Problem) as caught:
            unmerge(session, row, oneself)
        assert caught.value.code == "own_person"
        assert groups(session, [own.id]) == {own.id: [own.id, row.id]}

        merge_people(session, own, namesake, colleague)
        unmerge(session, namesake, colleague)
