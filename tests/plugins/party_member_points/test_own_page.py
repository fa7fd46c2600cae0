"""One's own points on a phone: the ring, the next grade, one's place as a band, and who recorded what."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.activity_log.models import REJECTED
from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.people.services import move_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import own
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party, entry_id
from tests.plugins.volunteer.test_pages import text_of

MARCH = date(2026, 3, 7)


@pytest.fixture
def me(app: Flask, world: World, world_party: Party) -> int:
    """李一 (grid 1), a member with 2.5 hours in March: 10.50 points."""
    person = world.person_ids["grid1"]
    with app.app_context():
        world_party.roster({person: MEMBER})
        world_party.serve(person, "09:00", "11:30", day=MARCH, title="清洁家园", evidence="签到表第3页")
    return person


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一."""
    return sign_in(world.accounts["member"])


def others(app: Flask, party: Party, count: int, area: str = "grid2") -> None:
    """More members of ``area`` with different totals."""
    with app.app_context():
        for number in range(count):
            person = party.member(f"党员{chr(0x4E00 + number)}", area)
            party.serve(person, "09:00", "13:00", day=date(2026, 4, 1 + number % 28), title=f"{number}")


def bands(page: BeautifulSoup) -> list[tuple[str, str, bool]]:
    """Range, people and whether it is one's own, of each band."""
    return [
        (row.th.get_text(), row.select(".bars-text")[0].get_text(), bool(row.select(".bars-mark")))
        for row in page.select("#position tr")
        if row.th
    ]


def test_the_ring_shows_the_total_against_the_highest_one_and_says_so_in_words(
    member: Browser, me: int
) -> None:
    page = member.page("/me/points")
    ring = page.select_one("svg.ring")
    assert ring is not None
    filled = ring.select_one(".ring-value")
    assert filled is not None

    assert ring["role"] == "img"
    assert ring["aria-label"] == "100 分中的 10.50 分"
    assert filled["stroke-dasharray"] == "10 100"
    # Where 优秀, 合格 and 基本合格 begin.
    turns = [str(mark["transform"]).split()[0] for mark in ring.select(".ring-mark")]
    assert turns == ["rotate(288", "rotate(216", "rotate(162"]


def test_the_next_grade_names_what_is_missing(member: Browser, me: int) -> None:
    following = member.page("/me/points").select_one(".points-next")
    assert following is not None
    assert "距离“基本合格”" in following.get_text()
    # 45 from 10.50.
    assert "还差 34.50 分" in following.get_text()


def test_my_place_is_a_band_of_my_community_and_nobody_is_named(
    app: Flask, member: Browser, me: int, world_party: Party
) -> None:
    others(app, world_party, 7)
    others(app, world_party, 6, area="sunny")
    page = member.page("/me/points")
    found = bands(page)

    # 10.50 against seven times 12.00: one alone would be told by the others, so neither number is shown.
    assert [band for band in found if band[2]] == [("10–12", "人数很少", True)]
    assert ("12–14", "人数很少", False) in found
    assert "党员" not in page.select_one("#position").get_text().replace("本社区党员", "")  # type: ignore[union-attr]


def test_bands_count_everybody_of_the_community_and_hide_the_few(
    app: Flask, member: Browser, me: int, world_party: Party
) -> None:
    others(app, world_party, 12)
    with app.app_context(), read_scope() as session:
        counts = own.distribution(session, me, "community-inservice", "2026")
    found = bands(member.page("/me/points"))

    assert sum(counts.values()) == 13
    told = [text for _label, text, _own in found]
    assert "1 人" not in told
    assert not any(text in told for text in ("2 人", "3 人", "4 人"))


@pytest.mark.parametrize(("count", "shown"), [(3, False), (4, True)])
def test_fewer_than_five_members_are_not_compared(
    app: Flask, member: Browser, me: int, world_party: Party, count: int, shown: bool
) -> None:
    others(app, world_party, count)
    page = member.page("/me/points")

    assert bool(bands(page)) is shown
    assert ("不足五人" in text_of(page)) is not shown


def test_each_entry_says_who_recorded_it_by_which_rule_and_where_to_object(
    app: Flask, member: Browser, me: int, world_party: Party
) -> None:
    with app.app_context():
        rejected = world_party.serve(me, day=date(2026, 3, 9), title="没有去", confirm=False)
        world_party.decide(rejected, REJECTED)
        outside = entry_id(rejected)
    page = member.page("/me/points")
    how = {item.strong.get_text(): item for item in page.select(".points-entries > li") if item.strong}

    told = " ".join(how["清洁家园"].get_text(" ").split())
    assert "佐证 签到表第3页" in told
    assert "规则 志愿服务(每小时) · 积分办法第 1 版" in told
    assert "recorded by mistake" in how["没有去"].get_text()
    assert how["没有去"].select_one(f'a[href="/me/entries/{outside}/objection"]') is not None


def test_an_entry_made_elsewhere_keeps_who_did_what_there(
    app: Flask, member: Browser, me: int, world_party: Party
) -> None:
    with app.app_context():
        world_party.serve(me, day=date(2026, 3, 9), title="在别处", area="sunny", evidence="别处的签到表")
    page = text_of(member.page("/me/points"))

    assert "由阳光社区登记（不在本社区）" in page
    assert "别处的签到表" not in page
    assert "签到表第3页" in page


def test_where_an_entry_was_at_home_is_judged_by_the_day_it_was_made(
    app: Flask, member: Browser, me: int, world_party: Party, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        move_person(session, session.get_one(Person, me), world.areas["sunny"], date(2026, 5, 1), SYSTEM)

    assert "签到表第3页" in text_of(member.page("/me/points"))


def test_my_points_take_seven_statements_at_most_however_much_is_on_record(
    app: Flask, member: Browser, me: int, world_party: Party
) -> None:
    member.page("/me/points")
    numbers = []
    for count in (1, 20):
        with app.app_context():
            for number in range(count):
                day = date(2026, 5, 1 + number)
                world_party.serve(me, day=day, title=f"{count}-{number}", confirm=number % 2 == 0)
        others(app, world_party, 0 if count == 1 else 10)
        with counted(app) as statements:
            member.page("/me/points")
        numbers.append(len([s for s in statements if not s.startswith(("BEGIN", "ROLLBACK", "SET"))]))

    assert numbers[0] == numbers[1] <= 7
