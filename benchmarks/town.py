"""A site full of people: one city, its districts down to the grids, everybody with a phone to be found by."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core import schema
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.database import db, new_public_id, table_of
from pointsys.core.figures.people import recount_people
from pointsys.core.imports.runner import refresh_statistics
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import PersonData, check_person, membership_row, person_row
from pointsys.core.site import current_site
from pointsys.core.startup import start_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.spreadsheet import OutColumn, write_xlsx

NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
ROOT = "990100000000"
PEOPLE_PER_GRID = 60
GRIDS_PER_COMMUNITY = 12
COMMUNITIES_PER_STREET = 20
STREETS_PER_COUNTY = 6
KINDS = ("志愿服务", "环境整治", "政策宣讲", "矛盾调解", "居民议事会")
TITLES = ("日期", "活动名称", "活动类型", "姓名", "手机号码", "开始时间", "结束时间")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = ["".join(pair) for pair in product("建国秀英志强丽娟海燕文博雨欣子涵", "华明芳军平静伟杰玲敏")]
PART = 10_000


@dataclass(frozen=True)
class Someone:
    """Name and phone of the n-th person; the same for filling and for writing sheets."""

    name: str
    phone: str


def someone(number: int) -> Someone:
    """The n-th person."""
    name = SURNAMES[number % len(SURNAMES)] + GIVEN[number // len(SURNAMES) % len(GIVEN)]
    return Someone(name, f"13{number:09d}")


def open_site(home: Path, url: str, *, web: bool = False) -> Flask:
    """The application of the site, its clock standing still, without pages if not told otherwise."""
    config = Config(home=home, database_url=url, allow_plain_http=True)
    return create_app(config, clock=lambda: NOW, web=web)


def fill(home: Path, url: str, people: int) -> dict[str, float]:
    """Make a site with ``people``; returns how many areas there are."""
    app = open_site(home, url)
    with app.app_context():
        schema.upgrade(db.engine)
        areas = fill_town(people)
        db.engine.dispose()
    return {"areas": areas}


def fill_town(people: int) -> int:
    """Fill the present, empty site; returns how many areas there are."""
    with unit_of_work(drain=False) as session:
        root = start_site(session, ROOT, "测试市", SYSTEM)
        grids = _areas(session, root, people)
    site = current_site()
    for first in range(0, people, PART):
        with unit_of_work(drain=False) as session:
            rows = []
            for number in range(first, min(first + PART, people)):
                who = someone(number)
                data = PersonData(who.name, grids[number // PEOPLE_PER_GRID], phone=who.phone)
                checked = check_person(data, today=site.today())
                rows.append(person_row(checked, site.keyring, new_public_id(), site.now()))
            session.execute(insert(table_of(Person)), rows)
    with unit_of_work(drain=False) as session:
        members = session.execute(select(Person.id, Person.area_id)).all()
        for first in range(0, people, PART):
            part = [membership_row(p, a, date(2020, 1, 1)) for p, a in members[first : first + PART]]
            session.execute(insert(table_of(PersonArea)), part)
        recount_people(session)
        refresh_statistics(session)
        return session.scalar(select(func.count()).select_from(Area)) or 0


def _areas(session: Session, root: Area, people: int) -> list[int]:
    """Ids of the grids that so many people need."""
    grids: list[int] = []
    county = street = community = root
    for number in range(-(-people // PEOPLE_PER_GRID)):
        place, grid = divmod(number, GRIDS_PER_COMMUNITY)
        block, index = divmod(place, COMMUNITIES_PER_STREET)
        district, part = divmod(block, STREETS_PER_COUNTY)
        if grid == 0 and index == 0:
            if part == 0:
                code = f"9901{district + 1:02d}000000"
                county = create_area(session, code, f"第{district + 1}区", root, SYSTEM)
            code = f"{county.code[:6]}{part + 1:03d}000"
            street = create_area(session, code, f"第{block + 1}街道", county, SYSTEM)
        if grid == 0:
            code = f"{street.code[:9]}{index + 1:03d}"
            community = create_area(session, code, f"第{place + 1}社区", street, SYSTEM)
        code = f"{community.code}{grid + 1:03d}"
        grids.append(create_area(session, code, f"第{grid + 1}网格", community, SYSTEM).id)
    return grids


def sheet_rows(rows: int, people: int, day: date) -> Iterator[tuple[str, ...]]:
    """Rows of an activity sheet: everybody in turn, forty to an activity."""
    for number in range(rows):
        who = someone(number * 7919 % people)
        kind = KINDS[number // 40 % len(KINDS)]
        yield (day.isoformat(), f"活动{number // 40}", kind, who.name, who.phone, "09:00", "11:30")


def write_sheet(path: Path, rows: int, people: int, day: date) -> None:
    """Write the sheet as .csv or .xlsx, as the name says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(TITLES)
            writer.writerows(sheet_rows(rows, people, day))
    else:
        write_xlsx(path, [OutColumn(title) for title in TITLES], sheet_rows(rows, people, day))
