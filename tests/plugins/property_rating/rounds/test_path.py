"""The whole path of a round by programs: from a draft over an upheld appeal to a superseded result, with refusals."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.documents.models import Document
from pointsys.core.people.models import Person
from pointsys.core.publicity.models import Publicity
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating.rounds.appealing import votes_of
from pointsys.plugins.property_rating.rounds.models import PropertyRound, PropertyRoundEvent
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests.browsers import World
from tests.conftest import FixedClock
from tests.plugins.property_rating.rounds.stage import (
    SCHEME,
    another_office,
    ballots,
    co_owner,
    make_stage,
    wanted,
)
from tests.rest.conftest import MakeProgram, Program, Reply, program

__all__ = ["program"]


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Programs are tried on one engine, the services below them on both."""
    return str(request.param)


def code(answer: Reply) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json["error"]["code"])


def state(answer: Reply) -> str:
    """The state in the answer, which must be a success."""
    assert answer.status_code in (200, 201), answer.json
    return str(answer.json["state"])


def items(office: Program, path: str) -> dict[str, Any]:
    """Entrants of a round by the name of their estate."""
    return {one["estate"]: one for one in office.get(path).json["items"]}


def test_a_round_from_its_draft_to_a_superseded_result_with_every_refusal(
    app: Flask, world: World, clock: FixedClock, program: MakeProgram
) -> None:
    with app.app_context():
        stage = make_stage(world)
        another_office(world)
        co_owner(stage.homes[1], "业主三")
    until = {"expires_on": date(2026, 12, 30)}
    office, second, committee, worker, liaison, member, one, two, three = (
        program(name, **until)
        for name in (
            "office", "office2", "committee", "worker", "liaison", "member", "owner1", "owner2", "owner3",
        )
    )  # fmt: skip
    root = f"/areas/{world.codes['street']}/property/rounds"
    happy = f"/areas/{world.codes['happy']}/property/rounds"
    home = f"/areas/{world.codes['grid1']}/property/rounds"

    # Draft and opening.
    assert code(office.post(root, wanted(stage, first_on="2027-01-01"))) == (422, "bad_dates")
    assert office.post(root, wanted(stage, scheme="nothere")).status_code == 404
    assert worker.post(happy, wanted(stage)).status_code == 403
    drafted = office.post(root, wanted(stage))
    assert state(drafted) == "draft"
    at = drafted.json["id"]
    for act, body in (
        ("tally", {}), ("publish", {}), ("final", {}),
        ("rule", {"appeal": "x", "outcome": "upheld", "reason": "r"}),
    ):  # fmt: skip
        refused = office.post(f"{root}/{at}/{act}", body)
        assert code(refused) == ((404, "not_found") if act == "rule" else (409, "bad_state")), act
    assert one.post(f"{home}/{at}/appeal", {"entrant": "x", "text": "不公"}).status_code == 404
    assert state(office.post(f"{root}/{at}/open", {})) == "collecting"
    assert code(office.post(f"{root}/{at}/open", {})) == (409, "bad_state")
    again = office.post(root, wanted(stage, title="再来一次"))
    assert code(office.post(f"{root}/{again.json['id']}/open", {})) == (422, "no_entrants")

    # Ballots, sheets, and the veto list.
    entrants = items(office, f"{root}/{at}")
    assert {name: entrant["households"] for name, entrant in entrants.items()} == {"桂花苑": 20, "松柏园": 5}
    first, small = entrants["桂花苑"]["id"], entrants["松柏园"]["id"]
    ballot = {"dwelling": stage.homes[0], "score": "87.5"}
    for voter, change, answer in (
        (one, {"score": "101"}, (422, "bad_score")),
        (one, {"dwelling": stage.homes[1]}, (403, "not_owner")),
        (member, {}, (403, "not_verified")),
        (three, {"dwelling": stage.homes[1]}, (403, "not_eligible")),
    ):
        assert code(voter.post(f"{home}/{at}/cast", {**ballot, **change})) == answer
    assert one.post(f"{home}/{at}/cast", ballot).status_code == 201
    assert code(one.post(f"{home}/{at}/cast", {**ballot, "score": "0"})) == (409, "unit_already_voted")
    with app.app_context():
        ballots(at, ["100", "100", "100", "75", "75", "75"])
        ballots(at, ["50"] * 4, "松柏园")
    sheet = {
        "entrant": first,
        "part": "management",
        "rater": "社区居委会",
        "value": "88.5",
        "evidence": "实地查看",
    }
    for change, refusal in (
        ({"value": "100.1"}, "bad_score"), ({"value": "NaN"}, "bad_score"), ({"part": "owners"}, "bad_choice"),
        ({"evidence": " "}, "reason_required"),
    ):  # fmt: skip
        assert code(worker.post(f"{happy}/{at}/sheets", {**sheet, **change})) == (422, refusal)
    assert worker.post(f"{happy}/{at}/sheets", sheet).status_code == 201
    assert code(worker.post(f"{happy}/{at}/sheets", {**sheet, "value": "80"})) == (422, "reason_required")
    # The small estate has too few ballots for a result: nobody waits for its sheets.
    assert code(office.post(f"{root}/{at}/tally", {})) == (422, "reason_required")
    clock.advance(days=11)
    assert state(office.post(f"{root}/{at}/tally", {})) == "computed"
    assert code(two.post(f"{home}/{at}/cast", {**ballot, "dwelling": stage.homes[1]})) == (
        409,
        "round_closed",
    )
    entrants = items(office, f"{root}/{at}")
    result = entrants["桂花苑"]
    # 0.4 x 87.5 + 0.6 x 88.5 = 88.1
    assert [result[key] for key in ("raw", "score", "stars", "status")] == ["88.1", "88", 3, "ok"]
    result = entrants["松柏园"]
    # How many were fewer than five is told to nobody.
    assert [result[key] for key in ("score", "stars", "status", "required", "ballots")] == [
        None,
        None,
        "insufficient_sample",
        5,
        None,
    ]
    assert "owners" not in result["parts"]

    # What changes after the tally takes a reason and another tally.
    veto = {"entrant": first, "event": "fund_misuse", "status": "confirmed"}
    assert code(office.post(f"{root}/{at}/vetoes", veto)) == (422, "document_required")
    veto = {**veto, "document_no": "住建罚〔2026〕3号", "decided_on": "2026-03-02"}
    assert code(office.post(f"{root}/{at}/vetoes", veto)) == (422, "reason_required")
    assert office.post(f"{root}/{at}/vetoes", {**veto, "reason": "处罚决定生效"}).status_code == 201
    # Another decision stands beside it and not in its place, even one of another year.
    other = {**veto, "document_no": "住建罚〔2025〕9号", "decided_on": "2025-11-02", "reason": "补录"}
    assert office.post(f"{root}/{at}/vetoes", other).status_code == 201
    assert code(office.post(f"{root}/{at}/publish", {})) == (409, "bad_state")
    assert code(office.post(f"{root}/{at}/tally", {})) == (422, "reason_required")
    assert state(office.post(f"{root}/{at}/tally", {"reason": "增加一票否决"})) == "computed"
    result = items(office, f"{root}/{at}")["桂花苑"]
    assert [result[key] for key in ("score", "stars", "status")] == ["88", 0, "vetoed"]

    # Publicity, appeals, and rulings.
    appeal = {"entrant": first, "text": "处罚决定已被撤销"}
    assert code(liaison.post(f"{happy}/{at}/appeal", appeal)) == (409, "bad_state")
    assert code(office.post(f"{root}/{at}/publish", {"workdays": 61})) == (422, "invalid")
    assert state(office.post(f"{root}/{at}/publish", {})) == "publicity"
    assert code(office.post(f"{root}/{at}/publish", {})) == (409, "bad_state")
    assert code(second.post(f"{root}/{at}/final", {})) == (409, "publicity_running")
    assert code(liaison.post(f"{happy}/{at}/appeal", {**appeal, "entrant": small})) == (403, "no_standing")
    assert code(one.post(f"{home}/{at}/appeal", {**appeal, "entrant": small})) == (403, "no_standing")
    # Two of twenty votes are 10 %.
    assert code(one.post(f"{home}/{at}/appeal", appeal)) == (403, "no_standing")
    gathering = one.post(f"{home}/{at}/appeal", {**appeal, "gather": True})
    assert [gathering.json[key] for key in ("state", "needed", "supporting")] == ["gathering", 2, 1]
    assert code(two.post(f"{home}/{at}/appeal", {**appeal, "gather": True})) == (409, "appeal_pending")
    support = {"appeal": gathering.json["id"]}
    assert one.post(f"{home}/{at}/support", support).json["supporting"] == 1
    assert [two.post(f"{home}/{at}/support", support).json[key] for key in ("state", "supporting")] == [
        "open",
        2,
    ]
    assert code(liaison.post(f"{happy}/{at}/appeal", {**appeal, "text": ""})) == (422, "reason_required")
    raised = liaison.post(f"{happy}/{at}/appeal", appeal)
    assert raised.json["state"] == "open"
    assert code(liaison.post(f"{happy}/{at}/appeal", appeal)) == (409, "appeal_pending")
    ruling = {
        "appeal": gathering.json["id"],
        "outcome": "rejected",
        "reason": "票数核对无误",
        "hearing": "双方到场",
    }
    assert code(office.post(f"{root}/{at}/rule", ruling)) == (403, "forbidden")
    assert code(committee.post(f"{happy}/{at}/rule", {**ruling, "reason": ""})) == (422, "reason_required")
    assert committee.post(f"{happy}/{at}/rule", ruling).json["state"] == "rejected"
    assert code(committee.post(f"{happy}/{at}/rule", ruling)) == (409, "bad_state")
    clock.advance(days=10)
    assert code(one.post(f"{home}/{at}/appeal", appeal)) == (409, "appeal_closed")
    assert code(second.post(f"{root}/{at}/final", {})) == (409, "appeal_pending")
    ruling = {"appeal": raised.json["id"], "outcome": "upheld", "reason": "处罚决定已撤销"}
    assert second.post(f"{root}/{at}/rule", ruling).json["state"] == "upheld"
    assert office.get(f"{root}/{at}").json["state"] == "computed"

    # Upheld: computed anew, and published for the full time again.
    alleged = {"entrant": first, "event": "fund_misuse", "status": "alleged", "reason": "决定已撤销"}
    assert office.post(f"{root}/{at}/vetoes", alleged).status_code == 201
    assert state(office.post(f"{root}/{at}/tally", {"reason": "申诉成立"})) == "computed"
    published = office.post(f"{root}/{at}/publish", {"workdays": 5})
    assert published.json["last_day"] == "2026-08-07"
    assert code(second.post(f"{root}/{at}/final", {})) == (409, "publicity_running")
    clock.advance(days=8)
    assert code(office.post(f"{root}/{at}/final", {})) == (422, "another_person_needed")
    assert state(second.post(f"{root}/{at}/final", {})) == "final"
    assert code(second.post(f"{root}/{at}/final", {})) == (409, "bad_state")
    assert code(liaison.post(f"{happy}/{at}/appeal", appeal)) == (409, "appeal_closed")
    assert code(office.post(f"{root}/{at}/tally", {"reason": "改一下"})) == (409, "bad_state")
    result = items(office, f"{root}/{at}")["桂花苑"]
    number = result["document"]
    assert (result["stars"], number.startswith("PJ-")) == (3, True)

    # A final result is never edited: another round takes its place.
    later = wanted(stage, replaces=at, reuses=True, collect_until="2026-09-01")
    assert code(office.post(root, later)) == (422, "reason_required")
    newer = office.post(root, {**later, "reason": "社区打分录入有误"})
    new = newer.json["id"]
    assert code(office.post(root, {**later, "reason": "再来"})) == (409, "bad_state")
    assert state(office.post(f"{root}/{new}/open", {})) == "collecting"
    entrant = items(office, f"{root}/{new}")["桂花苑"]["id"]
    fixed = {**sheet, "entrant": entrant, "value": "98.5", "reason": "更正录入"}
    assert worker.post(f"{happy}/{new}/sheets", fixed).status_code == 201
    assert state(office.post(f"{root}/{new}/tally", {})) == "computed"
    assert state(office.post(f"{root}/{new}/publish", {})) == "publicity"
    assert office.get(f"{root}/{at}").json["state"] == "final"
    clock.advance(days=10)
    assert state(second.post(f"{root}/{new}/final", {})) == "final"
    assert office.get(f"{root}/{at}").json["state"] == "superseded"
    assert items(office, f"{root}/{at}")["桂花苑"]["score"] == "88"
    # 0.4 x 87.5 + 0.6 x 98.5 = 94.1
    assert items(office, f"{root}/{new}")["桂花苑"]["stars"] == 5

    with app.app_context(), read_scope() as session:
        old = session.scalars(select(Document).where(Document.number == number)).one()
        assert old.state == "superseded"
        notices = session.scalars(select(Publicity.state).order_by(Publicity.id)).all()
        assert notices == ["withdrawn", "confirmed", "confirmed"]
        round_ = session.scalars(select(PropertyRound).where(PropertyRound.public_id == at)).one()
        events = session.scalars(
            select(PropertyRoundEvent)
            .where(PropertyRoundEvent.round_id == round_.id)
            .order_by(PropertyRoundEvent.no)
        ).all()
        assert [event.no for event in events] == list(range(1, len(events) + 1))
        assert [event.action for event in events] == [
            "drafted", "opened", "sheet", "tallied", "veto", "veto", "tallied", "published", "gathered", "appealed",
            "appealed", "rejected", "upheld", "veto", "tallied", "published", "final", "superseded",
        ]  # fmt: skip
        assert json.loads(events[-1].after)["by"] == new


