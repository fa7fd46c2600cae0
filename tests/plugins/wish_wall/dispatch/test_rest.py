"""Units, what is sent to them and rounds, over REST: every refusal with its code."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.models import WishesWish
from tests.browsers import World
from tests.plugins.wish_wall.wall.hanging import hang
from tests.rest.conftest import MakeProgram, Program, program

__all__ = ["program"]


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The interface is tried on one engine; the services on both."""
    return str(request.param)


@pytest.fixture
def here(app: Flask, world: World) -> dict[str, str]:
    """Micro-wishes; the address of the first community's, and outside ids of wishes and of the liaison's account."""
    found = {"base": f"/areas/{world.codes['happy']}/wishes"}
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        wisher = world.person_ids["grid2"]
        found["free"] = hang(session, world.areas["grid2"], wisher, 1, title="修灯").public_id
        found["new"] = hang(session, world.areas["grid2"], wisher, 2, state="submitted").public_id
        found["there"] = hang(session, world.areas["sunny"], world.person_ids["sunny"], 3).public_id
        found["account"] = session.get_one(Account, world.accounts["liaison"]).public_id
        found["stranger"] = session.get_one(Account, world.accounts["nobody"]).public_id
    return found


def refused(program: Program, path: str, body: Any) -> tuple[int, str]:
    """Status and code of what a POST is answered with."""
    answer = program.post(path, body, key=None)
    return answer.status_code, answer.json["error"]["code"]


def test_the_way_of_a_wish_to_a_unit_and_every_refusal(here: dict[str, str], program: MakeProgram) -> None:
    office, unit = program("worker"), program("liaison")
    units, sent, ours = (
        f"{here['base']}/{name}" for name in ("organisations", "dispatches", "unit-dispatches")
    )
    made = office.post(units, {"name": "供电所"}, key=None)
    assert made.status_code == 201
    oid = made.json["id"]
    assert refused(office, units, {"name": "供电所"}) == (409, "name_taken")
    assert refused(office, f"{units}/{oid}/accounts", {"account": here["stranger"]}) == (422, "not_a_liaison")
    link = office.post(f"{units}/{oid}/accounts", {"account": here["account"]}, key=None).json
    assert refused(office, f"{units}/{oid}/accounts", {"account": here["account"]}) == (409, "already_linked")

    good = {"wish": here["free"], "organisation": oid, "days": 3}
    for change, answer in (
        ({"wish": here["new"]}, (409, "bad_state")),
        ({"wish": here["there"]}, (404, "not_found")),
        ({"organisation": "nowhere"}, (422, "unknown_organisation")),
        ({"due_on": "2026-07-01"}, (422, "bad_due")),
    ):
        assert refused(office, sent, {**good, **change}) == answer
    row = office.post(sent, good, key=None)
    assert (row.status_code, row.json["due_on"], row.json["state"]) == (201, "2026-07-15", "sent")
    assert refused(office, sent, good) == (409, "already_sent")
    assert refused(office, f"{units}/{oid}/close", {}) == (409, "bad_state")

    did = row.json["id"]
    (waiting,) = unit.get(ours, state="waiting").json["items"]
    # The community, and not the grid in which somebody lives.
    assert (waiting["id"], waiting["area"]) == (did, "幸福社区")
    assert office.get(ours).status_code == 403
    assert unit.get(sent).status_code == 403
    assert unit.post(f"{ours}/{did}/accept", {}, key=None).json["state"] == "accepted"
    assert refused(unit, f"{ours}/{did}/accept", {}) == (409, "bad_state")
    assert refused(unit, f"{ours}/{did}/answer", {"answer": " "}) == (422, "answer_required")
    assert refused(unit, f"{ours}/{did}/return", {}) == (422, "reason_required")
    assert refused(unit, f"{ours}/nowhere/accept", {}) == (404, "not_found")
    assert refused(office, f"{sent}/{did}/recall", {}) == (422, "reason_required")
    done = unit.post(f"{ours}/{did}/answer", {"answer": "周三上门"}, key=None)
    assert (done.json["state"], done.json["answer"]) == ("answered", "周三上门")
    assert refused(office, f"{sent}/{did}/recall", {"reason": "晚了"}) == (409, "bad_state")
    (item,) = office.get(sent, state="answered", organisation=oid).json["items"]
    assert (item["number"], item["unit"], item["overdue"]) == ("2026-0001", "供电所", False)

    again = office.post(sent, good, key=None).json["id"]
    assert unit.post(f"{ours}/{again}/return", {"reason": "归民政"}, key=None).json["state"] == "returned"
    ended = office.post(f"{units}/{oid}/accounts/{link['id']}/end", {}, key=None)
    assert ended.json["to_on"] == "2026-07-09"
    assert unit.get(ours).json["total"] == 0
    closed = office.post(f"{units}/{oid}/close", {}, key=None)
    assert closed.json["open"] is False
    assert office.get(units).json["total"] == 0
    assert office.get(units, state="all").json["total"] == 1


