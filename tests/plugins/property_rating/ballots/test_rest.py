"""Casting by programs: every refusal by its code, and what is counted of refused ballots."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.areas.models import Area
from pointsys.core.idempotency import IdempotencyKey
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating.ballots import counting
from pointsys.plugins.property_rating.rounds.models import COMPUTED, PER_OWNER
from tests.browsers import World
from tests.factories import make_person
from tests.plugins.property_rating.ballots import urn
from tests.plugins.property_rating.ballots.test_casting import the_round
from tests.rest.conftest import MakeProgram, program

# The engine has no part in these; votes at once are tried on both in ``test_casting``.
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

__all__ = ["program"]

FULL = {"clean": "100", "safe": "75", "repair": "0"}


@pytest.fixture
def round_id(app: Flask, world: World) -> str:
    """A round by owner: 李一 owns 101 and 102, is a co-owner without the vote of 103, and 104 is a neighbour's."""
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        neighbour = make_person(session, happy, "邻居")
        estate = urn.make_estate(session, happy, 8)
        for number, owner in ((101, None), (102, None), (103, neighbour), (103, None), (104, neighbour)):
            urn.own(session, number, owner or world.person_ids["grid1"])
        urn.home(session, 108).unsold = True
        session.flush()
        round_ = urn.make_draft(
            session, session.get_one(Area, world.areas["street"]), [estate], per=PER_OWNER
        )
        urn.open_round(session, round_)
        return str(round_.public_id)


def _close(app: Flask) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        the_round(session).state = COMPUTED


def _prove_unsold(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        home = urn.home(session, 108)
        home.unsold = False
        urn.own(session, 108, world.person_ids["grid1"])


def _sell_all(app: Flask) -> None:
    from pointsys.plugins.property_rating.owners.models import PropertyOwnerProof

    with app.app_context(), unit_of_work(drain=False) as session:
        for proof in session.query(PropertyOwnerProof):
            proof.ended_on, proof.votes = the_round(session).first_on, False


CASES: list[tuple[str, int, int, dict[str, Any], Callable[[Flask, World], None] | None]] = [
    ("bad_score", 422, 101, {"answers": {**FULL, "safe": "99"}}, None),
    ("bad_score", 422, 101, {"answers": {"clean": "100"}}, None),
    ("bad_score", 422, 101, {"score": "100.5"}, None),
    ("bad_score", 422, 101, {}, None),
    ("not_owner", 403, 104, {"score": "80"}, None),
    ("not_eligible", 403, 103, {"score": "80"}, None),
    ("not_eligible", 403, 108, {"score": "80"}, _prove_unsold),
    ("not_verified", 403, 101, {"score": "80"}, lambda app, world: _sell_all(app)),
    ("round_closed", 409, 101, {"score": "80"}, lambda app, world: _close(app)),
]


@pytest.mark.parametrize(("code", "status", "number", "body", "before"), CASES)
def test_each_refusal_has_its_code_and_is_counted(
    app: Flask, world: World, program: MakeProgram, round_id: str, code: str, status: int, number: int,
    body: dict[str, Any], before: Callable[[Flask, World], None] | None,
) -> None:  # fmt: skip
    if before is not None:
        before(app, world)
    with app.app_context(), read_scope() as session:
        dwelling = urn.home(session, number).public_id
    member = program("member")
    answer = member.post(
        f"/areas/{world.codes['grid1']}/property/rounds/{round_id}/cast",
        {"dwelling": dwelling, **body},
        key=None,
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    with app.app_context(), read_scope() as session:
        assert counting.refused(session, the_round(session)) == {code: 1}
        assert urn.ballots(session) == []


def test_a_ballot_is_cast_once_and_the_answer_says_nothing_of_it(
    app: Flask, world: World, program: MakeProgram, round_id: str
) -> None:
    with app.app_context(), read_scope() as session:
        homes = {number: urn.home(session, number).public_id for number in (101, 102, 104, 107)}
    base, member = f"/areas/{world.codes['grid1']}/property/rounds/{round_id}", program("member")
    body = {"dwelling": homes[101], "answers": FULL}
    done = member.post(f"{base}/cast", body, key="once-and-again-1")
    assert done.status_code == 201
    assert set(done.json) == {"round", "dwelling", "voted_on", "method"}
    assert member.post(f"{base}/cast", body, key="once-and-again-1").headers["Idempotent-Replayed"] == "true"
    with app.app_context(), read_scope() as session:
        # Of what is kept under the key nobody tries out the few ballots there are until one fits.
        (digest,) = session.scalars(select(IdempotencyKey.digest))
    route = f"POST {member.base}{base}/cast"
    bodies = (json.dumps(body), json.dumps(body, separators=(",", ":")), json.dumps(body, sort_keys=True))
    assert digest not in {sha256(route.encode() + b"\0" + text.encode()).hexdigest() for text in bodies}
    second = member.post(f"{base}/cast", {**body, "dwelling": homes[102]}, key=None)
    assert (second.status_code, second.json["error"]["code"]) == (409, "owner_already_voted")
    assert (
        member.post(f"/areas/{world.codes['grid1']}/property/rounds/{'a' * 16}/cast", body).status_code == 404
    )

    worker = program("worker", areas=["happy"])
    base = f"/areas/{world.codes['happy']}/property/rounds/{round_id}"
    assert worker.post(f"{base}/cast", body, key=None).status_code == 403
    helped = {"dwelling": homes[104], "score": "60", "method": "visit"}
    assert worker.post(f"{base}/assist", helped, key=None).json["method"] == "visit"
    for wrong, code in (
        ({**helped, "dwelling": homes[107]}, "not_verified"),
        (helped, "owner_already_voted"),
        ({**helped, "dwelling": homes[101]}, "owner_already_voted"),
    ):
        assert worker.post(f"{base}/assist", wrong, key=None).json["error"]["code"] == code
    turnout = worker.get(f"{base}/turnout").json
    (line,) = turnout["items"]
    assert (line["ballots"], line["households"], line["by_method"]["visit"]) == (2, 5, None)
    assert [question["id"] for question in turnout["questions"]] == ["clean", "safe", "repair"]
    with app.app_context(), read_scope() as session:
        assert sorted(ballot.score for ballot in urn.ballots(session)) == ["175/3", "60"]