def test_an_owner_of_two_dwellings_has_one_vote_in_a_round_by_owners(
    app: Flask, world: World, program: MakeProgram
) -> None:
    with app.app_context():
        stage = make_stage(world)
        co_owner(stage.homes[5], "业主一", votes=True)
    office, one = program("office"), program("owner1")
    root = f"/areas/{world.codes['street']}/property/rounds"
    home = f"/areas/{world.codes['grid1']}/property/rounds"
    at = office.post(root, wanted(stage, per="owner")).json["id"]
    assert state(office.post(f"{root}/{at}/open", {})) == "collecting"
    assert items(office, f"{root}/{at}")["桂花苑"]["households"] == 19
    ballot = {"dwelling": stage.homes[5], "score": "75"}
    assert one.post(f"{home}/{at}/cast", ballot).status_code == 201
    refused = one.post(f"{home}/{at}/cast", {**ballot, "dwelling": stage.homes[0]})
    assert code(refused) == (409, "owner_already_voted")
    with app.app_context():
        # Theirs only after the roll was frozen: one owner has one vote for an appeal too.
        co_owner(stage.homes[6], "业主一", votes=True)
    with app.app_context(), read_scope() as session:
        round_ = session.scalars(select(PropertyRound)).one()
        people = {person.name: person.id for person in session.scalars(select(Person))}
        rows = [people["业主一"], people["业主二"]]
        assert [list(votes_of(session, round_, one).values()) for one in (rows[:1], rows)] == [[1], [2]]


