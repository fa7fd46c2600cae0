"""Awards, deductions and vetoes: proposing one, and each step that follows, in the caller's transaction.

Every step is a row of its own; the award's status is only the last of them. Whoever is concerned is marked, so that
scores follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    PENDING,
    REJECTED,
    VOIDED,
    Actor,
    Area,
    AreaClosure,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    mark_people,
    new_public_id,
    upsert,
    who_acts,
)

from ..members import Membership, memberships
from ..models import PointsBranch
from ..quarters.confirmed import confirmed_until
from ..schemes import rules_by_area, version_on
from .models import PointsAward, PointsAwardDecision
from .reading import ANSWERED, EARN, TOLD, VERIFIED
from .rules import (
    MOST_TEXT,
    WAYS,
    AwardDraft,
    Hands,
    Step,
    asks_of,
    check_content,
    check_hand,
    check_step,
    refused,
)

if TYPE_CHECKING:
    from ..claims.models import PointsClaim
    from ..claims.rules import Content

# These say no, or take back what stood: the member reads why.
WITH_REASON = (REJECTED, VOIDED)
SOURCES = ("staff", "claim", "import", "rest")


def propose(session: Session, area: Area, person: Person, draft: AwardDraft, actor: Actor) -> PointsAward:
    """Propose an award, a deduction or a veto for a member below ``area``; the same key again gives what stands.

    Raises Problem: person_elsewhere, own_matter, not_a_member, before_checkin, after_exit, in_the_future, no_scheme,
    not_offered, period_confirmed, key_conflict, and those of ``rules.check_content``.
    """
    if draft.source not in SOURCES:
        raise ValueError(draft.source)
    kept = canonical_ids(session, [person.id])[person.id]
    _check_place(session, area, person)
    if draft.source != "claim" and not actor.unrestricted and who_acts(session, actor).person == kept:
        raise refused("own_matter")
    known = _with_key(session, person.area_id, draft.key)
    if known is not None:
        return _same_or_conflict(session, known, kept, draft)
    member = _check_member(session, kept, draft.on_date)
    kind = _check_item(session, person.area_id, draft)
    _check_period(session, person.area_id, member, draft.on_date, draft.adjusting)
    row = _award(person, kept, kind, draft, actor)
    # The same key side by side, from two open pages: the one that comes second finds what stands.
    statement = upsert(session, PointsAward).on_conflict_do_nothing(index_elements=["area_id", "key"])
    session.execute(statement, [row])
    award = session.scalars(
        select(PointsAward).where(PointsAward.area_id == row["area_id"], PointsAward.key == row["key"])
    ).one()
    if award.public_id != row["public_id"]:
        return _same_or_conflict(session, award, kept, draft)
    audit.write(
        session, actor, "points.award_proposed", "points_award", award.public_id, area_id=award.area_id,
        after={"item": award.item, "kind": kind, "on": award.on_date, "qty": award.qty, "points": award.points},
    )  # fmt: skip
    mark_people(session, [kept])
    return award


def _check_place(session: Session, area: Area, person: Person) -> None:
    below = select(AreaClosure.depth).where(
        AreaClosure.ancestor_id == area.id, AreaClosure.descendant_id == person.area_id
    )
    if session.scalar(below) is None:
        raise Problem("person_elsewhere", N_("This member belongs to another area."), field="person")


def _check_member(session: Session, kept: int, day: date) -> Membership:
    member = memberships(session, [kept]).get(kept)
    if member is None:
        raise Problem("not_a_member", N_("This is not a Party member: check them in first."), field="person")
    if day > current_site().today():
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="on_date"
        )
    if day < member.checkin_on:
        raise Problem(
            "before_checkin",
            N_("The member checked in on %(day)s only: nothing before counts."),
            field="on_date",
            day=member.checkin_on.isoformat(),
        )
    if member.left_on is not None and day > member.left_on:
        raise Problem(
            "after_exit",
            N_("The member left on %(day)s: nothing after counts."),
            field="on_date",
            day=member.left_on.isoformat(),
        )
    return member


def _check_item(session: Session, area_id: int, draft: AwardDraft) -> str:
    """The kind of the item that rules on that day."""
    rules = rules_by_area(session, [area_id])[area_id]
    version = version_on(rules, draft.on_date, current_site().today())
    if version is None:
        raise Problem("no_scheme", N_("No scheme was in force here on that day."), field="on_date")
    item = version.items.get(draft.item)
    if item is None:
        raise Problem(
            "not_offered", N_("The scheme of that day has no such item: choose another one."), field="item"
        )
    check_content(asks_of(item), draft)
    return item.kind


def _check_period(
    session: Session, area_id: int, member: Membership, day: date, adjusting: bool, field: str = "adjusting"
) -> None:
    """Into a period that was confirmed nothing is written but on purpose."""
    if adjusting:
        return
    branch = session.get(PointsBranch, member.branch_id) if member.branch_id else None
    until = confirmed_until(session, area_id, branch.name if branch else "")
    if until is not None and day <= until:
        raise Problem(
            "period_confirmed",
            N_(
                "The sheet until %(day)s is confirmed already: record this as an adjusting entry and say why. It does "
                "not change what was printed."
            ),
            field=field,
            day=until.isoformat(),
        )


def _award(person: Person, kept: int, kind: str, draft: AwardDraft, actor: Actor) -> dict[str, Any]:
    public_id = new_public_id()
    return {
        "public_id": public_id,
        "person_id": kept,
        "area_id": person.area_id,
        "item": draft.item,
        "kind": kind,
        "on_date": draft.on_date,
        "qty": draft.qty,
        "points": draft.points,
        "attrs": draft.attrs_text(),
        "title": draft.title.strip(),
        "key": draft.key or public_id,
        "source": draft.source,
        "source_ref": draft.source_ref,
        "reason": draft.reason.strip(),
        "evidence": draft.evidence.strip(),
        "accepted_late": draft.accepted_late,
        "adjusting": draft.adjusting,
        "recorded_at": current_site().now(),
        "recorded_by": actor.label,
        "recorded_by_account": actor.account_id,
        "status": PENDING,
    }


def _with_key(session: Session, area_id: int, key: str) -> PointsAward | None:
    if not key:
        return None
    found: PointsAward | None = session.scalar(
        select(PointsAward).where(PointsAward.area_id == area_id, PointsAward.key == key)
    )
    return found


def _same_or_conflict(session: Session, known: PointsAward, kept: int, draft: AwardDraft) -> PointsAward:
    stands = (
        canonical_ids(session, [known.person_id])[known.person_id], known.item, known.on_date, known.qty, known.points,
        known.attrs, known.title, known.reason, known.evidence, known.accepted_late,
    )  # fmt: skip
    asked = (
        kept, draft.item, draft.on_date, draft.qty, draft.points, draft.attrs_text(), draft.title.strip(),
        draft.reason.strip(), draft.evidence.strip(), draft.accepted_late,
    )  # fmt: skip
    if stands != asked:
        raise Problem(
            "key_conflict",
            N_("Something else was proposed under the same key: give this one a key of its own."),
            field="key",
        )
    return known


def steps_of(session: Session, award: PointsAward) -> list[PointsAwardDecision]:
    """What was done about an award, in order."""
    decision = PointsAwardDecision
    query = select(decision).where(decision.award_id == award.id).order_by(decision.id)
    return list(session.scalars(query))


def hands_of(session: Session, award: PointsAward, steps: Sequence[PointsAwardDecision]) -> Hands:
    """Who had a hand in an award so far."""
    return Hands(
        canonical_ids(session, [award.person_id])[award.person_id],
        (award.recorded_by_account, award.recorded_by),
        tuple(Step(step.outcome, step.account_id, step.actor) for step in steps),
    )


def decide(
    session: Session,
    award: PointsAward,
    outcome: str,
    reason: str,
    actor: Actor,
    *,
    how: str = "",
    on_date: date | None = None,
) -> PointsAward:
    """Take the next step: told (with ``how`` and ``on_date``), verified, confirmed, rejected, withdrawn or voided.

    What stands already is left alone, so that pressing twice is harmless. Raises Problem: wrong_state, tell_first,
    own_matter, another_person_needed, another_withdraws, reason_needed, unknown_choice, in_the_future or
    period_confirmed.
    """
    session.refresh(award, with_for_update=True)
    steps = steps_of(session, award)
    if award.status == outcome and steps and steps[-1].account_id == actor.account_id:
        return award
    reason = _checked_reason(reason, outcome in WITH_REASON)
    check_step(award.kind, award.status, outcome)
    if not actor.unrestricted:
        check_hand(outcome, hands_of(session, award, steps), who_acts(session, actor))
    if outcome == TOLD:
        _check_told(award, how, on_date)
    if outcome == CONFIRMED:
        _check_still_open(session, award, reason)
    _add_step(session, award, outcome, reason, actor, how=how, on_date=on_date)
    return award


def _checked_reason(reason: str, needed: bool) -> str:
    reason = reason.strip()
    if needed and not reason:
        raise Problem("reason_needed", N_("Say why in a few words; the member reads it."), field="reason")
    if len(reason) > MOST_TEXT:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MOST_TEXT)
    return reason


def _check_told(award: PointsAward, how: str, on_date: date | None) -> None:
    if how not in WAYS:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="how")
    if on_date is None:
        raise Problem("day_needed", N_("Say on which day the member was told."), field="on_date")
    if on_date > current_site().today():
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="on_date"
        )
    if on_date < award.on_date:
        raise Problem(
            "before_the_matter",
            N_("The member can only be told after the day of the matter itself."),
            field="on_date",
        )


def _check_still_open(session: Session, award: PointsAward, reason: str) -> None:
    """A sheet may have been confirmed since this was proposed."""
    kept = canonical_ids(session, [award.person_id])[award.person_id]
    member = memberships(session, [kept]).get(kept)
    if member is not None:
        adjusting = award.adjusting or bool(reason)
        _check_period(session, award.area_id, member, award.on_date, adjusting, field="reason")


def _add_step(
    session: Session,
    award: PointsAward,
    outcome: str,
    reason: str,
    actor: Actor,
    *,
    how: str = "",
    on_date: date | None = None,
) -> None:
    before = award.status
    session.add(
        PointsAwardDecision(
            award_id=award.id, outcome=outcome, reason=reason, how=how, on_date=on_date, at=current_site().now(),
            actor=actor.label, account_id=actor.account_id,
        )
    )  # fmt: skip
    if outcome != ANSWERED:
        award.status = outcome
    session.flush()
    audit.write(
        session, actor, "points.award_decided", "points_award", award.public_id, area_id=award.area_id,
        before={"status": before}, after={"status": award.status, "outcome": outcome, "reason": reason},
    )  # fmt: skip
    mark_people(session, [award.person_id])


def answer(session: Session, award: PointsAward, text: str, actor: Actor) -> None:
    """The member's own words on a deduction or veto that waits; raises reason_needed, wrong_state or not_yours."""
    session.refresh(award, with_for_update=True)
    text = _checked_reason(text, True)
    if award.kind == EARN or award.status not in (PENDING, TOLD):
        raise Problem(
            "wrong_state", N_("This was changed or decided on in the meantime. Load the page anew.")
        )
    steps = steps_of(session, award)
    check_hand(ANSWERED, hands_of(session, award, steps), who_acts(session, actor))
    if any(step.outcome == ANSWERED and step.reason == text for step in steps):
        return
    _add_step(session, award, ANSWERED, text, actor)


