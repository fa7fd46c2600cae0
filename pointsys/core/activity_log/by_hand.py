"""Recording by hand, and taking it back at once: what forms, chat lists and attendance lists have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.models import LIVE, VOIDED, Activity, Decision, Entry
from pointsys.core.activity_log.policy import NO_RIGHT
from pointsys.core.activity_log.record import CREATED, Recorded, record
from pointsys.core.activity_log.second_person import why_waits
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, subtree
from pointsys.core.permissions import may
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

UNDO_FOR = timedelta(seconds=30)


@dataclass(frozen=True)
class ByHand:
    """What became of the drafts, in their order; ``confirmed`` tells whether they stand confirmed already.

    ``at`` is the instant under which all of them stand: ``undo_recorded`` finds them by it. ``why`` says why they wait
    where they do, as ``policy.REASONS``.
    """

    results: Sequence[Recorded]
    confirmed: bool
    at: datetime
    why: tuple[str, ...] = ()

    @property
    def created(self) -> int:
        """How many entries are new."""
        return sum(result.outcome == CREATED for result in self.results)


def why_not_at_once(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    actor: Actor,
    *,
    imported: bool = False,
    sources: Collection[str] = (),
) -> tuple[str, ...]:
    """Why ``actor`` may not record these drafts as confirmed, as ``policy.REASONS``; () where they may."""
    if not drafts:
        return ()
    why = why_waits(session, area, drafts, actor, imported=imported, sources=sources)
    # Confirming is a right of its own: whoever only records never confirms on the way.
    return why if may(session, actor, "log.decide", area.id) else (NO_RIGHT, *why)


def may_confirm_at_once(session: Session, area: Area, drafts: Sequence[EntryDraft], actor: Actor) -> bool:
    """Whether ``actor`` may decide here, and nobody else has to look at these drafts first."""
    return not why_not_at_once(session, area, drafts, actor)


def record_by_hand(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    actor: Actor,
    source: str | Sequence[str],
) -> ByHand:
    """Record ``drafts`` of one activity, confirmed at once where the four-eyes rule allows; Problems of ``record``.

    ``source`` is one for all, or one for each; the rule looks at all of them together. Entries without an end always
    wait: somebody has to say when the person left.
    """
    sources = [source] * len(drafts) if isinstance(source, str) else list(source)
    why = why_not_at_once(session, area, drafts, actor, sources=set(sources))
    at = current_site().now()
    results: dict[int, Recorded] = {}
    parts: dict[tuple[bool, str], list[int]] = {}
    for place, (draft, of) in enumerate(zip(drafts, sources, strict=True)):
        parts.setdefault((draft.open_end, of), []).append(place)
    for (open_end, of), places in sorted(parts.items()):
        found = record(
            session,
            area,
            [drafts[place] for place in places],
            actor,
            of,
            confirm=not why and not open_end,
            at=at,
        )
        results.update(zip(places, found, strict=True))
    return ByHand([results[place] for place in range(len(drafts))], not why, at, why)


def undo_recorded(
    session: Session, area_id: int, activity: str, recorded_at: datetime, reason: str, actor: Actor
) -> int:
    """Void what ``actor`` recorded for ``activity`` (an outside id) at that very instant; returns how many entries.

    Raises Problem undo_too_late after 30 seconds, decided_meanwhile when somebody else decided on one of them, and
    nothing_to_undo when there is none, be it somebody else's.
    """
    rows = session.execute(
        select(Entry.id, Entry.status)
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            Activity.public_id == activity,
            Activity.area_id.in_(subtree(area_id)),
            Entry.recorded_at == recorded_at,
            Entry.recorded_by == actor.label,
            Entry.recorded_by_account == actor.account_id,
        )
    ).all()
    live = [entry_id for entry_id, status in rows if status in LIVE]
    if not rows or actor.account_id is None:
        raise Problem("nothing_to_undo", N_("There is nothing of yours to take back here."))
    if not live and all(status == VOIDED for _id, status in rows):
        # Pressed twice: it is done already.
        return 0
    if current_site().now() - recorded_at > UNDO_FOR:
        raise Problem(
            "undo_too_late",
            N_("The 30 seconds are over. Select the entries here and void them with a reason instead."),
        )
    others = select(Decision.id).where(
        Decision.entry_id.in_([entry_id for entry_id, _status in rows]),
        Decision.account_id.is_distinct_from(actor.account_id),
    )
    if len(live) < len(rows) or session.scalar(others.limit(1)) is not None:
        raise Problem(
            "decided_meanwhile",
            N_(
                "Somebody has decided on these entries meanwhile. Talk to them, or void the entries with a reason."
            ),
        )
    return decide(session, live, VOIDED, reason, actor)
