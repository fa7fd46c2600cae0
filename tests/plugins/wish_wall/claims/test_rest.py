"""Claims by programs: every refusal by its code, and whom a wish is for only to those who are on it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.dispatch.members import add_members
from pointsys.plugins.wish_wall.dispatch.models import WishesOrganisation
from pointsys.plugins.wish_wall.models import WishesHousehold, WishesHouseholdMember, WishesWish
from tests.browsers import World
from tests.plugins.wish_wall.wall.hanging import hang
from tests.rest.conftest import MakeProgram, Program, program

__all__ = ["program"]


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


class Bench:
    """Programs of a member, of the wisher and of the office, and wishes by a name."""

    def __init__(self, app: Flask, world: World, make: MakeProgram) -> None:
        self.app, self.world = app, world
        self.grid = f"/areas/{world.codes['grid1']}/wishes"
        self.happy = f"/areas/{world.codes['happy']}/wishes"
        self.member = make("member")
        self.wisher = make("wisher")
        self.neighbour = make("neighbour")
        self.office = make("worker")
        self.number = 0

    def wish(self, **values: Any) -> str:
        """A wish of 钱福; its outside id."""
        self.number += 1
        with self.app.app_context(), unit_of_work(drain=False) as session:
            wisher = self.world.person_ids["happy"]
            return str(hang(session, self.world.areas["happy"], wisher, self.number, **values).public_id)

    def claim(self, wish: str, **body: object) -> Any:
        """The member claims."""
        return self.member.post(f"{self.grid}/{wish}/claim", body, key=None)

    def does(self, who: Program, act: str, wish: str, **body: object) -> tuple[int, str]:
        """An act on a wish: status, and code or state."""
        base = self.happy if who is not self.member else self.grid
        answer = who.post(f"{base}/{wish}/{act}", body, key=None)
        told = answer.json
        return answer.status_code, told["error"]["code"] if "error" in told else told["state"]


@pytest.fixture
def bench(app: Flask, world: World, program: MakeProgram) -> Bench:
    """The sub-district with micro-wishes on, and a second resident in the wisher's community."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        happy = session.get_one(Area, world.areas["happy"])
        for login, person in (("wisher", "happy"), ("neighbour", "grid2")):
            account = accounts.create_account(session, login, SYSTEM, person_id=world.person_ids[person])
            accounts.grant_role(session, account, "resident", happy, SYSTEM)
            world.accounts[login] = account.id
    return Bench(app, world, program)


def test_the_whole_path_by_programs(bench: Bench, world: World) -> None:
    wish = bench.wish()

    made = bench.claim(wish, qty=1)
    assert made.status_code == 201
    assert (made.json["state"], made.json["wish_state"]) == ("active", "claimed")
    assert made.json["people"] == [world.people["grid1"]]
    assert (made.json["wisher"], "502" in made.json["private_text"]) == ("钱福", True)
    listed = bench.member.get(f"{bench.grid}/claims/mine").json["items"]
    assert [one["id"] for one in listed] == [made.json["id"]]
    assert bench.does(bench.member, "contact", wish) == (200, "active")
    assert bench.does(bench.member, "deliver", wish, proof="送到了") == (200, "delivered")
    done = bench.wisher.post(f"{bench.happy}/{wish}/confirm", {"rating": 5, "minutes": 30}, key=None).json
    assert (done["state"], done["wish_state"], done["minutes"]) == ("confirmed", "realized", 30)
    assert (done["wisher"], done["private_text"]) == ("", "")
    read = bench.member.get(f"{bench.grid}/{wish}").json
    assert (read["state"], read["name"], read["private_text"]) == ("realized", None, None)
    assert bench.does(bench.office, "void", wish, reason="没有送到") == (200, "voided")
    assert bench.does(bench.member, "claim", wish) == (201, "active")
    assert bench.does(bench.member, "release", wish) == (200, "released")
    assert bench.member.get(f"{bench.grid}/claims/mine").json["items"][0]["private_text"] == ""


def test_who_is_named_by_a_program_is_asked(bench: Bench, world: World) -> None:
    wish, full = bench.wish(slots=2), bench.wish()
    neighbour = world.people["grid2"]
    made = bench.claim(wish, qty=2, team=[neighbour]).json
    assert (made["people"], made["named"]) == ([world.people["grid1"], neighbour], [neighbour])
    (mine,) = bench.neighbour.get(f"{bench.happy}/claims/mine").json["items"]
    assert (mine["wisher"], mine["private_text"], mine["named"]) == ("", "", [neighbour])
    read = bench.neighbour.get(f"{bench.happy}/{wish}").json
    assert (read["name"], read["private_text"]) == (None, None)
    assert bench.does(bench.neighbour, "release", wish) == (403, "forbidden")
    assert bench.does(bench.member, "leave", wish) == (409, "last_of_team")
    assert bench.does(bench.wisher, "agree", wish) == (403, "forbidden")
    agreed = bench.neighbour.post(f"{bench.happy}/{wish}/agree", {}, key=None).json
    assert (agreed["named"], agreed["wisher"]) == ([], "钱福")
    assert bench.neighbour.get(f"{bench.happy}/{wish}").json["name"] == "钱福"
    assert bench.does(bench.member, "leave", wish) == (200, "active")
    assert bench.does(bench.member, "deliver", wish, proof="x") == (403, "forbidden")
    assert bench.does(bench.neighbour, "deliver", wish, proof="x") == (200, "delivered")
    assert bench.does(bench.wisher, "confirm", wish, rating=5) == (200, "confirmed")
    assert bench.does(bench.neighbour, "leave", wish) == (409, "bad_state")
    assert bench.does(bench.member, "agree", full) == (403, "forbidden")


