"""Steps of the year by REST that stand in no part's own tests: objections, units' lists, the shop, liaisons."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.objections.models import Objection
from pointsys.core.publicity import services as publicity
from pointsys.core.publicity.services import Notice
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.publicity import PublicColumn
from tests.browsers import World
from tests.plugins.party_member_points.party import MEMBER, Party
from tests.rest.conftest import MakeProgram, Program, program

__all__ = ["program"]


@pytest.fixture
def engine_name() -> str:
    """The services below are tried on both engines."""
    return "sqlite"


@pytest.fixture
def base(app: Flask, world: World, world_party: Party) -> str:
    """李一 of 供电公司 (grid 1) and 周二 (grid 2) are members, each with an entry; the path of 幸福社区."""
    with app.app_context():
        since = {"checkin_on": "2026-01-01"}
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        world_party.roster({first: {**MEMBER, **since, "home_unit": "供电公司"}, second: {**MEMBER, **since}})
        for person in (first, second):
            world_party.serve(person, "09:00", "11:00")
    return f"/areas/{world.codes['happy']}/points"


def code_of(answer: object) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json["error"]["code"]  # type: ignore[attr-defined]


def object_to(mine: Program, own: str, subject: str, public_id: str, text: str = "请核实") -> object:
    """The answer to an objection."""
    return mine.post(f"{own}/own-objections", {"subject": subject, "id": public_id, "text": text})


def test_members_object_to_what_is_their_own_and_somebody_else_answers(
    app: Flask, world: World, base: str, program: MakeProgram
) -> None:
    worker, committee, mine = program("worker"), program("committee"), program("member")
    own = f"/areas/{world.codes['grid1']}/points"
    assert mine.get(f"{own}/own-sheets").json == {"items": []}
    sheet = worker.post(f"{base}/sheets", {"cut": "2026-Q2", "branch": ""}).json["id"]
    # A sheet that is not public yet is not there for members.
    assert object_to(mine, own, "sheet", sheet).status_code == 404  # type: ignore[attr-defined]
    assert worker.post(f"{base}/sheets/{sheet}/publish", {"days": 5, "replacing": ""}).status_code == 200
    (line,) = mine.get(f"{own}/own-sheets").json["items"]
    assert (line["sheet"], line["total"], line["may_object"]) == (sheet, "10.00", True)

    raised = mine.post(
        f"{own}/own-objections", {"subject": "sheet", "id": sheet, "text": "少了一次"}, key="once-and-again"
    )
    assert (raised.status_code, raised.json["state"]) == (201, "open")
    again = mine.post(
        f"{own}/own-objections", {"subject": "sheet", "id": sheet, "text": "少了一次"}, key="once-and-again"
    )
    assert again.json == raised.json
    assert code_of(object_to(mine, own, "sheet", sheet)) == (422, "already_open")
    assert mine.get(f"{own}/own-sheets").json["items"][0]["may_object"] is False
    answer = {"outcome": "upheld", "text": "已补记"}
    path = f"/areas/{world.codes['happy']}/objections/{raised.json['id']}/answer"
    assert code_of(worker.post(path, answer)) == (422, "another_person_needed")
    assert committee.post(path, answer).status_code == 200
    shown = mine.get(f"{own}/own-objections").json["items"]
    assert [(one["id"], one["outcome"], one["answer"]) for one in shown] == [
        (raised.json["id"], "upheld", "已补记")
    ]
    # A worker who is no member has no lines, and theirs is nobody's else.
    assert worker.get(f"{base}/own-sheets").json == {"items": []}
    assert object_to(worker, base, "sheet", sheet).status_code == 404  # type: ignore[attr-defined]


def test_awards_claims_entries_and_notices_are_objected_to_by_whom_they_concern(
    app: Flask, world: World, base: str, program: MakeProgram
) -> None:
    worker, mine = program("worker"), program("member")
    own = f"/areas/{world.codes['grid1']}/points"
    taken = {"person": world.people["grid1"], "item": "honour", "on": "2026-06-01", "reason": "带队",
             "attributes": {"level": "street", "matter": "m"}}  # fmt: skip
    ids = [
        worker.post(f"{base}/awards", {**taken, "person": world.people[place]}).json["id"]
        for place in ("grid1", "grid2")
    ]
    # What waits is answered instead; of 周二's, nothing is told.
    assert code_of(object_to(mine, own, "award", ids[0])) == (422, "too_late")
    secretary = program("secretary")
    for award in ids:
        turned_down = {"outcome": "rejected", "reason": "没有材料"}
        assert secretary.post(f"{base}/awards/{award}/verify", turned_down).status_code == 200
    (shown,) = mine.get(f"{own}/own-awards").json["items"]
    assert (shown["id"], shown["status"], shown["may_object"]) == (ids[0], "rejected", True)
    assert object_to(mine, own, "award", ids[0]).status_code == 201  # type: ignore[attr-defined]

    claimed = mine.post(
        f"{own}/own-claims",
        {"item": "service", "kind": "environment", "date": "2026-07-02", "title": "清理", "quantity": "2.50"},
    ).json["id"]
    assert code_of(object_to(mine, own, "claim", claimed)) == (422, "too_late")
    decided = {"claims": [claimed], "outcome": "rejected", "reason": "查无此事"}
    assert worker.post(f"{base}/claims/decisions", decided).status_code == 200
    assert object_to(mine, own, "claim", claimed).status_code == 201  # type: ignore[attr-defined]

    with app.app_context(), unit_of_work() as session:
        entries = {
            place: session.scalars(
                select(Entry.public_id).where(Entry.person_id == world.person_ids[place])
            ).one()
            for place in ("grid1", "grid2")
        }
        notices = {}
        for place in ("happy", "sunny"):
            content = Notice("points.test", "公示", "2026", [PublicColumn("姓名")], [["张*"]], days=5)
            area = session.get_one(Area, world.areas[place])
            notices[place] = publicity.publish(session, area, content, SYSTEM).public_id
    assert object_to(mine, own, "entry", entries["grid1"]).status_code == 201  # type: ignore[attr-defined]
    assert object_to(mine, own, "notice", notices["happy"]).status_code == 201  # type: ignore[attr-defined]

    others = [("award", ids[1]), ("entry", entries["grid2"]), ("notice", notices["sunny"]), ("claim", ids[0])]
    told = {object_to(mine, own, *one).text for one in others}  # type: ignore[attr-defined]
    told.add(object_to(mine, own, "award", "aaaaaaaaaaaaaaaa").text)  # type: ignore[attr-defined]
    assert len(told) == 1
    assert "not_found" in told.pop()
    for bad in (
        {"subject": "person", "id": "a", "text": "x"},
        {"subject": "award", "id": ids[0], "text": ""},
    ):
        assert mine.post(f"{own}/own-objections", bad).status_code == 422
    with app.app_context(), read_scope() as session:
        kinds = list(session.scalars(select(Objection.subject_type).order_by(Objection.id)))
    assert kinds == ["points.award", "points.claim", "entry", "publicity"]


def test_a_units_list_is_brought_looked_over_and_applied(
    app: Flask, world: World, base: str, program: MakeProgram
) -> None:
    worker = program("worker")
    rows = [
        {"name": "周二", "political_status": "中共党员", "post": "组织委员"},
        {"name": "王小五", "phone": "13900139000", "checkin_on": "2026-03-01"},
        {"name": "郑九", "phone": "12"},
        {"name": "吴十"},
    ]
    given = {"unit": "市一中", "rows": rows}
    made = worker.post(f"{base}/unit-lists", given)
    assert made.status_code == 201, made.text
    outcomes = ["changed", "new", "unclear", "unclear"]
    assert [row["outcome"] for row in made.json["rows"]] == outcomes
    assert [bool(row["why"]) for row in made.json["rows"]] == [False, False, True, True]
    assert made.json["rows"][0]["person"] == world.people["grid2"]
    assert made.json["counts"] == {"changed": 1, "new": 1, "unclear": 2}
    assert "13900139000" not in made.text
    one = f"{base}/unit-lists/{made.json['id']}"
    assert worker.get(one).json == made.json
    assert program("sunny_worker").get(one).status_code == 404
    assert program("grid_worker").get(one).status_code in (403, 404)

    # Who may not add people asks for those on record alone.
    done = program("secretary").post(f"{one}/apply", {})
    assert (done.json["state"], done.json["rows"]) == ("applied", [])
    assert done.json["counts"] == {"changed": 1, "unclear": 3}
    assert code_of(worker.post(f"{one}/drop", {})) == (422, "report_closed")
    waiting = worker.get(f"{base}/checkins", status="submitted").json["items"]
    assert [(line["name"], line["kind"], line["home_unit"], line["source"]) for line in waiting] == [
        ("周二", "transfer", "市一中", "unit")
    ]
    second = worker.post(f"{base}/unit-lists", given).json["id"]
    assert worker.post(f"{base}/unit-lists/{second}/drop", {}).json["state"] == "dropped"
    states = [one["state"] for one in worker.get(f"{base}/unit-lists").json["items"]]
    assert states == ["dropped", "applied"]
    grid = f"/areas/{world.codes['grid1']}/points/unit-lists"
    assert code_of(worker.post(grid, given)) == (422, "not_a_community")
    for bad in ({"unit": "市一中", "rows": []}, {"unit": "", "rows": rows}, {"unit": "x", "rows": [{}]}):
        assert worker.post(f"{base}/unit-lists", bad).status_code == 422


def test_items_of_the_shop_are_added_changed_and_taken_off_offer(
    world: World, base: str, program: MakeProgram
) -> None:
    worker = program("worker")
    towel = {"title": "毛巾", "points": "5.00", "stock": 3}
    made = worker.post(f"{base}/shop-items", towel, key="a-towel-please")
    assert (made.status_code, made.json["offered"]) == (201, True)
    assert worker.post(f"{base}/shop-items", towel, key="a-towel-please").json == made.json
    one = f"{base}/shop-items/{made.json['id']}"
    assert worker.patch(one, {"offered": False}).status_code == 428
    etag = worker.get(one).headers["ETag"]
    changed = worker.patch(one, {"points": "6.5", "stock": None}, etag)
    assert changed.json == {**made.json, "points": "6.50", "stock": None}
    assert worker.patch(one, {"points": "7.00"}, etag).status_code == 412
    off = worker.patch(one, {"offered": False}, changed.headers["ETag"])
    assert off.json == {**changed.json, "offered": False}
    assert worker.get(f"{base}/shop").json == {"items": []}
    assert worker.get(f"{base}/shop-items", state="offered").json["total"] == 0
    assert worker.get(f"{base}/shop-items", q="毛").json["items"] == [off.json]
    for bad in ({"points": "0"}, {"points": "1.234"}, {"stock": -1}, {"title": ""}, {"area_id": 1}):
        assert worker.post(f"{base}/shop-items", {**towel, **bad}).status_code == 422, bad
    # What a place above gives is redeemed here, and changed there.
    office = program("office")
    above = office.post(f"/areas/{world.codes['street']}/points/shop-items", towel).json
    assert [item["id"] for item in worker.get(f"{base}/shop").json["items"]] == [above["id"]]
    assert worker.patch(f"{base}/shop-items/{above['id']}", {"offered": False}, '"x"').status_code == 404
    assert program("sunny_worker").get(one).status_code == 404


def test_liaisons_of_units_are_linked_listed_and_ended(world: World, base: str, program: MakeProgram) -> None:
    worker = program("worker")
    offered = worker.get(f"{base}/liaison-choices").json
    assert offered["units"] == ["供电公司"]
    (account,) = (one["id"] for one in offered["accounts"] if one["login"] == "liaison")
    wanted = {"unit": "供电公司", "account": account}
    made = worker.post(f"{base}/liaisons", wanted)
    assert (made.status_code, made.json["login"], made.json["to_on"]) == (201, "liaison", None)
    assert code_of(worker.post(f"{base}/liaisons", wanted)) == (422, "already_linked")
    assert code_of(worker.post(f"{base}/liaisons", {**wanted, "unit": "新华书店"})) == (422, "unknown_unit")
    assert code_of(worker.post(f"{base}/liaisons", {**wanted, "account": "a" * 16})) == (422, "not_a_liaison")
    assert worker.get(f"{base}/liaisons", q="供电", state="open").json["items"] == [made.json]
    end = f"{base}/liaisons/{made.json['id']}/end"
    assert program("sunny_worker").post(end, {}).status_code == 404
    done = worker.post(end, {})
    assert (done.status_code, done.json["to_on"] is None) == (200, False)
    assert code_of(worker.post(end, {})) == (422, "link_ended")
    assert worker.get(f"{base}/liaisons", state="open").json["total"] == 0
    assert program("secretary").get(f"{base}/liaisons").status_code == 403
