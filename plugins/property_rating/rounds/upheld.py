"""What follows an upheld appeal: something of that estate changes, or somebody writes down why its score stays.

An upheld objection to the notice is followed by another tally with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Objection, Publicity

from .events import note, words
from .finding import bad_state, locked
from .impartial import refuse_interested
from .models import COMPUTED, PropertyEntrant, PropertyRound, PropertyRoundEvent
from .notices import KIND
from .records import UPHELD, VETO_CONFIRMED, PropertyAppeal

# Events that may change what a score is made of.
_TOLD = ("sheet", "sheet_back", "veto", "veto_back", "unchanged", "upheld", "tallied")


def leave_score(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, reason: str, actor: Actor
) -> PropertyAppeal:
    """Write down why an upheld appeal changes nothing of the score; both sides read it.

    Raises Problem reason_required, Refused own_matter, Conflict bad_state.
    """
    held = locked(session, round_, COMPUTED)
    session.refresh(appeal, with_for_update=True)
    if appeal.state != UPHELD or appeal.unchanged:
        raise bad_state()
    refuse_interested(session, held, actor)
    appeal.unchanged = words(reason)
    session.flush()
    note(
        session, held, "unchanged", actor, entrant=session.get_one(PropertyEntrant, appeal.entrant_id),
        reason=appeal.unchanged, after={"appeal": appeal.public_id},
    )  # fmt: skip
    return appeal


def objected(session: Session, round_: PropertyRound) -> bool:
    """Whether an objection to a notice of the round was upheld, if only in part, after the last tally.

    An objection names a notice and no estate: the next tally, which never goes without its reason, answers it.
    """
    query = (
        select(Objection.id)
        .join(Publicity, Publicity.public_id == Objection.subject_id)
        .where(
            Objection.subject_type == "publicity",
            Objection.outcome.in_(("upheld", "partly")),
            Objection.answered_at > round_.computed_at,
            Publicity.kind == KIND,
            Publicity.subject_ref == round_.public_id,
        )
    )
    return session.scalar(query.limit(1)) is not None


def unanswered(session: Session, round_: PropertyRound) -> list[int]:
    """Entrants with an upheld appeal after which nothing of theirs was changed or explained; two statements."""
    event = PropertyRoundEvent
    events = session.scalars(
        select(event).where(event.round_id == round_.id, event.action.in_(_TOLD)).order_by(event.no)
    ).all()
    ids = {one.entrant_id for one in events if one.action == "upheld"}
    if not ids:
        return []
    query = select(PropertyEntrant.id, PropertyEntrant.public_id).where(PropertyEntrant.id.in_(ids))
    return [key for key, public_id in session.execute(query) if _stands_open(events, key, public_id)]


def _stands_open(events: Sequence[PropertyRoundEvent], entrant: int, public_id: str) -> bool:
    """Whether the last upheld appeal of an entrant has led to nothing yet; ``events`` are those of the round by no.

    Scores, sheets and vetoes are compared with those that stood when it was upheld: what is changed and changed back
    changes nothing, whether it was tallied meanwhile or not. An alleged veto changes nothing either.
    """
    stands, score, ruled = False, "", ""
    sheets: dict[tuple[object, object], list[object]] = {}
    vetoes: Counter[str] = Counter()
    for one in events:
        before, after = json.loads(one.before), json.loads(one.after)
        if one.action == "tallied":
            score = str(after.get("scores", {}).get(public_id, ""))
        elif one.entrant_id != entrant:
            continue
        elif one.action == "upheld":
            stands, ruled, sheets = True, score, {}
            vetoes.clear()
        elif one.action in ("sheet", "sheet_back"):
            told = after if one.action == "sheet" else before
            was = sheets.setdefault((told["part"], told["rater"]), [before.get("value"), None])
            was[1] = after.get("value")
        elif one.action == "unchanged" or before.get("status") == after.get("status") == VETO_CONFIRMED:
            stands = False
        else:
            for told, number in ((before, -1), (after, 1)):
                if told.get("status") == VETO_CONFIRMED:
                    vetoes[str(told["event"])] += number
    changed = score != ruled or any(vetoes.values()) or any(was != now for was, now in sheets.values())
    return stands and not changed
