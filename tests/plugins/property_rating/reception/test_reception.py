"""Reception days: their rules, who sees what of them on pages, how much was solved, and what erasing leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.reception import personal, queries, rates, services
from pointsys.plugins.property_rating.reception.models import (
    PropertyReception,
    PropertyReceptionItem,
    PropertyReceptionStep,
)
from pointsys.plugins.property_rating.registry import companies, contracts, estates
from pointsys.plugins.property_rating.registry.models import PropertyCompanyAccount, PropertyEstate
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import make_account, make_person, make_tree

TODAY = date(2026, 7, 10)
LAMP = "三栋楼道灯不亮"


def day(on: date = TODAY, starts: time = time(9)) -> services.ReceptionData:
    """A reception of two hours."""
    return services.ReceptionData(on, starts, time(starts.hour + 2), "东门大厅", "李静")


def settle(
    session: Any, area: Area, code: str = "91350100M000100Y43", name: str = "桂花苑"
) -> PropertyEstate:
    """An estate with its company, which took it over on 1 July 2026."""
    company = companies.add_company(session, area, companies.CompanyData(code, f"{name}物业"), SYSTEM)
    estate = estates.add_estate(session, area, estates.EstateData(name), SYSTEM)
    deal = contracts.ContractData(date(2026, 7, 1))
    contracts.make_contract(session, estate, company, deal, SYSTEM)
    return estate


def refused(act: Any, *args: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(Problem) as caught:
        act(*args)
    return caught.value.code


def test_only_what_somebody_else_found_solved_counts(site: Site, clock: FixedClock) -> None:
    handler, other = Actor("handler", account_id=901), Actor("other", account_id=902)
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree["happy"])
        held = services.publish(session, estate, day(), SYSTEM)
        promise = TODAY + timedelta(days=3)
        one, two, three, four = (
            services.log_item(session, estate, held, f"{LAMP} {n}", promise, None, handler) for n in range(4)
        )
        args = (session, estate, held, LAMP, TODAY - timedelta(days=1), None, handler)
        assert refused(services.log_item, *args) == "bad_promise"
        for item in (one, two, three):
            services.handle(session, estate, item, "solved", "", handler)
        services.handle(session, estate, four, "unsolved", "要等供电公司", handler)
        assert refused(services.revisit, session, estate, one, True, "", handler) == "self_verify"
        clerk = make_account(session, login="clerk")
        link = PropertyCompanyAccount(
            account_id=clerk.id,
            company_id=held.company_id,
            from_on=TODAY,
            linked_at=held.created_at,
            linked_by="-",
        )
        session.add(link)
        session.flush()
        mine = Actor("clerk", account_id=clerk.id)
        assert refused(services.revisit, session, estate, one, True, "", mine) == "self_verify"
        services.revisit(session, estate, one, True, "", other)
        services.revisit(session, estate, two, False, "还是不亮", other)
        assert (two.state, two.revisit) == ("open", "denied")
        assert refused(services.revisit, session, estate, four, True, "", other) == "bad_state"
        ids = [held.company_id]
        assert rates.solved(session, ids, TODAY, TODAY) == {(held.company_id, estate.id): (4, 1)}
        assert rates.solved(session, ids, TODAY + timedelta(days=1), promise) == {}
        assert [row.no for row in items(session, tree["happy"], "open")] == [2]
        assert items(session, tree["happy"], "overdue") == []
        clock.advance(days=4)
        assert [row.no for row in items(session, tree["happy"], "overdue")] == [2]
        assert [row.no for row in items(session, tree["happy"], "revisit")] == [3]
        assert items(session, tree["sunny"], "revisit") == []
        line = rates.rates_below(session, tree["street"].id, TODAY, TODAY, site.today())[0]
        assert (line.items, line.solved, line.percent, line.overdue) == (4, 1, 25, 1)
        clock.advance(days=40)
        late = (session, estate, held, LAMP, promise, None, handler)
        assert refused(services.log_item, *late) == "bad_state"


def items(session: Any, area: Area, state: str) -> list[queries.ItemLine]:
    """Items of an area in a state."""
    found: list[Any] = queries.items_page(session, area.id, queries.ItemFilters(state=state))[0]
    return found


def test_a_day_belongs_to_the_company_that_manages_the_estate_then(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree["happy"])
        before = (session, estate, day(date(2026, 6, 30)), SYSTEM)
        assert refused(services.publish, *before) == "no_company"
        first = services.publish(session, estate, day(TODAY + timedelta(days=3)), SYSTEM)
        assert refused(services.publish, session, estate, day(first.on_date), SYSTEM) == "day_taken"
        services.publish(session, estate, day(first.on_date, time(14)), SYSTEM)
        services.call_off(session, estate, first, "停电", SYSTEM)
        shown = queries.upcoming(session, [estate.id])
        assert [(row.starts.hour, row.state) for row in shown] == [(9, "called_off"), (14, "planned")]
        held = services.publish(session, estate, day(), SYSTEM)
        services.log_item(session, estate, held, LAMP, TODAY, None, SYSTEM)
        assert refused(services.call_off, session, estate, held, "停电", SYSTEM) == "bad_state"
        assert next(row.state for row in queries.upcoming(session, [estate.id])) == "today"
        late = (session, estate, day(TODAY - timedelta(days=32)), SYSTEM)
        assert refused(services.publish, *late) == "bad_day"


def test_erasing_takes_the_words_and_leaves_that_something_was_solved(site: Site) -> None:
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        estate = settle(session, tree["happy"])
        person = make_person(session, tree["grid1"], "李一")
        held = services.publish(session, estate, day(), SYSTEM)
        mine = services.log_item(session, estate, held, LAMP, TODAY, person, SYSTEM)
        other = services.log_item(session, estate, held, LAMP, TODAY, None, SYSTEM)
        for item in (mine, other):
            services.handle(session, estate, item, "unsolved", "李一家线路老化", SYSTEM)
        copy: Mapping[str, Any] = personal.export(session, person.id, [person.id])
        assert [one["text"] for one in copy["items"]] == [LAMP]
        personal.erase(session, person.id, [person.id])
        session.expire_all()
        assert [item.text for item in (mine, other)] == ["", LAMP]
        steps = session.scalars(select(PropertyReceptionStep).where(PropertyReceptionStep.item_id == mine.id))
        assert [(step.action, step.note) for step in steps] == [("logged", ""), ("unsolved", "")]
        assert rates.solved(session, [held.company_id], TODAY, TODAY) == {
            (held.company_id, estate.id): (2, 0)
        }


@dataclass
class Hall:
    """Addresses of 幸福社区 and of a day held there; a liaison acts for its company."""

    base: str
    reception: str
    public: str


@pytest.fixture
def hall(app: Flask, world: World) -> Hall:
    """桂花苑 of 幸福社区 holds a reception today; the account ``liaison`` acts for its company."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "property_rating", True, SYSTEM)
        estate = settle(session, session.get_one(Area, world.areas["happy"]))
        held = services.publish(session, estate, day(), SYSTEM)
        services.publish(session, estate, day(TODAY + timedelta(days=7)), SYSTEM)
        session.add(
            PropertyCompanyAccount(
                account_id=world.accounts["liaison"],
                company_id=held.company_id,
                from_on=TODAY,
                linked_at=held.created_at,
                linked_by="test",
            )
        )
        base = f"/a/{world.codes['happy']}/property/receptions"
        return Hall(base, held.public_id, f"/public/{world.codes['happy']}/property/receptions")


