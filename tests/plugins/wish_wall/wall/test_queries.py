"""The queries of the board, the list and the walls, on each engine: windows, orders and settings inside statements."""

from __future__ import annotations

from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.finding import on_the_wall
from pointsys.plugins.wish_wall.settings import SHARED
from pointsys.plugins.wish_wall.wall import reading, staff
from tests.browsers import World

from .conftest import Wall
from .hanging import hang


def test_both_engines_answer_the_same(app: Flask, world: World, wall: Wall) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        hang(session, world.areas["sunny"], world.person_ids["sunny"], 20, title="隔壁社区", priority=1)
        hang(session, world.areas["sunny"], world.person_ids["sunny"], 21, title="搬走了", state="submitted")
    with app.app_context(), read_scope() as session:
        street, grid = (session.get_one(Area, world.areas[name]) for name in ("street", "grid1"))
        found = staff.board(session, street.id, staff.StaffFilters(), most=2)
        # What was put first comes first, then what has waited longest; the newest of what is done.
        assert [[row.number for row in column.rows] for column in found] == [[1, 21], [20, 2], [5], [6], [7]]
        assert [column.total for column in found] == [2, 4, 1, 1, 1]
        assert found[3].rows[0].delivered == 1
        rows, total = staff.wishes_page(session, street.id, staff.StaffFilters(), "-code", limit=3, offset=3)
        assert ([row.number for row in rows], total) == ([8, 7, 6], 11)
        named, _total = staff.wishes_page(session, street.id, staff.StaffFilters("孙阳"), "name", limit=9)
        assert [row.number for row in named] == [20, 21]
        everybody = reading.wall_page(session, on_the_wall(grid), reading.WallFilters(), limit=9)[0]
        assert [line.number for line in everybody] == [20, 2, 3, 4]
        # A grid is told by its community.
        assert everybody[1].area == "幸福社区"


def test_a_community_may_keep_its_wall_to_itself(app: Flask, world: World, wall: Wall) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        hang(session, world.areas["sunny"], world.person_ids["sunny"], 20)
        set_setting(session, session.get_one(Area, world.areas["street"]), SHARED, False, SYSTEM)
    with app.app_context(), read_scope() as session:
        happy = session.get_one(Area, world.areas["happy"])
        lines, _total = reading.wall_page(session, on_the_wall(happy), reading.WallFilters(), limit=9)
        assert [line.number for line in lines] == [2, 3, 4]