# --- claims ---


def carry_claim(
    session: Session,
    area: Area,
    person: Person,
    claim: PointsClaim,
    content: Content,
    late: str | None,
    reason: str,
    actor: Actor,
) -> str:
    """Make a verified claim a confirmed award, with the steps it took as a claim; returns the award's public id.

    ``late`` says why it counts in spite of the scheme's deadline. Whoever decides was checked by the rules of claims,
    and is checked again here.
    """
    member = Actor(claim.created_by, claim.created_by_account)
    draft = AwardDraft(
        content.item, content.on_date, content.words or content.title, title=content.title, qty=content.quantity,
        points=content.points, attrs=dict(content.attrs), key=f"claim:{claim.public_id}", source="claim",
        source_ref=claim.public_id, accepted_late=late is not None, adjusting=bool(reason),
    )  # fmt: skip
    award = propose(session, area, person, draft, member)
    if award.status == PENDING:
        verifier = Actor(claim.verified_by, claim.verified_by_account)
        decide(session, award, VERIFIED, "", verifier)
        decide(session, award, CONFIRMED, reason or late or "", actor)
    return award.public_id


def void_claimed(session: Session, public_id: str, reason: str, actor: Actor) -> None:
    """Void the award that a claim became; one that is voided already stays so."""
    award = session.scalar(select(PointsAward).where(PointsAward.public_id == public_id))
    if award is not None and award.status != VOIDED:
        decide(session, award, VOIDED, reason, actor)
