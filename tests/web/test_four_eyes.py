"""Pages about the second person: the area's rules, who may confirm and answer, and what stands out."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.policy import ALWAYS, BULK, KEYS, Rules, key_of
from pointsys.core.activity_log.record import record
from pointsys.core.activity_log.second_person import rules_in
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.objections.services import take_objection
from pointsys.core.objections.subjects import ENTRY
from pointsys.core.people.models import Person
from pointsys.core.settings import AreaSetting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, make_draft, make_person

SETTINGS = f"/a/{HAPPY}/settings"
NUMBERS = {
    "bulk_from": "11", "day_total": "11", "back_dated_days": "30", "high_minutes": "8", "high_quantity": "10",
}  # fmt: skip


@pytest.fixture
def engine_name() -> str:
    """What a page shows does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """Somebody of the sub-district, who may change settings."""
    return sign_in(world.accounts["office"])


def rules(app: Flask, area_id: int) -> Rules:
    with app.app_context(), read_scope() as session:
        return rules_in(session, area_id)


def own_keys(app: Flask, area_id: int) -> set[str]:
    with app.app_context(), read_scope() as session:
        return set(session.scalars(select(AreaSetting.key).where(AreaSetting.area_id == area_id)))


def text_of(page: BeautifulSoup) -> str:
    """All words of the page's main part, without blanks."""
    main = page.select_one("main")
    assert main is not None
    return "".join(main.get_text().split())


def log_entries(app: Flask, world: World, count: int, *, by: str = "worker", **kwargs: object) -> list[int]:
    """Entries of new people, recorded by hand and waiting."""
    with app.app_context(), unit_of_work() as session:
        account = session.get_one(Account, world.accounts[by])
        area = session.get_one(Area, world.areas["happy"])
        people = [make_person(session, area, f"王小{n:02d}") for n in range(count)]
        drafts = [make_draft(session, area, person, day=date(2026, 7, 9), **kwargs) for person in people]  # type: ignore[arg-type]
        actor = Actor(account.login, account_id=account.id)
        return [made.entry_id for made in record(session, area, drafts, actor, "form")]


def test_an_area_keeps_what_differs_and_the_rest_comes_from_above(
    app: Flask, world: World, office: Browser
) -> None:
    office.post(SETTINGS, {"second_person": BULK, **NUMBERS, "bulk_from": "20", "high_minutes": "6.5"})

    happy = world.areas["happy"]
    assert rules(app, happy) == Rules(bulk_from=20, high_minutes=390)
    assert own_keys(app, happy) == {key_of("bulk_from"), key_of("high_minutes")}
    office.post(f"/a/{STREET}/settings", {"second_person": ALWAYS, **NUMBERS, "back_dated_days": "7"})
    assert rules(app, happy) == Rules(ALWAYS, 20, 11, 7, 390, 10)
    page = office.page(SETTINGS)
    assert "本区域已单独设置" in text_of(page)
    assert page.select_one("#high_minutes")["value"] == "6.5"  # type: ignore[index]