def logged(app: Flask) -> tuple[str, str]:
    """The outside id of the only item, and what was found when the resident was asked again."""
    with app.app_context(), read_scope() as session:
        item = session.scalars(select(PropertyReceptionItem)).one()
        return item.public_id, item.revisit


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_item_goes_from_the_day_to_the_company_and_back_to_the_resident(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, hall: Hall
) -> None:
    one = f"{hall.base}/{hall.reception}"
    form = {"text": LAMP, "promised_on": "2026-07-12", "person": "李一"}
    wrong = worker.post(f"{one}/items", {**form, "person": "无此人"}, follow_redirects=True)
    assert "没有登记这个姓名" in wrong.text
    worker.post(f"{one}/items", form)
    item, _revisit = logged(app)
    assert "李一" in worker.page(one).get_text()
    company = sign_in(world.accounts["liaison"])
    own = company.page("/me/property/receptions").get_text()
    assert LAMP in own
    assert "李一" not in own
    assert "2026-07-17" in own
    company.post(f"/me/property/receptions/items/{item}/handle", {"state": "solved", "note": "已换灯"})
    assert LAMP in worker.page(f"{hall.base}/items?state=revisit").get_text()
    overview = worker.page(f"/a/{world.codes['happy']}/").get_text()
    assert "待回访居民" in overview
    worker.post(f"{hall.base}/items/{item}/revisit", {"result": "confirmed"})
    assert logged(app) == (item, "confirmed")
    assert "待回访居民" not in worker.page(f"/a/{world.codes['happy']}/").get_text()
    solved = worker.page(f"{hall.base}/rates").select_one("table.list tbody")
    assert solved is not None
    assert "100" in solved.get_text()
    assert worker.get(f"{hall.base}/items?export=xlsx").status_code == 200
    public = Browser(app).page(hall.public).get_text()
    assert "2026-07-17" in public
    assert LAMP not in public
    assert "李一" not in public
    assert "桂花苑" in Browser(app).page(f"/public/{world.codes['happy']}/").get_text()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_day_is_published_and_called_off_on_pages(app: Flask, worker: Browser, hall: Hall) -> None:
    with app.app_context(), read_scope() as session:
        estate = session.scalars(select(PropertyEstate)).one().public_id
    form = {"estate": estate, "on_date": "2026-08-03", "starts": "14:00", "ends": "13:00", "place": "门卫室",
            "manager": "李静"}  # fmt: skip
    assert worker.page(f"{hall.base}/new").select_one("#estate option[selected]") is not None
    assert worker.post(f"{hall.base}/new", form).status_code == 422
    made = worker.post(f"{hall.base}/new", {**form, "ends": "16:00"})
    assert made.status_code == 303
    worker.post(f"{made.location}/call-off", {"reason": "台风"})
    assert "台风" in worker.page(made.location).get_text()
    assert "台风" in Browser(app).page(hall.public).get_text()
    rows = worker.page(f"{hall.base}?state=called_off").select("td.lead")
    assert [row.get_text(strip=True)[:10] for row in rows] == ["2026-08-03"]
    assert len(worker.page(hall.base).select("td.lead")) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_others_find_no_reception_of_the_community(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, hall: Hall
) -> None:
    worker.post(f"{hall.base}/{hall.reception}/items", {"text": LAMP, "promised_on": "2026-07-12"})
    item, _revisit = logged(app)
    sunny = f"/a/{world.codes['sunny']}/property/receptions"
    neighbour = sign_in(world.accounts["sunny_worker"])
    assert neighbour.get(f"{sunny}/{hall.reception}").status_code == 404
    assert neighbour.post(f"{sunny}/items/{item}/handle", {"state": "solved"}).status_code == 404
    member = sign_in(world.accounts["member"])
    assert member.get("/me/property/receptions").status_code == 404
    assert member.post(f"/me/property/receptions/items/{item}/handle", {"state": "solved"}).status_code == 404
    assert sign_in(world.accounts["secretary"]).get(f"{hall.base}/new").status_code == 403
    with app.app_context(), unit_of_work(drain=False) as session:
        link = session.scalars(select(PropertyCompanyAccount)).one()
        link.to_on = TODAY - timedelta(days=1)
    # A liaison whose link ended is told where to ask, and still finds nothing.
    liaison = sign_in(world.accounts["liaison"])
    assert "请联系社区" in liaison.page("/me/property/receptions").get_text()
    assert LAMP not in liaison.page("/me/property/receptions").get_text()
    assert (
        liaison.post(f"/me/property/receptions/items/{item}/handle", {"state": "solved"}).status_code == 404
    )


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_day_with_many_items_asks_as_much_as_one_with_few(
    app: Flask, worker: Browser, world: World, hall: Hall
) -> None:
    asked = []
    for more in (1, 8):
        with app.app_context(), unit_of_work(drain=False) as session:
            held = session.scalars(
                select(PropertyReception).where(PropertyReception.public_id == hall.reception)
            ).one()
            estate = session.get_one(PropertyEstate, held.estate_id)
            person = session.get_one(Person, world.person_ids["grid1"])
            for _one in range(more):
                services.log_item(session, estate, held, LAMP, TODAY, person, SYSTEM)
        with counted(app) as statements:
            for page in (f"/{hall.reception}", "", "/items", "/rates"):
                worker.page(hall.base + page)
        asked.append(len(statements))
    assert asked[0] == asked[1]
