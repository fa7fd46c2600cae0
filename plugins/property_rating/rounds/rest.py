"""REST of rounds: drafting, opening, sheets, tally, publicity, appeals and the final result, as on the pages.

Staff see rounds that touch their area. Owners and companies, who appeal, may name a round wherever it is held, so that
what they have nothing to do with answers ``no_standing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import Area, Refused, RestBlueprint, current_actor, current_area, missing, rest_fields

from ..ballots import roll
from ..ballots.counting import is_hidden
from ..owners.queries import dwelling_in_reach
from . import (
    appealing,
    own,
    publishing,
    queries,
    ruling,
    services,
    sheets,
    signatures,
    tally,
    upheld,
    withdrawing,
)
from .finding import entrant_in
from .here import entrant_here, own_round, round_here, round_reached
from .models import COLLECTING, WITHDRAWN, PropertyEntrant, PropertyRound
from .records import PropertyAppeal
from .schemas import (
    AppealIn,
    AppealOut,
    AppealReasonIn,
    OwnResultsPage,
    PublishIn,
    RoundDetail,
    RoundIn,
    RoundOut,
    RoundReasonIn,
    RoundsArgs,
    RoundSheetOut,
    RoundsPage,
    RuleIn,
    SheetIn,
    SignatureIn,
    SignaturesIn,
    SupportIn,
    VetoIn,
    VetoOut,
)

blueprint = RestBlueprint("property_rest_rounds", __name__, description="Rating rounds")

_ROOT = "/areas/<code>/property/rounds"
_ONE = f"{_ROOT}/<round>"


@blueprint.read(_ROOT, permission="property.view", query=RoundsArgs, answer=RoundsPage)
def rounds(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Rounds of an area and those in which its estates take part, the newest first"""
    rows, total = queries.rounds_seen(
        session, current_area().id, query=args["q"], state=args["state"], limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([_line(row) for row in rows], total, args)


def _line(row: queries.RoundLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id}


def _round_line(session: Session, round_: PropertyRound) -> dict[str, Any]:
    session.flush()
    rows, _total = queries.rounds_seen(session, round_.area_id, limit=1, only=round_.id)
    return _line(rows[0])


@blueprint.read(_ONE, permission="property.view", answer=RoundDetail)
def one(session: Session, args: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """One round with the area's entrants, and appeals against their results"""
    found = round_here(session, round)
    area_id = current_area().id
    lines = queries.lines_of(session, found, area_id)
    ids = {line.entrant.id: line.public_id for line in lines}
    raised = [one for one in appealing.appeals_of(session, found) if one.entrant_id in ids]
    waiting = signatures.waiting_counts(session, [one.id for one in raised])
    return {
        **_round_line(session, found),
        "round_no": found.round_no,
        "withdrawal_asked": found.state == COLLECTING and bool(found.withdrawal_asked_by),
        "withdrawal_reason": found.withdrawal_reason if found.state in (COLLECTING, WITHDRAWN) else "",
        "items": [_entrant(line) for line in lines],
        "raised": [_told(one, ids[one.entrant_id], waiting) for one in raised],
    }


@blueprint.read(
    "/areas/<code>/property/company-results",
    permission="property.company",
    query=rest_fields.PageArgs,
    answer=OwnResultsPage,
)
def company_results(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Published results of the companies that one acts for, the newest first"""
    rows = own.results_of_companies(session, current_actor())
    first = rest_fields.offset(args)
    items = [
        {**_entrant(row.line), "round": row.round.public_id, "title": row.round.title,
         "period": row.round.period, "state": row.round.state}
        for row in rows[first : first + args["size"]]
    ]  # fmt: skip
    return rest_fields.paged(items, len(rows), args)


def _entrant(line: queries.EntrantLine) -> dict[str, Any]:
    entrant, detail = line.entrant, line.detail
    same = ("households", "status", "raw", "score", "stars")
    return {
        **{name: getattr(entrant, name) for name in same},
        "ballots": None if is_hidden(entrant.ballots) else entrant.ballots,
        "id": entrant.public_id, "estate": line.estate, "estate_id": line.estate_id, "company": line.company,
        "company_id": line.company_id, "list": entrant.list_place, "grade": detail.get("grade", ""),
        "required": detail.get("required"), "parts": detail.get("parts", {}), "document": line.number,
    }  # fmt: skip


@blueprint.create(_ROOT, permission="property.round", body=RoundIn, answer=RoundOut, key_needed=False)
def draft(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Draft a round"""
    area = session.get_one(Area, current_area().id)
    version = services.version_for(session, area, given.pop("scheme"))
    replaces = own_round(session, given["replaces"], lock=True) if given["replaces"] else None
    if version is None:
        missing()
    wanted = services.Draft(**{**given, "replaces": replaces, "version": version})
    return _round_line(session, services.draft_round(session, area, wanted, current_actor()))


@blueprint.create(
    f"{_ONE}/open", permission="property.round", body=rest_fields.NoArgs, answer=RoundOut, status=200,
    key_needed=False,
)  # fmt: skip
def open_(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Open a round: entrants and the roll are frozen, and ballots can come in"""
    return _round_line(
        session, services.open_round(session, own_round(session, round, lock=True), current_actor())
    )


@blueprint.create(
    f"{_ONE}/withdraw", permission="property.round", body=RoundReasonIn, answer=RoundOut, status=200,
    key_needed=False,
)  # fmt: skip
def withdraw(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Withdraw a round before its tally; where the house asks for it, a second person has to ask for the same"""
    found = withdrawing.withdraw(
        session, own_round(session, round, lock=True), given["reason"], current_actor()
    )
    return _round_line(session, found)


@blueprint.create(
    f"{_ONE}/keep", permission="property.round", body=rest_fields.NoArgs, answer=RoundOut, status=200,
    key_needed=False,
)  # fmt: skip
def keep(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Let a round go on whose withdrawal was asked for"""
    return _round_line(
        session, withdrawing.keep(session, own_round(session, round, lock=True), current_actor())
    )


@blueprint.create(
    f"{_ONE}/sheets", permission="property.rate", body=SheetIn, answer=RoundSheetOut, key_needed=False
)
def sheet(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Fill in a rater's sheet, or replace it for a reason"""
    found = round_here(session, round)
    entrant = entrant_here(session, found, given.pop("entrant"))
    made = sheets.fill_sheet(session, found, entrant, actor=current_actor(), **given)
    return {
        "id": made.public_id, "entrant": entrant.public_id, "part": made.part, "rater": made.rater,
        "value": made.value, "no": made.no,
    }  # fmt: skip


@blueprint.create(
    f"{_ONE}/vetoes", permission="property.round", body=VetoIn, answer=VetoOut, key_needed=False
)
def veto(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Record an event of the scheme's veto list"""
    found = own_round(session, round, lock=True)
    entrant = entrant_here(session, found, given.pop("entrant"))
    made = sheets.record_veto(
        session, found, entrant, actor=current_actor(), about=given.pop("note"), **given
    )
    return {
        "id": made.public_id, "entrant": entrant.public_id, "event": made.event, "status": made.status,
    }  # fmt: skip


@blueprint.create(
    f"{_ONE}/tally",
    permission="property.round",
    body=RoundReasonIn,
    answer=RoundOut,
    status=200,
    key_needed=False,
)
def tally_(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Compute the results; before the last day for ballots, or again, it takes a reason"""
    return _round_line(
        session, tally.tally(session, own_round(session, round, lock=True), current_actor(), given["reason"])
    )


@blueprint.create(
    f"{_ONE}/publish", permission="property.round", body=PublishIn, answer=RoundOut, status=200,
    key_needed=False,
)  # fmt: skip
def publish(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Publish the results for objections"""
    found = publishing.publish(
        session, own_round(session, round, lock=True), given["workdays"], current_actor()
    )
    return _round_line(session, found)


@blueprint.create(
    f"{_ONE}/appeal", permission="property.appeal", body=AppealIn, answer=AppealOut, key_needed=False
)
def appeal(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Appeal for the company that is rated, or as owners with enough votes"""
    found, entrant = _published(session, round, given["entrant"])
    made = appealing.raise_appeal(
        session, found, entrant, given["text"], current_actor(), gather=given["gather"]
    )
    return _appeal(session, made, entrant.public_id)


def _published(session: Session, public_id: str, entrant_id: str) -> tuple[PropertyRound, PropertyEntrant]:
    """A round that is open or further, reached from the area of an owner's dwelling or a company's seat."""
    found = appealing.round_reaching(session, current_area(), public_id)
    entrant = None if found is None else entrant_in(session, found, entrant_id)
    if found is None or entrant is None:
        missing()
    return found, entrant


@blueprint.create(
    f"{_ONE}/support", permission="property.appeal", body=SupportIn, answer=AppealOut, status=200,
    key_needed=False,
)  # fmt: skip
def support(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Support an appeal of owners"""
    found = appealing.round_reaching(session, current_area(), round)
    raised = None if found is None else appealing.appeal_in(session, found, given["appeal"])
    if found is None or raised is None:
        missing()
    entrant = session.get_one(PropertyEntrant, raised.entrant_id)
    return _appeal(session, appealing.join_appeal(session, found, raised, current_actor()), entrant.public_id)


@blueprint.create(
    f"{_ONE}/retract", permission="property.appeal", body=AppealReasonIn, answer=AppealOut, status=200,
    key_needed=False,
)  # fmt: skip
def retract(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Take an appeal back that nobody has ruled on, as its company or as the first of its owners"""
    found = appealing.round_reaching(session, current_area(), round)
    raised = None if found is None else appealing.appeal_in(session, found, given["appeal"])
    if found is None or raised is None:
        missing()
    appealing.retract(session, found, raised, current_actor(), given["reason"])
    return _appeal(session, raised, session.get_one(PropertyEntrant, raised.entrant_id).public_id)


@blueprint.create(
    f"{_ONE}/rule", permission="property.rule", body=RuleIn, answer=AppealOut, status=200, key_needed=False
)
def rule(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Rule on an appeal; one that is upheld takes the round back to computed"""
    found = round_here(session, round)
    raised, entrant = _appeal_of(session, found, given.pop("appeal"))
    made = ruling.rule(session, found, raised, actor=current_actor(), **given)
    return _appeal(session, made, entrant.public_id)


def _appeal_of(
    session: Session, round_: PropertyRound, public_id: str
) -> tuple[PropertyAppeal, PropertyEntrant]:
    """An appeal against a result of an estate of the area."""
    raised = appealing.appeal_in(session, round_, public_id)
    entrant = None if raised is None else session.get_one(PropertyEntrant, raised.entrant_id)
    if (
        raised is None
        or entrant is None
        or entrant_in(session, round_, entrant.public_id, current_area().id) is None
    ):
        missing()
    return raised, entrant


@blueprint.create(
    f"{_ONE}/unchanged", permission="property.round", body=AppealReasonIn, answer=AppealOut, status=200,
    key_needed=False,
)  # fmt: skip
def unchanged(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Write down why an upheld appeal changes nothing of the score"""
    found = own_round(session, round, lock=True)
    raised, entrant = _appeal_of(session, found, given["appeal"])
    upheld.leave_score(session, found, raised, given["reason"], current_actor())
    return _appeal(session, raised, entrant.public_id)


@blueprint.create(
    f"{_ONE}/signatures", permission="property.assist", body=SignatureIn, answer=AppealOut, key_needed=False
)
def sign(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Enter an owner's signature on paper for an appeal, or begin one that came on paper"""
    found = round_reached(session, round)
    dwelling = dwelling_in_reach(session, current_area().id, given["dwelling"])
    if dwelling is None:
        raise Refused("not_eligible", roll.NOT_ELIGIBLE, field="dwelling")
    signed = signatures.Signature(dwelling, given["owner"], given["method"])
    if given["appeal"]:
        raised = appealing.appeal_in(session, found, given["appeal"])
        if raised is None:
            missing()
        signatures.enter(session, found, raised, signed, current_actor())
        return _appeal(session, raised, session.get_one(PropertyEntrant, raised.entrant_id).public_id)
    entrant = entrant_in(session, found, given["entrant"])
    if entrant is None:
        missing()
    made = signatures.raise_for(session, found, entrant, signed, given["text"], current_actor())
    return _appeal(session, made, entrant.public_id)


@blueprint.create(
    f"{_ONE}/count-signatures", permission="property.assist", body=SignaturesIn, answer=AppealOut, status=200,
    key_needed=False,
)  # fmt: skip
def count_signatures(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Let the signatures count that wait for a second person"""
    found = round_reached(session, round)
    raised, entrant = _appeal_of(session, found, given["appeal"])
    waiting = [one.public_id for one in appealing.supports_of(session, raised) if one.waits]
    signatures.count(session, found, raised, waiting, current_actor())
    return _appeal(session, raised, entrant.public_id)


def _appeal(session: Session, appeal: PropertyAppeal, entrant: str) -> dict[str, Any]:
    return _told(appeal, entrant, signatures.waiting_counts(session, [appeal.id]))


def _told(appeal: PropertyAppeal, entrant: str, waiting: Mapping[int, int]) -> dict[str, Any]:
    same = ("side", "state", "needed", "supporting", "unchanged")
    return {
        **{name: getattr(appeal, name) for name in same},
        "id": appeal.public_id, "entrant": entrant, "text": appeal.words, "reason": appeal.ruling,
        "waiting": waiting.get(appeal.id, 0),
    }  # fmt: skip


@blueprint.create(
    f"{_ONE}/final", permission="property.round", body=rest_fields.NoArgs, answer=RoundOut, status=200,
    key_needed=False,
)  # fmt: skip
def final(session: Session, given: dict[str, Any], code: str, round: str) -> Mapping[str, Any]:
    """Make a published round final once its time is over and no appeal is open"""
    return _round_line(
        session, publishing.make_final(session, own_round(session, round, lock=True), current_actor())
    )