def test_a_round_that_takes_ballots_over_leaves_out_what_its_own_scheme_does_not_ask(
    app: Flask, world: World, program: MakeProgram
) -> None:
    with app.app_context():
        stage = make_stage(world)
    office = program("office")
    root = f"/areas/{world.codes['street']}/property/rounds"
    at = office.post(root, wanted(stage)).json["id"]
    assert state(office.post(f"{root}/{at}/open", {})) == "collecting"
    first = items(office, f"{root}/{at}")["桂花苑"]["id"]
    sheet = {"part": "management", "rater": "社区居委会", "value": "88.5", "evidence": "实地查看"}
    assert office.post(f"{root}/{at}/sheets", {**sheet, "entrant": first}).status_code == 201
    veto = {"event": "fund_misuse", "status": "confirmed", "document_no": "1", "decided_on": "2026-03-02"}
    assert office.post(f"{root}/{at}/vetoes", {**veto, "entrant": first}).status_code == 201
    with app.app_context():
        ballots(at, ["80"] * 6)
        with unit_of_work(drain=False) as session:
            session.scalars(select(PropertyRound)).one().state = "final"
            version = session.scalars(select(PropertySchemeVersion)).one()
            text = SCHEME.replace('"management"', '"overall"').replace('"fund_misuse"', '"accident"')
            newer = PropertySchemeVersion(
                area_id=version.area_id, scheme_id="star", no=2, kind="weighted", title="星级测评", text=text,
                sha256="1" * 64, published_at=version.published_at, published_by="test",
            )  # fmt: skip
            session.add(newer)
            session.flush()
            scheme = newer.public_id
    later = wanted(stage, replaces=at, reuses=True, reason="办法更正", scheme=scheme)
    new = office.post(root, later).json["id"]
    assert state(office.post(f"{root}/{new}/open", {})) == "collecting"
    # The sheets that its own parts need are missing; nothing else stands in the way.
    assert code(office.post(f"{root}/{new}/tally", {})) == (409, "bad_state")
    entrant = items(office, f"{root}/{new}")["桂花苑"]["id"]
    assert (
        office.post(f"{root}/{new}/sheets", {**sheet, "part": "overall", "entrant": entrant}).status_code
        == 201
    )
    assert state(office.post(f"{root}/{new}/tally", {})) == "computed"
    # 0.4 x 80 + 0.6 x 88.5 = 85.1
    result = items(office, f"{root}/{new}")["桂花苑"]
    assert [result[key] for key in ("score", "status")] == ["85", "ok"]