def test_an_area_follows_the_one_above_again(app: Flask, world: World, office: Browser) -> None:
    office.post(SETTINGS, {"second_person": ALWAYS, **NUMBERS, "day_total": "50"})
    office.post(SETTINGS, {"second_person": ALWAYS, **NUMBERS, "act": "follow"})

    assert own_keys(app, world.areas["happy"]) & set(KEYS) == set()
    assert rules(app, world.areas["happy"]) == Rules()
    with app.app_context(), read_scope() as session:
        rows = session.scalars(select(AuditRow.object_id).where(AuditRow.object_id.startswith("log."))).all()
    assert sorted(rows) == sorted([*(["log.second_person"] * 2), *([key_of("day_total")] * 2)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bulk_from", "1"), ("bulk_from", "x"), ("day_total", "1e9"), ("day_total", "NaN"), ("back_dated_days", "-1"),
        ("high_minutes", "25"), ("high_minutes", "0.001"), ("high_quantity", ""), ("second_person", "perhaps"),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_and_nothing_is_kept(
    app: Flask, world: World, office: Browser, name: str, value: str
) -> None:
    answer = office.post(SETTINGS, {"second_person": BULK, **NUMBERS, "bulk_from": "20", name: value})

    assert answer.status_code == 422
    assert own_keys(app, world.areas["happy"]) == set()
    if name != "second_person":
        page = BeautifulSoup(answer.text, "html.parser")
        assert page.select_one(f"#{name}.is-invalid")["value"] == value  # type: ignore[index]


def test_the_list_of_what_waits_says_who_may_confirm_it(app: Flask, world: World, worker: Browser) -> None:
    log_entries(app, world, 12)

    waiting = text_of(worker.page(f"/a/{HAPPY}/log?status=pending"))
    assert "本页全部可由以下人员确认：office（街道办事处，平安街道）" in waiting
    assert "本页全部可由以下人员确认" not in text_of(worker.page(f"/a/{HAPPY}/log"))
    assert "其中12条由您录入，须由第二人确认" in text_of(worker.page(f"/a/{HAPPY}/"))


def test_who_may_not_confirm_is_told_so_on_the_workbench(app: Flask, world: World, sign_in: SignIn) -> None:
    log_entries(app, world, 1)

    assert "由他人确认，列表里写明了是谁" in text_of(
        sign_in(world.accounts["secretary"]).page(f"/a/{HAPPY}/")
    )


def test_the_activity_and_the_entry_say_why_it_waits_and_for_whom(
    app: Flask, world: World, worker: Browser
) -> None:
    log_entries(app, world, 11)
    page = worker.page(f"/a/{HAPPY}/log?status=pending")
    entry = page.select_one("td.lead a")
    activity = page.select_one('td a[href*="/activities/"]')
    assert entry is not None
    assert activity is not None

    told = text_of(worker.page(str(entry["href"])))
    assert "原因：名单达到11人；同一人当天录入达到11条。" in told
    assert "可以确认的人：office" in told
    told = text_of(worker.page(str(activity["href"])))
    assert "有11条记录在等第二人确认" in told
    assert "可以确认的人：office" in told


def _objection(app: Flask, world: World) -> str:
    (entry_id,) = log_entries(app, world, 1, by="office")
    with app.app_context(), unit_of_work(drain=False) as session:
        entry = session.get_one(Entry, entry_id)
        actor = Actor("worker", account_id=world.accounts["worker"])
        return take_objection(session, ENTRY, entry.public_id, "少了一小时", "李大爷", actor).public_id


def test_whoever_may_not_answer_an_objection_reads_who_may(
    app: Flask, world: World, sign_in: SignIn, worker: Browser
) -> None:
    address = f"/a/{HAPPY}/objections/{_objection(app, world)}"

    scribe = text_of(worker.page(address))
    assert "您经手过此事，须由别人处理" in scribe
    reader = text_of(sign_in(world.accounts["secretary"]).page(address))
    assert "由其他人答复" in reader
    for told in (scribe, reader):
        # The sub-district recorded the entry and the worker wrote the objection down: the committee is left.
        assert "可以答复的人" in told
        assert "committee" in told
        assert 'name="outcome"' not in told


def test_what_stands_out_is_listed_for_whoever_decides(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    log_entries(app, world, 40, start="08:00", end="13:00")
    address = f"/a/{HAPPY}/anomalies"

    told = text_of(worker.page(address))
    assert "短时间大量录入" in told
    assert "200.00" in told
    assert "没有这种线索" in text_of(worker.page(f"{address}?kind=overlap"))
    assert "没有发现异常线索" in text_of(
        sign_in(world.accounts["sunny_worker"]).page("/a/990101001002/anomalies")
    )
    assert sign_in(world.accounts["secretary"]).get(address).status_code == 403
    exported = worker.get(f"{address}?export=csv")
    assert exported.status_code == 200
    assert "短时间大量录入" in exported.data.decode("utf-8-sig")


def test_the_page_costs_the_same_however_much_stands_out(app: Flask, world: World, worker: Browser) -> None:
    costs = []
    for size in (1, 40):
        with app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, world.areas["happy"])
            people = [make_person(session, area, f"王{size}{n}") for n in range(size)]
            drafts = [
                make_draft(session, area, p, title=f"长{size}", start="00:00", end="12:00") for p in people
            ]
            record(session, area, drafts, Actor("worker", account_id=world.accounts["worker"]), "form")
        with counted(app) as statements:
            worker.page(f"/a/{HAPPY}/anomalies")
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_a_member_of_the_roster_is_linked_and_named(app: Flask, world: World, worker: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["grid1"])
        draft = make_draft(session, area, person, start="00:00", end="12:00")
        record(session, area, [draft], Actor("worker", account_id=world.accounts["worker"]), "form")
        name = person.name

    page = worker.page(f"/a/{HAPPY}/anomalies")
    link = page.select_one(f'a[href="/a/{HAPPY}/people/{world.people["grid1"]}"]')
    assert link is not None
    assert link.get_text() == name
