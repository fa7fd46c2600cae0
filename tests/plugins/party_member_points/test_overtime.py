"""Points over time: a past day as it was seen then, the months by what is known now, what one more would bring."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Flask

from pointsys.core.activity_log.models import VOIDED
from pointsys.core.unit_of_work import read_scope
from pointsys.plugins.party_member_points import overtime
from pointsys.plugins.party_member_points.scoring import build, score
from tests.browsers import SignIn, World, counted
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import MEMBER, Party, view

HOURS = """
id = "hours"
title = "时长积分"
period = { type = "year" }
[[version]]
no = 1
effective_from = "2026-01-01"
category = [{ id = "work", title = "服务", cap = 5 }, { id = "study", title = "学习" }]
item = [
  { id = "service", title = "志愿服务", category = "work", mode = "per_qty", points = 1 },
  { id = "read", title = "读书", category = "study", points = 2 },
]
grade = [{ id = "好", min = 7 }, { id = "一般" }]
"""


def test_a_past_day_months_and_ideas_tell_one_story(party: Party, clock: FixedClock) -> None:
    party.publish(HOURS, date(2026, 1, 1))
    clock.now = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)
    person = party.member(checkin_on="2026-02-03")
    spring = party.serve(person, "09:00", "11:00", day=date(2026, 3, 7))
    clock.now = datetime(2026, 5, 6, 4, 0, tzinfo=UTC)
    # One of March that came to light in May, and one of May; then the first is withdrawn.
    party.serve(person, "14:00", "15:00", day=date(2026, 3, 7), title="迟报")
    party.serve(person, "09:00", "13:00", day=date(2026, 5, 5))
    clock.now = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)
    party.decide(spring, VOIDED)
    member = view(person)
    assert member is not None

    with read_scope() as session:
        seen = {
            day: overtime.as_it_stood(session, member, day)
            for day in (date(2026, 3, 6), date(2026, 3, 31), date(2026, 5, 31), date(2026, 6, 10))
        }
        ahead = overtime.outlook(session, person)
    totals = {day: why.score.total for day, why in seen.items() if why}
    assert list(totals.values()) == ["0.00", "2.00", "5.00", "5.00"]
    march, may, june = (seen[day] for day in list(seen)[1:])
    assert march
    assert may
    assert june
    # Then nobody knew of the late one, and the first was not withdrawn yet.
    assert [(line.state, line.credited) for line in march.lines] == [("counted", "2.00")]
    assert sorted(line.credited for line in may.lines) == ["1.00", "2.00", "4.00"]
    assert sorted(line.state for line in june.lines) == ["counted", "counted", "ignored"]

    assert ahead is not None
    assert ahead.period == "2026"
    months = [(row.label, row.total, row.gain) for row in ahead.months]
    assert months == [
        ("2026-02", "0.00", ""),
        ("2026-03", "1.00", "+1.00"),
        ("2026-04", "1.00", "+0.00"),
        ("2026-05", "5.00", "+4.00"),
        ("2026-06", "5.00", "+0.00"),
    ]
    ideas = [(idea.title, idea.gain, idea.grade, idea.full) for idea in ahead.ideas]
    assert ideas == [("读书", "+2.00", "好", ""), ("志愿服务", "", "", "服务")]


def test_the_pages_show_it_to_the_member_and_to_staff(
    app: Flask, sign_in: SignIn, world: World, world_party: Party
) -> None:
    person = world.person_ids["grid1"]
    with app.app_context():
        world_party.roster({person: MEMBER})
        world_party.serve(person, "09:00", "11:30", title="清洁家园")
    member = sign_in(world.accounts["member"])
    page = member.page("/me/points/over-time")
    assert "2026-03" in page.get_text()
    assert "志愿服务" in page.select_one("#ideas").get_text()  # type: ignore[union-attr]
    assert "这是" in member.page("/me/points/over-time?on=2026-03-06").select_one(".notice").get_text()  # type: ignore[union-attr]
    for wrong in ("2999-01-01", "yesterday", "2026-02-30"):
        assert "以前" in member.page(f"/me/points/over-time?on={wrong}").select_one(".notice").get_text()  # type: ignore[union-attr]

    staff = sign_in(world.accounts["worker"])
    place = f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}"
    assert staff.page(f"{place}/over-time").select("#months")
    assert not staff.page(f"{place}/over-time").select("#position")
    with app.app_context():
        for number in range(4):
            world_party.member(f"同伴{number}")
    assert "总分在这里" in staff.page(f"{place}/over-time").select_one("#position").get_text()  # type: ignore[union-attr]
    assert staff.get(f"/a/{world.codes['happy']}/points/members/nobody/over-time").status_code == 404
    numbers = []
    for more in range(2):
        with app.app_context():
            for day in range(10 * more):
                world_party.serve(person, day=date(2026, 5, 1 + day), title=f"{day}")
        for path in ("/me/points/over-time", "/me/points/over-time?on=2026-06-01"):
            with counted(app) as statements:
                member.page(path)
            numbers.append(len(statements))
    assert numbers[:2] == numbers[2:]
    assert max(numbers) < 50


def test_an_entry_is_explained_by_the_version_of_its_day() -> None:
    version = {"category": [{"id": "c"}], "item": [{"id": "i", "category": "c", "points": 1}]}
    versions = [
        {"no": 1, "effective_from": "2024-01-01", **version},
        {"no": 2, "effective_from": "2024-07-01", **version},
    ]
    scheme = build({"id": "s", "title": "s", "period": {"type": "year"}, "version": versions})
    events = [{"id": "a", "item": "i", "on": "2024-06-30"}, {"id": "b", "item": "i", "on": "2024-07-01"}]
    found: dict[str, object] = score(scheme, {"events": events}, {"period": "2024"}, explain=True)
    explained = found["explain"]
    assert isinstance(explained, dict)
    assert explained["version"] == 2
    assert [event.get("version") for event in explained["events"]] == [1, None]