def test_programs_withdraw_rounds_and_appeals_enter_signatures_and_leave_scores(
    app: Flask, world: World, program: MakeProgram
) -> None:
    with app.app_context():
        stage = make_stage(world)
        another_office(world)
    office, second, committee, worker, liaison, one = (
        program(name) for name in ("office", "office2", "committee", "worker", "liaison", "owner1")
    )
    root = f"/areas/{world.codes['street']}/property/rounds"
    happy = f"/areas/{world.codes['happy']}/property/rounds"
    home = f"/areas/{world.codes['grid1']}/property/rounds"
    at = office.post(root, wanted(stage)).json["id"]
    assert worker.post(f"{happy}/{at}/withdraw", {"reason": "有误"}).status_code == 403
    assert code(office.post(f"{root}/{at}/withdraw", {})) == (422, "reason_required")
    assert code(office.post(f"{root}/{at}/keep", {})) == (409, "bad_state")
    assert state(office.post(f"{root}/{at}/withdraw", {"reason": "有误"})) == "withdrawn"
    for act in ("open", "tally", "publish", "final", "withdraw", "keep"):
        refused = office.post(
            f"{root}/{at}/{act}", {"reason": "再来"} if act in ("tally", "withdraw") else {}
        )
        assert code(refused) == (409, "bad_state"), act
    assert [one["id"] for one in office.get(root, state="withdrawn").json["items"]] == [at]
    assert office.get(root, state="open").json["items"] == []
    at = office.post(root, wanted(stage)).json["id"]
    assert state(office.post(f"{root}/{at}/open", {})) == "collecting"
    assert state(office.post(f"{root}/{at}/withdraw", {"reason": "名单有误"})) == "collecting"
    told = office.get(f"{root}/{at}").json
    assert (told["withdrawal_asked"], told["withdrawal_reason"]) == (True, "名单有误")
    assert code(office.post(f"{root}/{at}/withdraw", {})) == (422, "another_person_needed")
    assert state(second.post(f"{root}/{at}/withdraw", {})) == "withdrawn"
    ballot = one.post(f"{home}/{at}/cast", {"dwelling": stage.homes[0], "score": "80"})
    assert code(ballot) == (409, "round_closed")

    at = office.post(root, wanted(stage)).json["id"]
    office.post(f"{root}/{at}/open", {})
    entrant = items(office, f"{root}/{at}")["桂花苑"]["id"]
    with app.app_context():
        ballots(at, ["80"] * 6)
    sheet = {"entrant": entrant, "part": "management", "rater": "社区", "value": "90", "evidence": "台账"}
    worker.post(f"{happy}/{at}/sheets", sheet)
    office.post(f"{root}/{at}/tally", {"reason": "收齐"})
    assert state(office.post(f"{root}/{at}/publish", {})) == "publicity"
    raised = liaison.post(f"{happy}/{at}/appeal", {"entrant": entrant, "text": "不公"}).json["id"]
    assert code(one.post(f"{home}/{at}/retract", {"appeal": raised})) == (403, "forbidden")
    assert liaison.post(f"{happy}/{at}/retract", {"appeal": raised}).json["state"] == "withdrawn"
    assert code(liaison.post(f"{happy}/{at}/retract", {"appeal": raised})) == (409, "bad_state")

    signed = {"dwelling": stage.homes[0], "owner": "业主一"}
    assert worker.post(f"{happy}/{at}/signatures", signed).status_code == 404
    begun = worker.post(f"{happy}/{at}/signatures", {**signed, "entrant": entrant, "text": "电梯停运"}).json
    assert [begun[key] for key in ("state", "supporting", "waiting")] == ["gathering", 0, 1]
    signed = {"appeal": begun["id"], "dwelling": stage.homes[1], "owner": "业主三"}
    assert code(worker.post(f"{happy}/{at}/signatures", signed)) == (403, "not_owner")
    assert worker.post(f"{happy}/{at}/signatures", {**signed, "owner": "业主二"}).json["waiting"] == 2
    both = {"appeal": begun["id"]}
    assert code(worker.post(f"{happy}/{at}/count-signatures", both)) == (422, "another_person_needed")
    counted = office.post(f"{root}/{at}/count-signatures", both).json
    assert [counted[key] for key in ("state", "supporting", "waiting")] == ["open", 2, 0]

    ruling = {**both, "outcome": "upheld", "reason": "程序有瑕疵"}
    assert committee.post(f"{happy}/{at}/rule", ruling).json["state"] == "upheld"
    assert code(office.post(f"{root}/{at}/publish", {})) == (409, "bad_state")
    assert code(office.post(f"{root}/{at}/unchanged", both)) == (422, "reason_required")
    left = office.post(f"{root}/{at}/unchanged", {**both, "reason": "不影响得分"})
    assert left.json["unchanged"] == "不影响得分"
    assert state(office.post(f"{root}/{at}/publish", {})) == "publicity"
