"""Looking people up."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.people import search
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.people.search import PeopleFilters, search_people
from pointsys.core.people.services import leave
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import make_person, make_tree

MAN = "990101199003070015"


def _names(session: Session, area: Area, query: str = "", **kwargs: object) -> list[str]:
    return [person.name for person in search_people(session, area.id, query, **kwargs).rows]  # type: ignore[arg-type]


QUERIES: tuple[tuple[str, list[str]], ...] = (
    ("", ["曾庆红", "单晓明", "John Smith", "阿依古丽·买买提"]),
    ("庆", ["曾庆红"]),
    ("晓 明", ["单晓明"]),
    ("zengqing", ["曾庆红"]),
    ("ZQH", ["曾庆红"]),
    ("ceng", ["曾庆红"]),
    ("shan", ["单晓明"]),
    ("danx", ["单晓明"]),
    ("dxm", ["单晓明"]),
    ("xiaoming", []),
    ("古丽买", ["阿依古丽·买买提"]),
    ("古丽•买", ["阿依古丽·买买提"]),
    ("maimai", ["阿依古丽·买买提"]),
    ("smith", ["John Smith"]),
    ("MITH", ["John Smith"]),
    ("john s", ["John Smith"]),
    ("%", []),
    ("_", []),
    ("\\", []),
    ("·", []),
    ("' OR 1=1 --", []),
    ("张" * 500, []),
    ("138 0000 1234", ["单晓明"]),
    ("1380000123", []),
    ("13800001235", []),
    (MAN, ["曾庆红"]),
    (MAN[:17], []),
    ("9901 0119 9003 0700 15", ["曾庆红"]),
)


def test_people_are_found_by_what_staff_type(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], "曾庆红", id_number=MAN)
        make_person(session, areas["grid2"], "单晓明", phone="13800001234")
        make_person(session, areas["happy"], "John Smith")
        make_person(session, areas["happy"], "阿依古丽·买买提")
        for query, found in QUERIES:
            assert sorted(_names(session, areas["street"], query)) == sorted(found), query


def test_u03_all_readings_of_a_surname_match(site: Site) -> None:
    readings = {"曾": ("zeng", "ceng"), "单": ("shan", "dan"), "查": ("zha", "cha"), "仇": ("qiu", "chou"),
                "解": ("xie", "jie")}  # fmt: skip
    with unit_of_work() as session:
        areas = make_tree(session)
        for surname in readings:
            make_person(session, areas["grid1"], f"{surname}明")
        for surname, spellings in readings.items():
            for spelling in spellings:
                assert _names(session, areas["street"], f"{spelling}ming") == [f"{surname}明"]


def test_u03_the_last_four_digits_count_inside_one_community_only(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], "张伟", phone="13800001234")
        make_person(session, areas["grid2"], "李娜", phone="13912341235")
        make_person(session, areas["sunny"], "王强", phone="13700001234")

        assert _names(session, areas["happy"], "1234") == ["张伟"]
        assert _names(session, areas["grid2"], "1234") == []
        assert _names(session, areas["street"], "1234") == []
        narrowed = PeopleFilters(area_code=areas["sunny"].code)
        assert _names(session, areas["street"], "1234", filters=narrowed) == ["王强"]


def test_only_the_subtree_is_searched_whatever_the_filter_says(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"], "张伟", phone="13800001234")
        make_person(session, areas["sunny"], "张伟强", phone="13900005678")

        assert _names(session, areas["happy"]) == ["张伟"]
        assert _names(session, areas["happy"], "13900005678") == []
        for code in (areas["sunny"].code, areas["street"].code, "nonsense", "%"):
            assert search_people(session, areas["happy"].id, filters=PeopleFilters(area_code=code)).total == 0
        inside = PeopleFilters(area_code=areas["grid1"].code)
        assert _names(session, areas["street"], filters=inside) == ["张伟"]


def test_filters_narrow_the_list(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        man = make_person(session, areas["grid1"], "张伟", id_number=MAN)
        make_person(session, areas["grid1"], "李娜", sex="female", phone="13800001234")
        leave(session, man, site.today(), SYSTEM)
        for filters, found in (
            (PeopleFilters(sex="male"), ["张伟"]),
            (PeopleFilters(has_phone=True), ["李娜"]),
            (PeopleFilters(has_phone=False), ["张伟"]),
            (PeopleFilters(has_id_number=True), ["张伟"]),
            (PeopleFilters(left=True), ["张伟"]),
            (PeopleFilters(left=False), ["李娜"]),
            (PeopleFilters(sex="male", has_phone=True), []),
        ):
            assert _names(session, areas["street"], filters=filters) == found


def test_pages_follow_each_other_without_gap_or_repetition(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        for number in range(7):
            make_person(session, areas["grid1" if number % 2 else "sunny"], "安伟" if number < 4 else "安琪")
        street = areas["street"].id
        # However the rows are got at, they are the same.
        for look_up, query in product((0, 1, 10**9), ("", "an")):
            monkeypatch.setattr(search, "_LOOK_UP", look_up)
            pages = [search_people(session, street, query, page=page, size=3) for page in (1, 2, 3, 4)]
            seen = [person for page in pages for person in page.rows]

            assert [len(page.rows) for page in pages] == [3, 3, 1, 0]
            assert {page.total for page in pages} == {7}
            assert len({person.id for person in seen}) == 7
            assert [person.name for person in seen] == ["安琪"] * 3 + ["安伟"] * 4
            assert search_people(session, street, query, size=7, sort="-name").rows == seen[::-1]
            newest = search_people(session, street, query, size=7, sort="-created").rows
            assert [person.id for person in newest] == sorted((person.id for person in seen), reverse=True)


def test_the_first_page_of_a_wide_area_is_read_in_order_and_not_sorted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's planner chooses by its own statistics")
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seen.append((statement, parameters))

    monkeypatch.setattr(search, "_SORT", 10**9)
    with unit_of_work() as session:
        areas = make_tree(session)
        make_person(session, areas["grid1"])
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            search_people(session, areas["street"].id)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        statement, parameters = seen[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [str(row[3]) for row in plan]

    assert steps[0].endswith("USING INDEX ix_person_sort_key")
    assert not any("TEMP B-TREE" in step for step in steps)


def test_only_listed_orders_are_taken(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        for sort in ("", "phone_index", "name; DROP TABLE person", "id"):
            with pytest.raises(Problem) as caught:
                search_people(session, areas["street"].id, sort=sort)
            assert caught.value.code == "bad_sort"


def test_a_merged_row_is_not_listed_but_leads_to_the_person_kept(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        kept = make_person(session, areas["grid1"], "张伟")
        merged = make_person(session, areas["grid1"], "张炜", phone="13800001234", id_number=MAN)
        merge_people(session, kept, merged, SYSTEM)

        for query in ("", "zhangwei", "13800001234", MAN, "1234"):
            page = search_people(session, areas["happy"].id, query)
            assert ([person.id for person in page.rows], page.total) == ([kept.id], 1), query
        assert search_people(session, areas["happy"].id, "炜").total == 0


def test_an_unreadable_phone_does_not_break_a_search_by_its_last_digits(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        broken = make_person(session, areas["grid1"], "张伟", phone="13800001234")
        make_person(session, areas["grid1"], "李娜", phone="13900001234")
        broken.phone_sealed = b"\x00\x01" + bytes(40)
        session.flush()

        assert _names(session, areas["happy"], "1234") == ["李娜"]


@pytest.mark.parametrize(("query", "budget"), [("", 3), ("zhang", 4), ("13800000001", 4), ("0001", 5)])
def test_a_page_costs_the_same_number_of_statements_for_many_people_as_for_few(
    site: Site, query: str, budget: int
) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        session.expire_all()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert search_people(session, happy, query).rows
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    with unit_of_work() as session:
        areas = make_tree(session)
        happy = areas["happy"].id
        make_person(session, areas["grid1"], "张伟", phone="13800000001")
        few = statements()
        for number in range(30):
            make_person(session, areas["grid1"], "张伟", phone=f"1390{number:03d}0001")

        assert statements() == few <= budget
        assert isinstance(search_people(session, happy).rows[0], Person)
