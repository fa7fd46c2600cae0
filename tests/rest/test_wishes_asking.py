"""Wishes by programs: handing in, reading, taking back, deciding; every refusal is told by its code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.asking import households
from pointsys.plugins.wish_wall.models import WishesWish
from pointsys.plugins.wish_wall.reviewing.models import WishesReferral
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, Reply

LAMP = {"category": "service", "public_text": "厨房的灯坏了，我够不着", "private_text": "晚上在家"}


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@dataclass
class Wishes:
    """The programs of a resident, of a neighbour of theirs, and of the office; addresses of the community."""

    app: Flask
    world: World
    resident: Program
    neighbour: Program
    worker: Program
    base: str

    def submit(self, by: Program | None = None, **more: Any) -> Reply:
        """Hand the lamp in, with other values."""
        return (by or self.resident).post(self.base, {**LAMP, **more}, key=None)

    def act(self, by: Program, wish: str, action: str, **body: Any) -> Reply:
        """Do something with a wish."""
        return by.post(f"{self.base}/{wish}/{action}", body, key=None)

    def set(self, wish: str, **values: Any) -> None:
        """Put a wish into another state."""
        with self.app.app_context(), unit_of_work(drain=False) as session:
            row = session.scalars(select(WishesWish).where(WishesWish.public_id == wish)).one()
            for name, value in values.items():
                setattr(row, name, value)


@pytest.fixture
def wishes(app: Flask, world: World, program: MakeProgram) -> Wishes:
    """Micro-wishes are on in the sub-district; the member's neighbour has an account too."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        account = accounts.create_account(session, "neighbour", SYSTEM, person_id=world.person_ids["grid2"])
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["grid2"]), SYSTEM)
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["happy"]), SYSTEM)
        member = session.get_one(Account, world.accounts["member"])
        accounts.grant_role(session, member, "resident", session.get_one(Area, world.areas["happy"]), SYSTEM)
        world.accounts["neighbour"] = account.id
    base = f"/areas/{world.codes['happy']}/wishes"
    return Wishes(app, world, program("member"), program("neighbour"), program("worker"), base)


def told(answer: Reply) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json["error"]["code"] if answer.status_code >= 400 else ""


