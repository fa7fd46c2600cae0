"""The ledger by REST: the same steps, keys, refusals and amounts as on the pages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browsers import World
from tests.plugins.party_member_points.party import MEMBER, Party, result
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The services are tried on both engines."""
    return str(request.param)


def test_awards_and_sessions_take_the_same_steps_by_rest(
    app: Flask, world: World, world_party: Party, program: MakeProgram
) -> None:
    with app.app_context():
        world_party.roster({world.person_ids["grid1"]: MEMBER})
    worker, secretary, committee = program("worker"), program("secretary"), program("committee")
    base = f"/areas/{world.codes['happy']}/points"
    honour = {
        "person": world.people["grid1"], "item": "honour", "on": "2026-06-01", "reason": "三年带队",
        "attributes": {"level": "street", "matter": "m"}, "key": "letter-7",
    }  # fmt: skip
    made = worker.post(f"{base}/awards", honour)
    assert (made.status_code, made.json["status"]) == (201, "pending")
    again = worker.post(f"{base}/awards", honour)
    assert again.json["id"] == made.json["id"], "the same key is the same proposal"
    conflict = worker.post(f"{base}/awards", {**honour, "reason": "别的"})
    assert (conflict.status_code, conflict.json["error"]["code"]) == (422, "key_conflict")
    # The request itself replayed, and its key with another body.
    first = worker.post(f"{base}/awards", {**honour, "key": "x"}, key="request-key-1")
    assert worker.post(f"{base}/awards", {**honour, "key": "x"}, key="request-key-1").json == first.json
    assert worker.post(f"{base}/awards", {**honour, "key": "y"}, key="request-key-1").status_code == 422
    for amount in ("1e18", "NaN", "-1", "0.30000000000000004"):
        refused = worker.post(f"{base}/awards", {**honour, "item": "wish", "amount": amount, "key": ""})
        assert (refused.status_code, refused.json["error"]["code"]) == (422, "bad_amount")

    one = f"{base}/awards/{made.json['id']}"
    assert worker.post(f"{one}/decide", {"outcome": "confirmed"}).status_code == 403
    assert secretary.post(f"{one}/verify", {"outcome": "verified"}).json["status"] == "verified"
    done = committee.post(f"{one}/decide", {"outcome": "confirmed"})
    assert [step["outcome"] for step in done.json["steps"]] == ["verified", "confirmed"]
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["honour"] == "5.00"
    refused = committee.post(f"{one}/decide", {"outcome": "voided", "reason": "错"})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "another_person_needed")
    listed = worker.get(f"{base}/awards", status="confirmed").json
    assert (listed["total"], listed["items"][0]["id"]) == (1, made.json["id"])
    assert worker.get(one).json["attributes"] == {"level": "street", "matter": "m"}
    assert program("sunny_worker").get(one).status_code == 404

    taken = worker.post(f"{base}/awards", {**honour, "item": "noshow", "attributes": {}, "key": ""}).json[
        "id"
    ]
    early = committee.post(f"{base}/awards/{taken}/decide", {"outcome": "confirmed"})
    assert (early.status_code, early.json["error"]["code"]) == (422, "tell_first")
    before = worker.post(f"{base}/awards/{taken}/tell", {"how": "paper", "on": "2026-05-01"})
    assert (before.status_code, before.json["error"]["code"]) == (422, "before_the_matter")
    told = worker.post(f"{base}/awards/{taken}/tell", {"how": "paper", "on": "2026-06-02"})
    assert told.json["status"] == "told"
    assert worker.post(f"{base}/awards/{taken}/withdraw", {}).json["status"] == "withdrawn"

    meeting = worker.post(f"{base}/sessions", {"title": "党员大会", "on": "2026-06-10", "item": "attend"})
    assert [person["attendance"] for person in meeting.json["people"]] == ["absent"]
    place = f"{base}/sessions/{meeting.json['id']}"
    said = {"word": "attended", "people": [world.people["grid1"]]}
    assert worker.post(f"{place}/attendance", {**said, "people": ["nobodyhere"]}).status_code == 404
    assert worker.post(f"{place}/attendance", said).json["people"][0]["attendance"] == "attended"
    assert secretary.post(f"{place}/close", {"outcome": "confirmed"}).json["state"] == "confirmed"
    assert worker.get(f"{base}/sessions").json["items"][0]["attended"] == 1
    assert secretary.get(place).json["state"] == "confirmed"