def test_a_wish_with_several_claims_asks_the_office_which_is_meant(bench: Bench) -> None:
    wish = bench.wish(slots=2)
    first = bench.claim(wish).json["id"]
    assert bench.does(bench.neighbour, "claim", wish) == (201, "active")
    assert bench.does(bench.office, "revoke", wish, reason="x") == (422, "claim_needed")
    assert bench.does(bench.member, "deliver", wish, proof="x" * 1_001)[0] == 422
    assert bench.does(bench.office, "revoke", wish, reason="x", claim=first) == (200, "revoked")
    assert bench.does(bench.office, "revoke", wish, reason="x") == (200, "revoked")


def test_the_same_key_claims_once(bench: Bench) -> None:
    wish = bench.wish(slots=5)
    answers = [bench.member.post(f"{bench.grid}/{wish}/claim", {}, key="the-same-key-1") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json == answers[1].json


def test_each_refusal_of_a_claim_has_its_code(app: Flask, bench: Bench, world: World) -> None:
    open_wish, taken = bench.wish(slots=3), bench.wish()
    assert bench.does(bench.neighbour, "claim", taken) == (201, "active")
    gone, secret = bench.wish(state="expired"), bench.wish(state="submitted")
    with app.app_context(), unit_of_work(drain=False) as session:
        now = current_site().now()
        home = WishesHousehold(area_id=world.areas["happy"], created_at=now, created_by="t")
        session.add(home)
        session.flush()
        for name in ("happy", "grid2"):
            session.add(
                WishesHouseholdMember(
                    household_id=home.id, person_id=world.person_ids[name], added_at=now, added_by="t"
                )
            )
    assert bench.does(bench.member, "claim", open_wish) == (201, "active")

    for who, wish, body, expected in (
        (bench.member, open_wish, {}, (409, "already_claimed_by_you")),
        (bench.member, taken, {}, (409, "no_slot")),
        (bench.member, bench.wish(), {"qty": 10**30}, (409, "no_slot")),
        (bench.member, open_wish, {"qty": 0}, (422, "bad_qty")),
        (bench.member, open_wish, {"qty": 1.5}, (422, "bad_qty")),
        (bench.member, open_wish, {"qty": "many"}, (422, "bad_qty")),
        (bench.member, open_wish, {"qty": {}}, (422, "bad_qty")),
        (bench.member, open_wish, {"team": ["a" * 16]}, (422, "bad_team")),
        (bench.member, open_wish, {"team": [world.people["grid1"]]}, (422, "bad_team")),
        (bench.member, open_wish, {"organisation": "a" * 16}, (403, "forbidden")),
        (bench.wisher, open_wish, {}, (403, "same_household")),
        (bench.neighbour, open_wish, {}, (403, "same_household")),
        (bench.office, open_wish, {}, (403, "forbidden")),
        (bench.member, gone, {}, (404, "not_found")),
        (bench.member, secret, {}, (404, "not_found")),
        (bench.member, "a" * 16, {}, (404, "not_found")),
        (bench.wisher, gone, {}, (409, "not_open")),
    ):
        assert bench.does(who, "claim", wish, **body) == expected, (wish, body)
    for _ in range(2):
        assert bench.does(bench.member, "claim", bench.wish())[0] == 201
    assert bench.does(bench.member, "claim", bench.wish()) == (409, "claim_limit")


def test_each_refusal_of_the_later_acts_has_its_code(app: Flask, bench: Bench) -> None:
    wish = bench.wish()
    bench.claim(wish)
    acts: list[tuple[Program, str, dict[str, object], tuple[int, str]]] = [
        (bench.neighbour, "contact", {}, (403, "forbidden")),
        (bench.neighbour, "release", {}, (403, "forbidden")),
        (bench.neighbour, "deliver", {"proof": "x"}, (403, "forbidden")),
        (bench.member, "deliver", {}, (422, "proof_required")),
        (bench.wisher, "confirm", {"rating": 5}, (409, "bad_state")),
        (bench.office, "revoke", {}, (422, "reason_required")),
        (bench.office, "revoke", {"reason": "x", "claim": "a" * 16}, (404, "not_found")),
        (bench.office, "void", {"reason": "x"}, (409, "bad_state")),
        (bench.office, "relist", {}, (409, "bad_state")),
        (bench.member, "revoke", {"reason": "x"}, (403, "forbidden")),
        (bench.member, "deliver", {"proof": "x"}, (200, "delivered")),
        (bench.member, "deliver", {"proof": "x"}, (409, "bad_state")),
        (bench.member, "release", {}, (409, "bad_state")),
        (bench.office, "revoke", {"reason": "x"}, (409, "bad_state")),
        (bench.member, "confirm", {"rating": 5}, (403, "self_confirm")),
        (bench.neighbour, "confirm", {"rating": 5}, (403, "forbidden")),
        (bench.wisher, "confirm", {"rating": 6}, (422, "bad_rating")),
        (bench.wisher, "confirm", {}, (422, "bad_rating")),
        (bench.wisher, "confirm", {"rating": 5, "minutes": -1}, (422, "bad_minutes")),
        (bench.office, "void", {}, (422, "reason_required")),
        (bench.wisher, "confirm", {"rating": 5}, (200, "confirmed")),
        (bench.wisher, "confirm", {"rating": 5}, (409, "bad_state")),
        (bench.member, "contact", {}, (409, "bad_state")),
        (bench.member, "void", {"reason": "x"}, (403, "forbidden")),
    ]
    for who, act, body, expected in acts:
        assert bench.does(who, act, wish, **body) == expected, (act, body)
    assert bench.does(bench.wisher, "confirm", bench.wish(), rating=5) == (404, "not_found")


def test_the_office_relists_or_assigns_what_expired(app: Flask, bench: Bench, world: World) -> None:
    first, second = bench.wish(state="expired"), bench.wish(state="expired", slots=2)
    with app.app_context(), unit_of_work(drain=False) as session:
        unit = WishesOrganisation(
            area_id=world.areas["happy"],
            name="供电所",
            kind="unit",
            created_at=current_site().now(),
            created_by="t",
        )
        session.add(unit)
        session.flush()
        unit_id = unit.public_id

    again = bench.office.post(f"{bench.happy}/{first}/relist", {}, key=None).json
    assert (again["state"], again["priority"], again["taken"]) == ("published", 1, 0)
    assert bench.does(bench.office, "relist", first) == (409, "bad_state")
    assert bench.does(bench.office, "assign", second, organisation="a" * 16) == (422, "unknown_organisation")
    given = bench.office.post(f"{bench.happy}/{second}/assign", {"organisation": unit_id}, key=None)
    assert given.status_code == 201
    assert (given.json["qty"], given.json["assigned"], given.json["private_text"]) == (2, True, "")
    assert bench.does(bench.office, "assign", second, organisation=unit_id) == (409, "bad_state")
    who = world.people["grid2"]
    told = {"proof": "装好了", "team": [who]}
    assert bench.does(bench.office, "deliver", second, **told) == (422, "bad_team")
    with app.app_context(), unit_of_work(drain=False) as session:
        found = session.scalars(select(WishesOrganisation)).one()
        add_members(session, found, "周二", SYSTEM)
    done = bench.office.post(f"{bench.happy}/{second}/deliver", told, key=None).json
    assert (done["state"], done["people"]) == ("delivered", [who])
    assert bench.does(bench.office, "confirm", second, rating=5) == (403, "self_confirm")


def test_who_works_in_an_office_brings_wishes_of_another_community_as_a_neighbour(
    app: Flask, bench: Bench, program: MakeProgram, world: World
) -> None:
    wish, mine = bench.wish(), bench.wish()
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "both", SYSTEM, person_id=world.person_ids["sunny"])
        for role in ("community_worker", "resident"):
            accounts.grant_role(session, account, role, session.get_one(Area, world.areas["sunny"]), SYSTEM)
        world.accounts["both"] = account.id
    both, sunny = program("both"), f"/areas/{world.codes['sunny']}/wishes"

    def acts(act: str, of: str, **body: object) -> tuple[int, str]:
        answer = both.post(f"{sunny}/{of}/{act}", body, key=None)
        return answer.status_code, answer.json.get("state") or answer.json["error"]["code"]

    assert acts("claim", wish) == (201, "active")
    assert acts("contact", wish) == (200, "active")
    assert acts("deliver", wish, proof="x") == (200, "delivered")
    assert acts("confirm", wish, rating=5) == (403, "self_confirm")
    # Where they decide on none, they are nobody's office.
    assert bench.does(bench.member, "claim", mine) == (201, "active")
    assert bench.does(bench.member, "deliver", mine, proof="x") == (200, "delivered")
    assert acts("confirm", mine, rating=5) == (403, "forbidden")


def test_what_is_elsewhere_or_switched_off_is_not_there(
    app: Flask, bench: Bench, program: MakeProgram, world: World
) -> None:
    wish = bench.wish()
    sunny = f"/areas/{world.codes['sunny']}/wishes"
    other = program("sunny_worker")
    assert other.post(f"{sunny}/{wish}/revoke", {"reason": "x"}, key=None).status_code == 404
    with app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).values(state="withdrawn"))
    assert bench.claim(wish).status_code == 404
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", False, SYSTEM)
        session.execute(update(WishesWish).values(state="published"))
    assert bench.claim(wish).status_code == 404
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesWish.taken)).all() == [0]
