"""The commands and the REST operations of certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.plugins.volunteer.certificates.papers import number_of, state_of
from tests.plugins.volunteer.place import Place, public_id

HAPPY = "990101001001"


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
