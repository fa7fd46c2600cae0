"""Recording by hand: names are looked up and shown, ticked people are recorded, and who may confirm is told."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.activity_log.models import CONFIRMED, PENDING, Activity, ActivityKind, Entry
from pointsys.core.activity_log.participants import MAX_NAMES, find_participants
from pointsys.core.activity_log.policy import ALWAYS, BULK_FROM, SECOND_PERSON
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.services import leave
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY, make_person, make_tree

NEW = f"/a/{HAPPY}/log/new"
FORM = {
    "kind": "volunteer_service",
    "title": "清洁家园",
    "day": "2026-07-09",
    "start": "09:00",
    "end": "11:00",
}


def preview(browser: Browser, names: str, **form: object) -> BeautifulSoup:
    answer = browser.post(NEW, {**FORM, "names": names, "act": "preview", **form})
    assert answer.status_code == 200, answer.status_code
    return BeautifulSoup(answer.data, "html.parser")


def recorded(app: Flask) -> list[Entry]:
    with app.app_context(), read_scope() as session:
        found = list(session.scalars(select(Entry).order_by(Entry.id)))
        session.expunge_all()
        return found


def test_names_are_looked_up_before_anything_is_recorded(app: Flask, worker: Browser, world: World) -> None:
    page = preview(worker, "李一、周二\n不认识\n李一")
    found = page.select_one("#found")

    assert found is not None
    assert [box["value"] for box in found.select("input[checked]")] == [
        world.people["grid1"],
        world.people["grid2"],
    ]
    assert "不在名册中" in found.text
    assert "名单中重复" in found.text
    assert recorded(app) == []


def test_ticked_people_are_recorded_and_confirmed_when_they_are_few(
    app: Flask, worker: Browser, world: World
) -> None:
    people = [world.people["grid1"], world.people["grid2"]]
    answer = worker.post(NEW, {**FORM, "act": "record", "person": people, "note": "自带工具"})

    assert answer.status_code == 303
    assert "已录入并确认 2 条记录" in worker.page(answer.location).text
    first, second = recorded(app)
    assert (first.status, second.status) == (CONFIRMED, CONFIRMED)
    assert (first.source, first.recorded_by, first.local_date) == ("form", "worker", date(2026, 7, 9))
    assert first.starts_at is not None
    assert first.starts_at.isoformat() == "2026-07-09T01:00:00+00:00"


def test_pressing_twice_records_once(app: Flask, worker: Browser, world: World) -> None:
    form = {**FORM, "act": "record", "person": world.people["grid1"]}
    worker.post(NEW, form)
    answer = worker.post(NEW, form)

    assert "没有新增" in worker.page(answer.location).text
    assert len(recorded(app)) == 1


def test_what_waits_says_who_may_confirm(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, world.areas["happy"]), SECOND_PERSON, ALWAYS, SYSTEM)
    answer = worker.post(NEW, {**FORM, "act": "record", "person": world.people["grid1"]})
    told = worker.page(answer.location).text

    assert "等第二人确认（本区域的记录全部须经第二人确认）" in told
    assert "office（平安街道）" in told
    assert [entry.status for entry in recorded(app)] == [PENDING]


def test_a_long_list_waits(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        people = [make_person(session, area, f"王小{n:02d}").public_id for n in range(BULK_FROM)]
    worker.post(NEW, {**FORM, "act": "record", "person": people})

    assert {entry.status for entry in recorded(app)} == {PENDING}


def test_who_may_only_record_never_confirms_on_the_way(app: Flask, sign_in: SignIn, world: World) -> None:
    grid_worker = sign_in(world.accounts["grid_worker"])
    path = f"/a/{world.codes['grid1']}/log/new"
    answer = grid_worker.post(path, {**FORM, "act": "record", "person": world.people["grid1"]})

    assert answer.status_code == 303
    assert [entry.status for entry in recorded(app)] == [PENDING]


def test_who_may_only_look_records_nothing(app: Flask, sign_in: SignIn, world: World) -> None:
    secretary = sign_in(world.accounts["secretary"])

    assert secretary.get(NEW).status_code == 403
    assert secretary.post(NEW, {**FORM, "act": "record"}).status_code == 403


@pytest.mark.parametrize("whose", ["sunny", "street"])
def test_a25_a_person_from_elsewhere_cannot_be_slipped_in(
    app: Flask, worker: Browser, world: World, whose: str
) -> None:
    people = [world.people["grid1"], world.people[whose]]

    assert worker.post(NEW, {**FORM, "act": "record", "person": people}).status_code == 404
    assert recorded(app) == []


def test_a26_a_name_from_elsewhere_is_not_found(worker: Browser) -> None:
    assert "不在名册中" in preview(worker, "孙阳").select_one("#found").text  # type: ignore[union-attr]


def test_a24_what_the_form_does_not_have_is_passed_over(app: Flask, worker: Browser, world: World) -> None:
    extra = {"points": "9999", "status": "confirmed", "area_id": "3", "recorded_by": "office", "confirm": "1"}
    worker.post(NEW, {**FORM, **extra, "act": "record", "person": world.people["grid1"]})

    (entry,) = recorded(app)
    assert (entry.recorded_by, entry.area_id) == ("worker", world.areas["happy"])


BAD: list[tuple[dict[str, str], str]] = [
    ({"start": "11:00", "end": "09:00"}, "end-error"),
    ({"start": "", "end": "09:00"}, "end-error"),
    ({"start": "09:00", "end": "09:00"}, "end-error"),
    ({"start": "", "end": ""}, "start-error"),
    ({"day": "2026-07-11"}, "start-error"),
    ({"day": "2026-07-10", "start": "09:30", "end": "10:30"}, "end-error"),
    ({"day": "2026-02-30"}, "day-error"),
    ({"day": ""}, "day-error"),
    ({"hours": "2"}, "hours-error"),
    ({"start": "", "end": "", "hours": "25"}, "hours-error"),
    ({"start": "", "end": "", "hours": "0"}, "hours-error"),
    ({"start": "", "end": "", "hours": "-1"}, "hours-error"),
    ({"start": "", "end": "", "hours": "NaN"}, "hours-error"),
    ({"start": "", "end": "", "hours": "1e9999"}, "hours-error"),
    ({"start": "", "end": "", "hours": "1.333"}, "hours-error"),
    ({"title": " "}, "title-error"),
    ({"title": "长" * 201}, "title-error"),
    ({"kind": "nonsense"}, "kind-error"),
    ({"kind": "other", "other_kind": ""}, "other_kind-error"),
    ({"kind": "other", "other_kind": "长" * 61}, "other_kind-error"),
]


@pytest.mark.parametrize(("form", "error"), BAD, ids=[str(form) for form, _error in BAD])
def test_a59_what_cannot_have_happened_is_refused_at_its_field(
    app: Flask, worker: Browser, world: World, form: dict[str, str], error: str
) -> None:
    answer = worker.post(NEW, {**FORM, "act": "record", "person": world.people["grid1"], **form})

    assert answer.status_code == 422
    assert f'id="{error}"' in answer.text
    assert recorded(app) == []


@pytest.mark.parametrize(("hours", "hundredths"), [("2", 200), ("1.5", 150), ("２．２５", 225), ("24", 2400)])
def test_hours_are_taken_as_written(
    app: Flask, worker: Browser, world: World, hours: str, hundredths: int
) -> None:
    form = {**FORM, "start": "", "end": "", "hours": hours, "act": "record", "person": world.people["grid1"]}
    assert worker.post(NEW, form).status_code == 303

    (entry,) = recorded(app)
    assert (entry.quantity, entry.unit, entry.starts_at) == (hundredths, "hour", None)


def test_a_kind_of_their_own_becomes_a_local_kind_worth_nothing(
    app: Flask, worker: Browser, world: World
) -> None:
    form = {**FORM, "kind": "other", "other_kind": "百家宴", "act": "record", "person": world.people["grid1"]}
    worker.post(NEW, form)

    with app.app_context(), read_scope() as session:
        kind = session.scalars(select(ActivityKind).where(ActivityKind.title == "百家宴")).one()
        assert (kind.service, kind.area_id) == (False, world.areas["happy"])
    assert "百家宴" in worker.page(NEW).select_one("#kind").text  # type: ignore[union-attr]


def test_a_refused_record_leaves_no_local_kind_behind(app: Flask, worker: Browser, world: World) -> None:
    form = {**FORM, "day": "2026-07-11", "kind": "other", "other_kind": "百家宴", "act": "record"}
    worker.post(NEW, {**form, "person": world.people["grid1"]})

    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).where(ActivityKind.title == "百家宴")) == 0


@pytest.mark.parametrize("act", ["preview", "record"])
def test_nobody_named_is_said_at_the_names(app: Flask, worker: Browser, act: str) -> None:
    answer = worker.post(NEW, {**FORM, "act": act})

    assert answer.status_code == 422
    assert 'id="names-error"' in answer.text


def test_another_end_for_the_same_start_names_what_stands(app: Flask, worker: Browser, world: World) -> None:
    form = {**FORM, "act": "record", "person": world.people["grid1"]}
    worker.post(NEW, form)
    answer = worker.post(NEW, {**form, "end": "10:00"})

    assert answer.status_code == 422
    assert "11:00" in answer.text
    assert len(recorded(app)) == 1


def test_another_spelling_of_the_title_is_the_same_activity(
    app: Flask, worker: Browser, world: World
) -> None:
    for title, person in (
        ("清洁家园(二)", "grid1"),
        ("清洁家园（二）", "grid2"),
        (" 清洁家园（二）\u200b", "happy"),
    ):
        worker.post(NEW, {**FORM, "title": title, "act": "record", "person": world.people[person]})

    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Activity.title)).all() == ["清洁家园(二)"]
    assert len(recorded(app)) == 3


def test_somebody_is_added_to_an_activity_that_stands(app: Flask, worker: Browser, world: World) -> None:
    worker.post(NEW, {**FORM, "act": "record", "person": world.people["grid1"], "place": "广场"})
    with app.app_context(), read_scope() as session:
        activity = session.scalars(select(Activity.public_id)).one()
    page = worker.page(f"{NEW}?activity={activity}")

    assert page.select_one("#title")["value"] == "清洁家园"  # type: ignore[index]
    assert page.select_one("#day")["value"] == "2026-07-09"  # type: ignore[index]
    assert page.select_one("#place")["value"] == "广场"  # type: ignore[index]


def test_the_roster_can_be_ticked_where_it_is_short(worker: Browser, world: World) -> None:
    boxes = worker.page(NEW).select("details.roster input[name=person]")

    assert {box["value"] for box in boxes} == {world.people[name] for name in ("happy", "grid1", "grid2")}


# Who is meant.


def _meant(site: Site, text: str) -> list[tuple[str, int, bool]]:
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        for name in ("李雷", "韩梅梅", "阿依古丽·买买提", "Anna Smith", "张伟", "张伟"):
            make_person(session, areas["grid1"], name)
        gone = make_person(session, areas["grid2"], "李雷")
        leave(session, gone, date(2026, 1, 1), SYSTEM)
        make_person(session, areas["sunny"], "韩梅梅")
        found = find_participants(session, areas["happy"].id, text)
        return [(item.name, len(item.people), item.repeated) for item in found]


STRANGER = ("小王", 0, False)
TEXTS: list[tuple[str, list[tuple[str, int, bool]]]] = [
    ("李雷", [("李雷", 1, False)]),
    ("李　雷", [("李雷", 1, False)]),
    ("李雷 韩梅梅", [("李雷", 1, False), ("韩梅梅", 1, False)]),
    ("李雷，韩梅梅;李雷", [("李雷", 1, True), ("韩梅梅", 1, False)]),
    ("张伟", [("张伟", 2, False)]),
    ("阿依古丽.买买提\nAnna  Smith", [("阿依古丽·买买提", 1, False), ("Anna Smith", 1, False)]),
    (
        "#接龙\n周六清洁\n1. 李雷\n2. 韩梅梅 1人\n3. 小王",
        [("李雷", 1, False), ("韩梅梅", 1, False), ("小王", 0, False)],
    ),
    ("", []),
    (" ,、\n", []),
]


@pytest.mark.parametrize(("text", "meant"), TEXTS, ids=[text for text, _meant in TEXTS])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_who_is_meant(site: Site, text: str, meant: list[tuple[str, int, bool]]) -> None:
    assert _meant(site, text) == meant


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_too_many_names_are_refused(site: Site) -> None:
    with pytest.raises(Problem) as caught:
        _meant(site, "、".join(f"王{n}" for n in range(MAX_NAMES + 1)))

    assert caught.value.code == "too_many_names"