def test_rules_by_kind_and_people_of_units_and_every_refusal(
    here: dict[str, str], program: MakeProgram, world: World
) -> None:
    office, unit = program("worker"), program("liaison")
    units, rules = f"{here['base']}/organisations", f"{here['base']}/dispatch-rules"
    oid = office.post(units, {"name": "供电所"}, key=None).json["id"]
    office.post(units, {"name": "民政办"}, key=None)
    one = f"{units}/{oid}"
    assert office.get(rules).json == {"items": []}
    kept = office.post(rules, {"category": "item", "organisation": oid, "days": 3}, key=None).json["items"]
    assert kept == [
        {"category": "item", "organisation": oid, "unit": "供电所", "days": 3, "inherited": False}
    ]
    for body, answer in (
        ({"category": "cash", "organisation": oid}, (422, "category_unknown")),
        ({"category": "item", "organisation": "nowhere"}, (422, "unknown_organisation")),
        ({"category": "item", "organisation": oid, "days": 0}, (422, "bad_days")),
        ({"category": "item", "organisation": oid, "days": 61}, (422, "bad_days")),
    ):
        assert refused(office, rules, body) == answer
    assert unit.get(rules).status_code == 403
    assert refused(unit, rules, {"category": "item"}) == (403, "forbidden")
    grid = f"/areas/{world.codes['grid2']}/wishes/dispatch-rules"
    assert [(item["days"], item["inherited"]) for item in office.get(grid).json["items"]] == [(3, True)]

    by_rules = f"{here['base']}/dispatches/by-rules"
    assert refused(office, by_rules, {"wishes": [here["there"]]}) == (404, "not_found")
    assert refused(office, by_rules, {"wishes": ["a" * 16] * 201}) == (422, "too_many_wishes")
    sent = office.post(by_rules, {"wishes": [here["free"], here["new"]]}, key=None)
    assert sent.json == {"sent": 1, "without": 0, "refused": 1}
    assert office.post(rules, {"category": "item", "organisation": ""}, key=None).json == {"items": []}

    assert (
        office.post(f"{one}/change", {"name": "供电公司", "kind": "company"}, key=None).json["kind"]
        == "company"
    )
    assert refused(office, f"{one}/change", {"name": "民政办", "kind": "unit"}) == (409, "name_taken")
    added = office.post(f"{one}/members", {"names": "周二"}, key=None).json["items"]
    assert [(item["person"], item["name"]) for item in added] == [(world.people["grid2"], "周二")]
    assert office.get(f"{one}/members").json["items"] == added
    assert refused(office, f"{one}/members", {"names": " "}) == (422, "names_needed")
    assert refused(office, f"{one}/members", {"names": "没有人"}) == (422, "name_unknown")
    assert refused(office, f"{one}/members/nobody/end", {}) == (404, "not_found")
    assert office.post(f"{one}/members/{added[0]['id']}/end", {}, key=None).json == {"items": []}


def test_rounds_over_rest_and_every_refusal(app: Flask, here: dict[str, str], program: MakeProgram) -> None:
    office, reader = program("worker"), program("secretary")
    rounds = f"{here['base']}/campaigns"
    days = {"opens_on": "2026-07-01", "closes_on": "2026-07-31"}
    first = office.post(rounds, {"title": "春节心愿", **days}, key=None)
    assert (first.status_code, first.json["state"], first.json["colour"]) == (201, "draft", "red")
    assert refused(office, rounds, {"title": " ", **days}) == (422, "title_needed")
    bad = {"title": "春节", "opens_on": "2026-07-02", "closes_on": "2026-07-01"}
    assert refused(office, rounds, bad) == (422, "bad_period")
    assert refused(reader, rounds, {"title": "春节心愿", **days}) == (403, "forbidden")
    one = first.json["id"]
    two = office.post(rounds, {"title": "重阳心愿", **days}, key=None).json["id"]
    assert office.post(f"{rounds}/{one}/start", {}, key=None).json["state"] == "running"
    assert refused(office, f"{rounds}/{one}/start", {}) == (409, "bad_state")
    assert refused(office, f"{rounds}/{one}/carry", {"into": two}) == (409, "bad_state")
    with app.app_context(), unit_of_work(drain=False) as session:
        from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign

        found = session.scalars(select(WishesCampaign).where(WishesCampaign.public_id == one)).one()
        wish = session.scalars(select(WishesWish).where(WishesWish.public_id == here["free"])).one()
        wish.campaign_id = found.id
    assert office.post(f"{rounds}/{one}/close", {}, key=None).json["waiting"] == 1
    assert refused(office, f"{rounds}/{one}/close", {}) == (409, "bad_state")
    assert refused(office, f"{rounds}/{one}/carry", {"into": one}) == (422, "same_campaign")
    assert refused(office, f"{rounds}/{one}/carry", {"into": "nowhere"}) == (404, "not_found")
    assert office.post(f"{rounds}/{one}/carry", {"into": two}, key=None).json == {"wishes": 1}
    items = reader.get(rounds).json["items"]
    assert {(item["title"], item["collected"]) for item in items} == {("春节心愿", 0), ("重阳心愿", 1)}
