"""``pointsys volunteer report|hours|export|signals`` and the REST operations: the figures of the pages."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Activity
from pointsys.core.areas.models import Area
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import mask_phone
from pointsys.plugin import DeviceUse
from pointsys.plugins.volunteer.people.models import VolunteerExternalId
from pointsys.plugins.volunteer.reports import signal_reading
from pointsys.plugins.volunteer.reports.team_ranks import team_ranking
from tests.conftest import RunCli
from tests.factories import HAPPY, STREET
from tests.plugins.volunteer.place import DAY, Place, make_place
from tests.plugins.volunteer.reports.teamwork import THEN, Teamwork


@pytest.fixture
def made(app: Flask) -> Teamwork:
    """Two teams, one below the other, a project, and three people who served in March."""
    with app.app_context():
        work = Teamwork(make_place())
        team = work.team("蓝队", host="社工站")
        below = work.team("蓝队一组", parent_id=team)
        project = work.project("P1", team)
        first = work.place.person("张三", phone="13800001234")
        second, third = work.place.person("李四", area="sunny"), work.place.person("王五")
        work.serve(first, "09:00", "11:30", team=team, project=project)
        timed = work.serve(first, "14:00", "15:00", team=below)
        work.serve(second, "22:30", "25:15", team=team, day=date(2026, 3, 31))
        work.place.serve(third, "16:00", "17:00", title="自己来")
        work.register(first, "V20260000018")
        work.timed(timed)
    return work


def test_reports_and_hours_are_narrowed_to_teams_projects_and_timed_hours(
    made: Teamwork, run_cli: RunCli
) -> None:
    def report(*words: str) -> tuple[int, int, int]:
        found = run_cli("volunteer", "report", "--area", STREET, *words, "--json").json()
        return found["active"], found["person_times"], found["minutes"]

    month = ("--month", "2026-03")
    assert report(*month) == (3, 4, 360)
    assert report(*month, "--team", "蓝队") == (2, 3, 300), "with the team below it"
    assert report(*month, "--team", "蓝队一组") == (1, 1, 60)
    assert report(*month, "--project", "P1") == (1, 1, 150)
    assert report(*month, "--credit-only") == (1, 1, 60)
    assert report("--period", "2026-Q2", "--team", "蓝队") == (1, 0, 75)
    rows = run_cli("volunteer", "report", "--area", STREET, *month, "--by", "team", "--json").json()["rows"]
    assert [(row["team"] and row["team"]["name"], row["minutes"]) for row in rows] == [
        ("蓝队", 240),
        ("蓝队一组", 60),
        (None, 60),
    ]
    by_month = run_cli(
        "volunteer", "report", "--area", STREET, "--period", "2026", "--by", "month", "--json"
    ).json()
    assert {row["month"]: row["minutes"] for row in by_month["rows"] if row["minutes"]} == {
        "2026-03": 360,
        "2026-04": 75,
    }
    hours = run_cli(
        "volunteer", "hours", "--area", STREET, "--to", "2026-03-31", "--team", "蓝队", "--json"
    ).json()
    assert [(row["person"]["name"], row["minutes"]) for row in hours["rows"]] == [("张三", 210), ("李四", 90)]
    alone = run_cli("volunteer", "hours", "--area", HAPPY, "--credit-only", "--json").json()
    assert (alone["people"], alone["minutes"], alone["hours"]) == (1, 60, "1.00")
    table = run_cli("volunteer", "report", "--area", STREET, *month, "--by", "project").stdout
    assert "P1" in table
    assert "6.00" in table.splitlines()[-1]


def test_a_file_holds_what_its_profile_says(
    app: Flask, made: Teamwork, run_cli: RunCli, tmp_path: Path
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        person = session.scalars(select(Person).where(Person.name == "张三")).one()
        session.add(
            VolunteerExternalId(
                person_id=person.id, system="national", value="5301", recorded_at=THEN, recorded_by="test"
            )
        )
    common = ("volunteer", "export", "--area", STREET, "--period", "2026-03")
    out = tmp_path / "records.csv"
    told = run_cli(*common, "--profile", "service-record-import", "--out", out, "--json").json()
    assert (told["rows"], told["lacking"]) == (4, {"志愿者编号": 2})
    rows = list(csv.reader(out.read_bytes().decode("gb18030").splitlines()))
    assert ["5301", "张三", "P1", "2026-03-07 09:00:00", "2026-03-07 11:30:00", "150"] in [
        [*row[:3], *row[4:7]] for row in rows
    ]
    assert {(row[1], row[6], row[7]) for row in rows[1:] if row[1] == "张三"} == {
        ("张三", "150", "补录"),
        ("张三", "60", "签到签退"),
    }
    again = run_cli(*common, "--profile", "service-record-import", "--out", out, "--json")
    assert again.json()["error"]["code"] == "file_exists"

    own = tmp_path / "own.toml"
    own.write_text(
        'profile = 1\nname = "x"\ntitle = "X"\nrows = "people"\nfile = "csv"\n'
        + "".join(
            f'[[column]]\ntitle = "{name}"\nfield = "{name}"\n'
            for name in (
                "name",
                "volunteer_no",
                "phone",
                "minutes",
                "credit_minutes",
                "honour_minutes",
                "person_times",
            )
        ),
        "utf-8",
    )
    assert run_cli(*common, "--profile", own, "--out", tmp_path / "p.csv").exit_code == 0
    people = list(csv.reader((tmp_path / "p.csv").read_text("utf-8-sig").splitlines()))[1:]
    assert ["张三", "V20260000018", mask_phone("13800001234"), "210", "60", "150", "2"] in people
    # Minutes after midnight are April's.
    assert ["李四", "", "", "90", "0", "90", "1"] in people
    summary = tmp_path / "t.xlsx"
    assert run_cli(*common, "--profile", "team-summary", "--out", summary, "--json").json()["rows"] == 2
    unknown = run_cli(*common, "--profile", "none", "--out", tmp_path / "n.csv", "--json").json()
    assert unknown["error"]["code"] == "unknown_profile"
    own.write_text('profile = 1\nname = "x"\ntitle = "X"\n[[column]]\ntitle = "A"\nfield = "salary"', "utf-8")
    bad = run_cli(*common, "--profile", own, "--out", tmp_path / "b.csv", "--json").json()
    assert bad["error"]["code"] == "bad_profile"


def test_seeded_fraud_is_found_and_a_couple_on_one_phone_is_not(
    app: Flask, made: Teamwork, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: Place = made.place
    with app.app_context():
        crowd = [place.person(f"赵{chr(0x4E00 + n)}") for n in range(20)]
        busy, twice, couple = place.person("钱一"), place.person("孙二"), crowd[:2]
        place.serve(busy, "06:00", "17:00", title="整天")
        place.serve(twice, "09:00", "11:00", title="甲")
        place.serve(twice, "09:30", "11:30", title="乙")
        # Recorded at the site's present, weeks afterwards, in full hours.
        for person in crowd:
            place.serve(person, "09:00", "11:00", title="补录", derive=False)
        place.serve(crowd[0], "13:00", "14:00", title="补录")
        drain()
        with read_scope() as session:
            today = current_site().today()
            activity = session.scalars(select(Activity).where(Activity.title == "补录")).one().public_id

        def uses(session: object, area: object, first: date, last: date) -> list[DeviceUse]:
            return [
                *[DeviceUse("crowd", person, THEN, activity, "补录") for person in crowd],
                *[DeviceUse("couple", person, THEN, activity, "补录") for person in couple],
            ]

        monkeypatch.setattr(signal_reading, "device_uses", uses)
        with read_scope() as session:
            street = session.get_one(Area, place.areas["street"])
            week = signal_reading.signals_of(session, street, DAY, DAY)
            lately = signal_reading.signals_of(session, street, today, today)
    kinds = {(one.kind, one.person, one.device) for one in week.signals}
    assert kinds >= {
        ("device", None, "crowd"),
        ("long_day", busy, ""),
        ("overlap", twice, ""),
        ("round", None, ""),
    }
    assert not any(one.device == "couple" for one in week.signals)
    assert [one.entries for one in lately.signals if one.kind == "back_entry"] >= [21]
    answer = run_cli("volunteer", "signals", "--area", STREET, "--week", "2026-03-07", "--json").json()
    assert answer["complete"] is True
    assert {row["person"]["name"] for row in answer["rows"] if row["kind"] == "long_day"} == {"钱一"}
    # Nothing is blocked: all of it is credited as it was recorded.
    hours = run_cli("volunteer", "hours", "--area", STREET, "--json").json()
    assert {row["person"]["name"]: row["minutes"] for row in hours["rows"]}[f"赵{chr(0x4E00)}"] == 180


def test_teams_share_a_place_with_equal_minutes_and_count_people_from_elsewhere(
    app: Flask, made: Teamwork
) -> None:
    with app.app_context():
        other = made.team("红队", area="happy")
        helper = made.place.person("周八", area="sunny")
        made.serve(helper, "09:00", "10:00", team=other)
        with read_scope() as session:

            def ranked(area: str, **more: Any) -> list[tuple[int, str, int]]:
                found = team_ranking(
                    session,
                    made.place.areas[area],
                    date(2026, 3, 1),
                    date(2026, 3, 31),
                    **more,
                )
                return [(line.rank, line.name, line.minutes) for line in found]

            assert ranked("street") == [(1, "蓝队", 240), (2, "红队", 60), (2, "蓝队一组", 60)]
            assert ranked("happy") == [(1, "红队", 60)]
            assert ranked("street", fewest=2) == [(1, "蓝队", 240)]
            assert ranked("street", klass="credit") == [(1, "蓝队一组", 60)]
