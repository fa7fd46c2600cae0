"""The tally: ballots, sheets and confirmed vetoes of each entrant put into the scheme's arithmetic, all at once.

What ``compute`` finds is stored with the entrants. Results of fewer than five ballots are no results, whatever the
scheme asks for: the score less the other parts would tell what somebody answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Conflict, canonical, current_site

from ..ballots.counting import LEAST, Counted, is_hidden, totals
from ..registry.models import PropertyEstate
from ..schemes.credit import Item, credit
from ..schemes.evaluate import INSUFFICIENT, OK, VETOED, Result, Veto, evaluate, sample_required
from ..schemes.lists import BLACK, RED, red_and_black, stars_by_rank
from ..schemes.numbers import fixed, half_up, plain
from ..schemes.scheme import CREDIT, LIST, PERCENTILE, Scheme
from ..schemes.words import part_title
from .events import note, words
from .finding import bad_state, entrants_of, locked
from .impartial import refuse_interested
from .models import COLLECTING, COMPUTED, PUBLICITY, PropertyEntrant, PropertyRound, PropertyRoundEvent
from .notices import is_down, notice_of_round
from .records import PropertyVeto
from .services import scheme_of
from .sheets import BASE, in_period, means, missing_sheets, sheets_of, vetoes_of

CHANGES = ("sheet", "sheet_back", "veto", "veto_back")


@dataclass(frozen=True)
class Inputs:
    """What an entrant brings into the tally: ``parts`` of raters, exact, and the ballots; ``items`` of credit files."""

    households: int
    counted: Counted = field(default_factory=Counted)
    parts: Mapping[str, Fraction] = field(default_factory=dict)
    vetoes: Sequence[Veto] = ()
    items: Sequence[Item] = ()
    serious: bool = False


@dataclass(frozen=True)
class Outcome:
    """What comes out for an entrant; ``place`` counts from 1, those that tie have the same."""

    result: Result
    stars: int | None = None
    list_place: str = ""
    grade: str = ""
    place: int | None = None


def result_of(scheme: Scheme, given: Inputs) -> Result:
    """The score of one entrant; its stars too, where they do not depend on the others."""
    part = scheme.ballot_part
    if not part:
        return evaluate(scheme, given.parts, vetoes=given.vetoes)
    counted = given.counted
    if counted.mean is None or is_hidden(counted.ballots):
        asked = sample_required(scheme.sample, given.households)
        return Result(INSUFFICIENT, required=max(asked, LEAST))
    value = counted.median if scheme.sample and scheme.sample.stat == "median" else counted.mean
    parts = {**given.parts, part: value}
    return evaluate(scheme, parts, given.households, counted.ballots, given.vetoes)


def outcomes(scheme: Scheme, inputs: Mapping[int, Inputs], day: date) -> dict[int, Outcome]:
    """Entrant -> what comes out of the tally, by the kind of the scheme; pure."""
    if scheme.kind == CREDIT:
        return _ranked({key: _credit(scheme, given, day) for key, given in inputs.items()})
    found = {key: Outcome(result, result.stars) for key, result in _results(scheme, inputs).items()}
    scores = {str(key): one.result.score for key, one in found.items()}
    if scheme.kind == PERCENTILE:
        ranked = stars_by_rank(scheme, scores)
        found = {
            key: Outcome(one.result, _least(ranked[str(key)], one.result.stars)) for key, one in found.items()
        }
    elif scheme.kind == LIST:
        lists = red_and_black(scheme, scores)
        # Who is vetoed has no stars, and no place among those to be praised.
        red = [key for key in lists.red if found[int(key)].result.status != VETOED]
        places = {**dict.fromkeys(red, RED), **dict.fromkeys(lists.black, BLACK)}
        found = {key: Outcome(one.result, one.stars, places.get(str(key), "")) for key, one in found.items()}
    return _ranked(found)


def _results(scheme: Scheme, inputs: Mapping[int, Inputs]) -> dict[int, Result]:
    return {key: result_of(scheme, given) for key, given in inputs.items()}


def _least(ranked: int | None, vetoed: int | None) -> int | None:
    """Stars by rank, and no more than a veto leaves."""
    return ranked if vetoed is None or ranked is None else min(ranked, vetoed)


def _credit(scheme: Scheme, given: Inputs, day: date) -> Outcome:
    standing = credit(scheme, given.parts.get(BASE.id, Fraction(0)), day, given.items, given.serious)
    return Outcome(Result(OK, standing.score, standing.score), grade=standing.grade)


def _ranked(found: Mapping[int, Outcome]) -> dict[int, Outcome]:
    scores = sorted(
        (one.result.score for one in found.values() if one.result.score is not None), reverse=True
    )
    first: dict[Fraction, int] = {}
    for place, score in enumerate(scores, 1):
        first.setdefault(score, place)
    return {
        key: Outcome(
            one.result, one.stars, one.list_place, one.grade,
            None if one.result.score is None else first[one.result.score],
        )
        for key, one in found.items()
    }  # fmt: skip


def ballots_round(session: Session, round_: PropertyRound) -> PropertyRound:
    """The round whose roll and ballots count: its own, or that of the round it takes them over from."""
    while round_.reuses and round_.replaces_id is not None:
        round_ = session.get_one(PropertyRound, round_.replaces_id)
    return round_


def counted_by_entrant(session: Session, round_: PropertyRound) -> dict[int, Counted]:
    """Entrant -> its ballots, those of the replaced round where they are taken over."""
    source = ballots_round(session, round_)
    found = totals(session, source)
    if source.id == round_.id:
        return found
    by_estate = {one.estate_id: found.get(one.id, Counted()) for one in entrants_of(session, source)}
    return {one.id: by_estate.get(one.estate_id, Counted()) for one in entrants_of(session, round_)}


def tally(session: Session, round_: PropertyRound, actor: Actor, reason: str = "") -> PropertyRound:
    """Compute the results of all entrants: after the last day for ballots, or earlier, or again, for ``reason``.

    Raises Conflict bad_state (also while sheets are missing), Refused own_matter, Problem reason_required and what the
    arithmetic refuses.
    """
    held = locked(session, round_, COLLECTING, COMPUTED, PUBLICITY)
    if held.state == PUBLICITY and not is_down(notice_of_round(session, held)):
        raise bad_state()
    refuse_interested(session, held, actor)
    early = held.collect_until >= current_site().today() and not held.reuses
    if held.state != COLLECTING or early:
        reason = words(reason)
    else:
        reason = words(reason, needed=False)
    scheme = scheme_of(session, held)
    entrants = entrants_of(session, held)
    given = inputs_of(session, held, scheme, entrants)
    _check_sheets(session, held, scheme, entrants, given)
    computed = outcomes(scheme, given, held.last_on)
    before = held.state
    for entrant in entrants:
        _store(session, held, scheme, entrant, given[entrant.id], computed[entrant.id])
    held.state, held.computed_at = COMPUTED, current_site().now()
    held.computed_by, held.computed_by_account = actor.label, actor.account_id
    held.round_no += 1
    session.flush()
    note(
        session, held, "tallied", actor, reason=reason, before={"state": before},
        after={
            "state": COMPUTED, "round_no": held.round_no,
            "scores": {entrant.public_id: entrant.score or entrant.status for entrant in entrants},
        },
    )  # fmt: skip
    return held


def inputs_of(
    session: Session, round_: PropertyRound, scheme: Scheme, entrants: Sequence[PropertyEntrant]
) -> dict[int, Inputs]:
    """Entrant -> all that counts for it."""
    ids = [entrant.id for entrant in entrants]
    given = means(sheets_of(session, ids))
    vetoes: dict[int, list[Veto]] = {}
    for veto in vetoes_of(session, ids):
        vetoes.setdefault(veto.entrant_id, []).append(Veto(veto.event, veto.status, in_period(round_, veto)))
    counted = counted_by_entrant(session, round_)
    files = _files(session, round_, scheme, entrants) if scheme.kind == CREDIT else {}
    return {
        entrant.id: Inputs(
            entrant.households, counted.get(entrant.id, Counted()), given.get(entrant.id, {}),
            vetoes.get(entrant.id, ()), *files.get(entrant.id, ((), False)),
        )
        for entrant in entrants
    }  # fmt: skip


def _files(
    session: Session, round_: PropertyRound, scheme: Scheme, entrants: Sequence[PropertyEntrant]
) -> dict[int, tuple[Sequence[Item], bool]]:
    """The credit items that concern each entrant, and whether one of them is serious."""
    from ..standing.files import items_of

    return {
        entrant.id: items_of(session, scheme, entrant.company_id, entrant.estate_id, round_.last_on)
        for entrant in entrants
    }


def _check_sheets(
    session: Session,
    round_: PropertyRound,
    scheme: Scheme,
    entrants: Sequence[PropertyEntrant],
    given: Mapping[int, Inputs],
) -> None:
    """Refuse while a part of an entrant that has ballots enough was rated by nobody."""
    lacking = missing_sheets(session, round_, entrants)
    scored = [
        entrant
        for entrant in entrants
        if entrant.id in lacking and not _too_few(scheme, entrant, given[entrant.id].counted)
    ]
    if scored:
        estate = session.get_one(PropertyEstate, scored[0].estate_id)
        part = lacking[scored[0].id][0]
        raise Conflict(
            "bad_state",
            N_("Sheets are missing for %(count)s estates: %(estate)s has none for “%(part)s”."),
            count=len(scored), estate=estate.name, part=gettext(part.title if part is BASE else part_title(part)),
        )  # fmt: skip


def _too_few(scheme: Scheme, entrant: PropertyEntrant, counted: Counted) -> bool:
    if not scheme.ballot_part:
        return False
    return counted.ballots < max(sample_required(scheme.sample, entrant.households), LEAST)


def _store(
    session: Session,
    round_: PropertyRound,
    scheme: Scheme,
    entrant: PropertyEntrant,
    given: Inputs,
    outcome: Outcome,
) -> None:
    result = outcome.result
    entrant.ballots, entrant.status = given.counted.ballots, result.status
    entrant.raw = None if result.raw is None else plain(result.raw)[:60]
    entrant.score = None if result.score is None else fixed(result.score, scheme.decimals)[:20]
    entrant.stars, entrant.list_place = outcome.stars, outcome.list_place
    entrant.detail = canonical(_detail(session, round_, scheme, entrant, given, outcome))


def _detail(
    session: Session,
    round_: PropertyRound,
    scheme: Scheme,
    entrant: PropertyEntrant,
    given: Inputs,
    outcome: Outcome,
) -> dict[str, object]:
    """Parts as printed, how many raters, the sample, and the vetoes that count."""
    parts = {part: _printed(value) for part, value in given.parts.items()}
    if scheme.ballot_part and outcome.result.status != INSUFFICIENT and given.counted.mean is not None:
        value = (
            given.counted.median if scheme.sample and scheme.sample.stat == "median" else given.counted.mean
        )
        assert value is not None
        parts[scheme.ballot_part] = _printed(value)
    raters: dict[str, int] = {}
    for sheet in sheets_of(session, [entrant.id]):
        raters[sheet.part] = raters.get(sheet.part, 0) + 1
    return {
        "parts": parts, "raters": raters, "required": outcome.result.required, "place": outcome.place,
        "grade": outcome.grade, "assisted": given.counted.assisted,
        "vetoes": [
            _veto(scheme, veto)
            for veto in vetoes_of(session, [entrant.id])
            if scheme.veto and veto.status == scheme.veto.status and in_period(round_, veto)
        ],
    }  # fmt: skip


def _printed(value: Fraction) -> str:
    """A part's value as it is shown; what is computed on stays exact."""
    return plain(half_up(value, 4))


def _veto(scheme: Scheme, veto: PropertyVeto) -> dict[str, object]:
    title = scheme.veto.events.get(veto.event, veto.event) if scheme.veto else veto.event
    return {
        "id": veto.event, "title": title, "document_no": veto.document_no,
        "decided_on": None if veto.decided_on is None else veto.decided_on.isoformat(),
    }  # fmt: skip


def changed_since_tally(session: Session, round_: PropertyRound) -> bool:
    """Whether a sheet or veto was changed after the last tally."""
    event = PropertyRoundEvent
    last = select(func.max(event.no)).where(event.round_id == round_.id, event.action == "tallied")
    later = select(event.id).where(
        event.round_id == round_.id, event.action.in_(CHANGES), event.no > last.scalar_subquery()
    )
    return session.scalar(later.limit(1)) is not None
