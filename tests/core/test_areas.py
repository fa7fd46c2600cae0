"""The tree of areas: its closure, its codes, and lists of areas that are pasted in."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.codes import LEVELS, check_code, level_of, official_parent
from pointsys.core.areas.models import Area, AreaClosure, ancestors, subtree
from pointsys.core.areas.services import (
    children_of,
    close_area,
    create_area,
    find_area,
    import_areas,
    next_grid_code,
    parse_lines,
    path_of,
    rename_area,
    renamed_code,
    reopen_area,
)
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import HAPPY, STREET, SUNNY, make_tree


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("990000000000", "province", None),
        ("990100000000", "city", "990000000000"),
        ("990101000000", "county", "990100000000"),
        ("990101001000", "subdistrict", "990101000000"),
        ("990101001001", "community", "990101001000"),
        ("990101001001001", "grid", "990101001001"),
        ("100000000000", "province", None),
        ("990101000001", "community", "990101000000"),
    ],
)
def test_level_and_parent_are_told_by_the_code(code: str, level: str, parent: str | None) -> None:
    assert (level_of(code), official_parent(code)) == (level, parent)


@given(st.from_regex(r"[1-9][0-9]{11}([0-9]{3})?", fullmatch=True))
def test_going_up_from_any_code_ends_at_a_province_through_wider_levels(code: str) -> None:
    seen = [level_of(code)]
    while (parent := official_parent(code)) is not None:
        code = parent
        seen.append(level_of(code))

    assert seen[-1] == "province"
    ranks = [LEVELS.index(level) for level in seen]
    assert ranks == sorted(set(ranks), reverse=True)


@pytest.mark.parametrize(
    "code", ["", "9901", "99010100100", "001234567890", "99010100100a", "９９０１０１００１０００"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(Problem) as caught:
        check_code(code)
    assert caught.value.code == "bad_area_code"


def test_blanks_in_a_code_do_not_matter() -> None:
    assert check_code(" 990101 001 000 ") == "990101001000"


class _Undo(Exception):
    pass


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.integers(min_value=0, max_value=999), min_size=1, max_size=9))
def test_the_closure_is_what_walking_up_from_each_area_finds(site: Site, picks: list[int]) -> None:
    with suppress(_Undo), unit_of_work() as session:
        areas = [create_area(session, "990000000000", "root", None, SYSTEM)]
        for number, pick in enumerate(picks, start=1):
            parent = areas[pick % len(areas)]
            areas.append(create_area(session, f"9901{number:08d}", f"area {number}", parent, SYSTEM))
        up = {area.id: area.parent_id for area in areas}
        walks = {area.id: _walk(up, area.id) for area in areas}
        rows = session.execute(select(AreaClosure.ancestor_id, AreaClosure.descendant_id, AreaClosure.depth))

        assert {tuple(row) for row in rows} == {
            (above, area_id, depth) for area_id, walk in walks.items() for depth, above in enumerate(walk)
        }
        for area in areas:
            assert set(session.scalars(ancestors(area.id))) == set(walks[area.id])
            assert set(session.scalars(subtree(area.id))) == {
                low for low, walk in walks.items() if area.id in walk
            }
            assert [a.id for a in path_of(session, area)] == walks[area.id][::-1]
        raise _Undo


def _walk(up: dict[int, int | None], area_id: int | None) -> list[int]:
    walk = []
    while area_id is not None:
        walk.append(area_id)
        area_id = up[area_id]
    return walk


def test_a_second_root_and_a_second_use_of_a_code_are_refused(site: Site) -> None:
    with unit_of_work() as session:
        street = create_area(session, STREET, "平安街道", None, SYSTEM)
        with pytest.raises(Problem) as second_root:
            create_area(session, "990101002000", "安宁街道", None, SYSTEM)
        with pytest.raises(Problem) as taken:
            create_area(session, STREET, "平安街道", street, SYSTEM)

        assert (second_root.value.code, taken.value.code) == ("root_exists", "area_exists")


@pytest.mark.parametrize("name", ["", "   ", "街" * 101])
def test_an_area_needs_a_name_of_bearable_length(site: Site, name: str) -> None:
    with unit_of_work() as session, pytest.raises(Problem) as caught:
        create_area(session, STREET, name, None, SYSTEM)
    assert (caught.value.code, caught.value.field) == ("bad_area_name", "name")


def test_a_renamed_code_leads_to_the_new_one_and_back_again(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        rename_area(session, areas["happy"], "幸福里社区", SYSTEM, code="990101001009")

        assert find_area(session, HAPPY) is None
        assert renamed_code(session, HAPPY) == "990101001009"
        assert areas["happy"].name == "幸福里社区"
        assert set(session.scalars(subtree(areas["happy"].id))) == {
            areas[key].id for key in ("happy", "grid1", "grid2")
        }

        rename_area(session, areas["happy"], "幸福社区", SYSTEM, code=HAPPY)
        found = find_area(session, HAPPY)
        assert found is not None
        assert found.id == areas["happy"].id
        assert renamed_code(session, "990101001009") == HAPPY


def test_a_code_in_use_cannot_be_taken_by_renaming(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        with pytest.raises(Problem) as caught:
            rename_area(session, areas["happy"], "幸福社区", SYSTEM, code=SUNNY)
        assert caught.value.code == "area_exists"


def test_an_area_closes_after_those_below_it_and_takes_nothing_new(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        with pytest.raises(Problem) as root:
            close_area(session, areas["street"], SYSTEM)
        with pytest.raises(Problem) as occupied:
            close_area(session, areas["happy"], SYSTEM)
        close_area(session, areas["sunny"], SYSTEM)
        with pytest.raises(Problem) as closed:
            create_area(session, SUNNY + "001", "第1网格", areas["sunny"], SYSTEM)

        assert [p.value.code for p in (root, occupied, closed)] == [
            "root_stays",
            "area_has_children",
            "area_closed",
        ]
        assert areas["sunny"].closed_on == date(2026, 7, 10)
        assert [area.code for area in children_of(session, areas["street"].id)] == [HAPPY]
        assert [area.code for area in children_of(session, areas["street"].id, closed=True)] == [HAPPY, SUNNY]

        reopen_area(session, areas["sunny"], SYSTEM)
        assert len(children_of(session, areas["street"].id)) == 2


def test_grid_codes_count_on_from_the_last_one(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)

        assert next_grid_code(session, areas["happy"]) == HAPPY + "003"
        assert next_grid_code(session, areas["sunny"]) == SUNNY + "001"
        create_area(session, SUNNY + "999", "最后", areas["sunny"], SYSTEM)
        with pytest.raises(Problem) as caught:
            next_grid_code(session, areas["sunny"])
        assert caught.value.code == "too_many_grids"


PASTED = """代码\t名称
990101001001003\t第3网格
990101001003\t和平社区

