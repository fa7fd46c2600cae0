"""The commands and the REST operations of certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.plugins.volunteer.certificates.papers import number_of, state_of
from tests.plugins.volunteer.place import Place, public_id
from tests.rest.conftest import MakeProgram, program

__all__ = ["program"]

HAPPY = "990101001001"


@pytest.fixture
def engine_name() -> str:
    """The services below are tried on both engines."""
    return "sqlite"


def test_a_certificate_is_issued_checked_printed_and_revoked_by_command(
    place: Place, run_cli: Any, tmp_path: Path
) -> None:
    person = place.person("张三")
    place.serve(person)
    base = ("volunteer", "certificate")
    issued = run_cli(*base, "issue", "--area", HAPPY, "--person", public_id(person), "--json")
    assert issued.exit_code == 0, issued.stderr
    found = issued.json()
    assert (found["minutes"], found["hours"], found["from"], found["state"]) == (
        120,
        "2.00",
        "2026-03-07",
        "issued",
    )
    number = found["number"]
    assert run_cli(*base, "check", number.lower()).exit_code == 0
    assert run_cli(*base, "check", number, "--code", "00000000").exit_code == 2
    assert run_cli(*base, "list", "--area", HAPPY, "--json").json()["total"] == 1
    # The paper shows an address: without one in the configuration there is none to print.
    assert (
        run_cli(*base, "pdf", number, str(tmp_path / "one.pdf"), "--json").json()["error"]["code"]
        == "base_url_needed"
    )
    again = run_cli(
        *base, "issue", "--area", HAPPY, "--person", public_id(person), "--replaces", number, "--json"
    )
    assert again.json()["number"] != number
    assert run_cli(*base, "check", number, "--json").json()["replaced_by"] == again.json()["number"]
    ended = run_cli(
        *base, "revoke", again.json()["number"], "--class", "duplicate", "--reason", "重复", "--json"
    )
    assert ended.json()["state"] == "revoked"
    assert run_cli(*base, "check", again.json()["number"]).exit_code == 1
    for arguments, code in (
        (("check", "ZY-1-2026-0001"), "unknown_certificate"),
        (("issue", "--area", HAPPY, "--person", "nobody"), "unknown_person"),
        (("issue", "--area", "1", "--person", "nobody"), "unknown_area"),
        (("issue", "--area", HAPPY, "--person", public_id(person), "--team", "none"), "unknown_team"),
    ):
        assert run_cli(*base, *arguments, "--json").json()["error"]["code"] == code
    assert (number_of(1), state_of(1)) == (number, "superseded")


def test_programs_issue_read_and_revoke_and_anybody_checks(
    app: Flask, world: World, program: MakeProgram
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    place, made = Place(world.areas), program("worker")
    with app.app_context():
        place.serve(world.person_ids["grid1"], "09:00", "11:00")
    base = f"/areas/{world.codes['happy']}/volunteer/certificates"
    wanted = {"person": world.people["grid1"], "from": "2026-01-01", "to": "2026-07-01"}
    issued = made.post(base, wanted)
    assert issued.status_code == 201, issued.text
    found = issued.json
    assert (found["minutes"], found["hours"], found["state"]) == (120, "2.00", "issued")
    checked = app.test_client().get(f"{found['check']}.json").json
    assert checked is not None
    assert (checked["state"], checked["number"]) == ("issued", found["number"])
    assert app.test_client().get("/verify/0123.json").status_code == 404
    newer = made.post(base, {**wanted, "replaces": found["id"]}).json
    assert made.get(f"{base}/{found['id']}").json["state"] == "superseded"
    assert made.get(base, state="issued").json["total"] == 1
    ended = made.post(f"{base}/{newer['id']}/revoke", {"reason_class": "other", "reason": "重发"})
    assert ended.json["state"] == "revoked"
    for body, status in (
        ({**wanted, "person": world.people["sunny"]}, 404),
        ({**wanted, "team": "aaaaaaaaaaaaaaaa"}, 404),
        ({**wanted, "replaces": "aaaaaaaaaaaaaaaa"}, 404),
        ({**wanted, "from": "2026-07-02"}, 422),
    ):
        assert made.post(base, body).status_code == status
    with app.app_context():
        outside = program("sunny_worker")
    assert outside.get(f"{base}/{newer['id']}").status_code == 404