def test_a_wish_goes_from_the_resident_to_the_wall_and_back(wishes: Wishes) -> None:
    made = wishes.submit(category="item", amount="120", slots=2)
    assert made.status_code == 201
    wish = made.json
    assert (wish["state"], wish["amount"], wish["slots"], wish["mine"]) == ("submitted", "120.00", 2, True)
    assert wish["private_text"] == "晚上在家"
    # Nobody else knows of it before it is on the wall.
    assert told(wishes.neighbour.get(f"{wishes.base}/{wish['id']}")) == (404, "not_found")
    staff = wishes.worker.get(f"{wishes.base}/{wish['id']}").json
    assert (staff["name"], staff["person"]) == ("李一", wishes.world.people["grid1"])
    done = wishes.act(wishes.worker, wish["id"], "review", outcome="publish", title="一盏新灯")
    assert (done.status_code, done.json["state"], done.json["title"]) == (200, "published", "一盏新灯")
    seen = wishes.neighbour.get(f"{wishes.base}/{wish['id']}").json
    assert (seen["state"], seen["title"], seen["mine"]) == ("published", "一盏新灯", False)
    assert seen["area"] == wishes.world.codes["happy"] != wish["area"]
    assert [seen[name] for name in ("name", "person", "private_text", "referral")] == [None] * 4
    back = wishes.act(wishes.resident, wish["id"], "withdraw")
    assert back.json["state"] == "withdrawn"
    assert told(wishes.neighbour.get(f"{wishes.base}/{wish['id']}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"category": "cash"}, (422, "cash_not_allowed")),
        ({"category": "tree"}, (422, "category_unknown")),
        ({"category": "item", "amount": "abc"}, (422, "bad_amount")),
        ({"category": "item", "amount": -5}, (422, "bad_amount")),
        ({"category": "item", "amount": 301}, (422, "amount_over_limit")),
        ({"slots": 0}, (422, "bad_slots")),
        ({"slots": 11}, (422, "bad_slots")),
        ({"slots": "two"}, (422, "bad_slots")),
        ({"public_text": ""}, (422, "words_needed")),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    wishes: Wishes, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert told(wishes.submit(**body)) == expected


def test_every_refusal_of_handing_in_taking_back_and_deciding_has_its_code(
    wishes: Wishes, program: MakeProgram
) -> None:
    world, base = wishes.world, wishes.base
    first = wishes.submit().json["id"]
    person = world.people["happy"]
    seen = {
        "a second open wish": told(wishes.submit()),
        "for somebody else by a neighbour": told(
            wishes.submit(wishes.neighbour, person=person, consent="同意")
        ),
        "without consent": told(wishes.submit(wishes.worker, person=person)),
        "for nobody": told(wishes.submit(wishes.worker)),
        "for somebody of elsewhere": told(
            wishes.submit(wishes.worker, person=world.people["sunny"], consent="x")
        ),
        "deciding without a right": told(wishes.act(wishes.neighbour, first, "review", outcome="publish")),
        "deciding on nothing": told(
            wishes.act(wishes.worker, "aaaaaaaaaaaaaaaa", "review", outcome="publish")
        ),
        "deciding something else": told(wishes.act(wishes.worker, first, "review", outcome="burn")),
        "returning without a reason": told(wishes.act(wishes.worker, first, "review", outcome="return")),
        "rejecting without a reason": told(
            wishes.act(wishes.worker, first, "review", outcome="reject", reason=" ")
        ),
        "taking back by staff without a reason": told(wishes.act(wishes.worker, first, "withdraw")),
        "taking back what one cannot see": told(wishes.act(wishes.neighbour, first, "withdraw")),
        "from another community": told(
            program("sunny_worker").get(f"/areas/{world.codes['sunny']}/wishes/{first}")
        ),
    }
    assert seen == {
        "a second open wish": (409, "household_limit"),
        "for somebody else by a neighbour": (403, "forbidden"),
        "without consent": (422, "consent_needed"),
        "for nobody": (422, "person_needed"),
        "for somebody of elsewhere": (404, "not_found"),
        "deciding without a right": (403, "forbidden"),
        "deciding on nothing": (404, "not_found"),
        "deciding something else": (422, "bad_outcome"),
        "returning without a reason": (422, "reason_required"),
        "rejecting without a reason": (422, "reason_required"),
        "taking back by staff without a reason": (422, "reason_required"),
        "taking back what one cannot see": (404, "not_found"),
        "from another community": (404, "not_found"),
    }
    wishes.set(first, state="published")
    assert told(wishes.act(wishes.worker, first, "review", outcome="publish")) == (409, "bad_state")
    assert told(wishes.act(wishes.neighbour, first, "withdraw")) == (403, "forbidden")
    wishes.set(first, taken=1)
    assert told(wishes.act(wishes.resident, first, "withdraw")) == (409, "bad_state")
    # On the wall of the sub-district another community's people see it, and nothing of whose it is.
    assert base != f"/areas/{world.codes['sunny']}/wishes"
    other = program("sunny_worker").get(f"/areas/{world.codes['sunny']}/wishes/{first}")
    assert (other.status_code, other.json["name"], other.json["private_text"]) == (200, None, None)


@pytest.mark.parametrize("text", ["电话 138 0013 8000", "身份证650102199003071234", "我有糖尿病"])
def test_a68_phones_id_numbers_and_illness_are_not_published_before_they_are_masked(
    wishes: Wishes, text: str
) -> None:
    wish = wishes.submit(public_text=f"想要一台收音机，{text}").json["id"]
    assert told(wishes.act(wishes.worker, wish, "review", outcome="publish")) == (422, "personal_data")
    assert told(
        wishes.act(wishes.worker, wish, "review", outcome="publish", public_text="收音机", title=text)
    ) == (422, "personal_data")
    assert wishes.worker.get(f"{wishes.base}/{wish}").json["state"] == "submitted"
    done = wishes.act(
        wishes.worker, wish, "review", outcome="publish", public_text="想要一台收音机", title="收音机"
    )
    assert (done.status_code, done.json["public_text"]) == (200, "想要一台收音机")


@pytest.mark.parametrize("outcome", ["publish", "return", "reject", "convert"])
def test_nobody_decides_on_wishes_of_their_own_household(wishes: Wishes, outcome: str) -> None:
    with wishes.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, wishes.world.areas["happy"])
        clerk = session.get_one(Person, wishes.world.person_ids["happy"])
        wisher = session.get_one(Person, wishes.world.person_ids["grid1"])
        households.group(session, area, [clerk, wisher], Actor("office", 0))
        account = session.get_one(Account, wishes.world.accounts["worker"])
        account.person_id = clerk.id
    wish = wishes.submit().json["id"]
    refused = wishes.act(wishes.worker, wish, "review", outcome=outcome, reason="自家人")
    assert told(refused) == (403, "self_review")


def test_a_wish_that_is_public_works_goes_on_under_a_number(wishes: Wishes) -> None:
    wish = wishes.submit(public_text="楼下的路灯坏了一个月").json["id"]
    done = wishes.act(wishes.worker, wish, "review", outcome="convert", reason="转城管办理")
    assert done.json["state"] == "converted"
    assert done.json["referral"]["state"] == "open"
    mine = wishes.resident.get(f"{wishes.base}/{wish}").json
    assert mine["referral"] == done.json["referral"]
    with wishes.app.app_context(), read_scope() as session:
        row = session.scalars(select(WishesReferral)).one()
        assert (f"{row.year}-{row.number:04d}", row.reason) == (mine["referral"]["number"], "转城管办理")
    # The household may wish for something else now.
    assert wishes.submit().status_code == 201