990101001003001，和平一格，990101001003
990101001001 幸福花园社区
"""


def test_a_pasted_list_adds_renames_and_leaves_alone(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        counts = import_areas(session, areas["street"], parse_lines(PASTED), SYSTEM)
        again = import_areas(session, areas["street"], parse_lines(PASTED), SYSTEM)

        assert counts == (3, 1, 0)
        assert again == (0, 0, 4)
        assert areas["happy"].name == "幸福花园社区"
        grid = find_area(session, "990101001003001")
        assert grid is not None
        assert [area.name for area in path_of(session, grid)] == ["平安街道", "和平社区", "和平一格"]


def test_a_level_that_the_list_leaves_out_is_skipped(site: Site) -> None:
    with unit_of_work() as session:
        county = create_area(session, "990101000000", "县", None, SYSTEM)
        import_areas(session, county, parse_lines("990101001001 幸福社区"), SYSTEM)
        community = find_area(session, "990101001001")

        assert community is not None
        assert community.parent_id == county.id


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("990101001003 和平社区\n99010100 错", "bad_area_code", "line 2"),
        ("990202001001 外地社区", "unknown_parent", "line 1"),
        ("990101001003 和平社区 990101009000", "unknown_parent", "line 1"),
    ],
)
def test_a_fault_in_a_pasted_list_names_its_line(site: Site, text: str, code: str, line: str) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        with pytest.raises(Problem) as caught:
            import_areas(session, areas["street"], parse_lines(text), SYSTEM)

        assert (caught.value.code, caught.value.field) == (code, line)


def test_a_list_cannot_touch_what_lies_outside_its_root(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        with pytest.raises(Problem) as caught:
            import_areas(session, areas["happy"], parse_lines(f"{SUNNY} 新名"), SYSTEM)

        assert caught.value.code == "area_exists"
        assert session.get_one(Area, areas["sunny"].id).name == "阳光社区"
