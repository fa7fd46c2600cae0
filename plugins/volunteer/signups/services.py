"""Signing up, deciding on it, and taking it back; ``places`` counts the places, ``planning`` says what is offered.

The terms are asked of every plugin (``refused_people``), times that clash of all sign-ups of a human being, and both
again when staff approve or the waiting list moves up. Rows of people are locked before places, so that one person
cannot sign up on two phones for two shifts of the same hour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    AreaClosure,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    groups,
    refused_people,
    who_acts,
)

from ..teams import queries as teams
from .models import (
    APPLIED,
    APPROVED,
    CANCELLED,
    EVERYBODY,
    HOLDING,
    LIVE,
    NO_SHOW,
    OPEN,
    REJECTED,
    TEAM,
    WAITLISTED,
    WITHDRAWN,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from .opening import needed_reason
from .places import give_back, offer_free_places, state_with_place, take, take_or_queue, times_of
from .rules import Span, cancel_until, check_sign_up_time, clash

MAX_AT_ONCE = 300
MAX_WORDS = 200
# What staff and leaders may make of a sign-up, and from which states.
OUTCOMES: Mapping[str, Sequence[str]] = {
    APPROVED: (APPLIED, WAITLISTED, NO_SHOW),
    REJECTED: (APPLIED, WAITLISTED),
    WITHDRAWN: (APPLIED, WAITLISTED, APPROVED),
    NO_SHOW: (APPROVED,),
}


@dataclass(frozen=True)
class Wish:
    """Who wants what: ``team_id`` for which team they serve, ``guardian_id`` who signs children up, ``party`` a name
    for all who come together. ``entered`` by staff or a leader: then approval is theirs and deadlines are not asked."""

    team_id: int | None = None
    guardian_id: int | None = None
    party: str = ""
    words: str = ""
    entered: bool = False


@dataclass
class Outcome:
    """What became of a wish: rows with a place, rows that wait, who was signed up already, and who may not come."""

    placed: list[VolunteerSignup] = field(default_factory=list)
    queued: list[VolunteerSignup] = field(default_factory=list)
    already: list[VolunteerSignup] = field(default_factory=list)
    refused: list[tuple[Person, Problem]] = field(default_factory=list)
    # How many of the placed still wait for an approval; counted while the rows are at hand.
    unapproved: int = 0


def may_find(session: Session, row: VolunteerActivity, person: Person) -> bool:
    """Whether an activity is offered to a person at all."""
    if row.audience == EVERYBODY:
        return True
    if row.audience == TEAM:
        own = {team.team_id for team in teams.teams_of_person(session, person.id, current_site().today())}
        return row.team_id in own
    inside = select(AreaClosure.depth).where(
        AreaClosure.ancestor_id == row.area_id, AreaClosure.descendant_id == person.area_id
    )
    return session.scalar(inside) is not None


def sign_up(
    session: Session,
    row: VolunteerActivity,
    slot: VolunteerSlot,
    people: Sequence[Person],
    actor: Actor,
    wish: Wish,
) -> Outcome:
    """Sign people up for a shift: each gets a place, a number of the waiting list, or hears why not.

    Somebody who is signed up already stays as they are. Raises Problem for the shift as a whole: not_open, too_late,
    too_many_people, too_long_text, not_your_team.
    """  # fmt: skip
    # Shared with others who sign up, and exclusive of whoever cancels the activity meanwhile.
    session.refresh(row, with_for_update={"read": True})
    _check_open(row, slot, wish)
    people = list({person.id: person for person in people}.values())
    if len(people) > MAX_AT_ONCE:
        raise Problem("too_many_people", N_("At most %(most)s people at a time."), most=MAX_AT_ONCE)
    words, party = clean_text(wish.words), clean_text(wish.party)
    if len(words) > MAX_WORDS or len(party) > 60:
        raise Problem(
            "too_long_text", N_("Write at most %(count)s characters."), field="words", count=MAX_WORDS
        )
    _lock(session, people)
    outcome = Outcome()
    there = _rows_there(session, slot, people)
    asked = []
    for person in people:
        found = there.get(person.id)
        if found is not None and found.state in (*LIVE, NO_SHOW):
            outcome.already.append(found)
        else:
            asked.append(person)
    outcome.refused = _refused(session, slot, asked)
    out = {person.id for person, _problem in outcome.refused}
    own = _own_rows(session, actor)
    for person in asked:
        if person.id in out:
            continue
        signup = there.get(person.id) or VolunteerSignup(slot_id=slot.id, person_id=person.id)
        # Nobody approves themselves, not even among others.
        approved = wish.entered and person.id not in own
        number = take_or_queue(session, slot)
        _fill(signup, row, actor, wish, approved=approved, number=number)
        signup.words, signup.party = words, party
        session.add(signup)
        (outcome.queued if number else outcome.placed).append(signup)
    session.flush()
    outcome.unapproved = sum(signup.state == APPLIED for signup in outcome.placed)
    fresh = [*outcome.placed, *outcome.queued]
    if fresh:
        audit.write(
            session, actor, "volunteer.signed_up", "volunteer_slot", slot.public_id, area_id=row.area_id,
            after={"people": [signup.public_id for signup in fresh], "waiting": len(outcome.queued)},
            count=len(fresh),
        )  # fmt: skip
    return outcome


def _check_open(row: VolunteerActivity, slot: VolunteerSlot, wish: Wish) -> None:
    if row.state == CANCELLED:
        raise Problem("recruiting_cancelled", N_("This activity is cancelled; plan a new one."))
    now = current_site().now()
    if wish.entered:
        if now >= slot.ends_at:
            raise Problem("over_already", N_("This activity is over."))
        return
    if row.state != OPEN:
        raise Problem("not_open", N_("This activity takes no sign-ups just now."))
    check_sign_up_time(now, slot.starts_at, row.sign_up_hours)


def _fill(
    signup: VolunteerSignup, row: VolunteerActivity, actor: Actor, wish: Wish, *, approved: bool, number: int
) -> None:
    now = current_site().now()
    # What was said of somebody who was rejected or taken off stands until staff approve them again.
    signup.reason = "" if approved else signup.reason or ""
    signup.state = WAITLISTED if number else APPROVED if approved else state_with_place(row, signup)
    signup.place = number
    signup.team_id, signup.guardian_id = wish.team_id, wish.guardian_id
    signup.news = wish.entered
    signup.signed_up_at, signup.signed_up_by = now, actor.label
    signup.changed_at, signup.changed_by, signup.changed_by_account = now, actor.label, actor.account_id


def _lock(session: Session, people: Iterable[Person]) -> None:
    """Hold the people, in one order, so that nobody is signed up twice for the same hour."""
    ids = sorted(person.id for person in people)
    session.execute(
        select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True)
    ).all()


def _rows_there(
    session: Session, slot: VolunteerSlot, people: Sequence[Person]
) -> dict[int, VolunteerSignup]:
    """The sign-up of each person for this shift, also under another of their rows; a live one before others."""
    kept = {row: one for one, several in groups(session, [p.id for p in people]).items() for row in several}
    query = (
        select(VolunteerSignup)
        .where(VolunteerSignup.slot_id == slot.id, VolunteerSignup.person_id.in_(list(kept)))
        .execution_options(populate_existing=True)
    )
    found: dict[int, VolunteerSignup] = {}
    for signup in sorted(session.scalars(query), key=lambda one: one.state not in LIVE):
        found.setdefault(kept[signup.person_id], signup)
    return {person.id: found[kept[person.id]] for person in people if kept[person.id] in found}


def _refused(
    session: Session, slot: VolunteerSlot, people: Sequence[Person], *, but: Collection[int] = ()
) -> list[tuple[Person, Problem]]:
    """Who may not come to a shift, and why: gone, refused by the terms, or busy at that time."""
    ids = [person.id for person in people]
    if not ids:
        return []
    kept = canonical_ids(session, ids)
    gates = refused_people(session, slot.activity_id, ids, slot.starts_at)
    busy = times_of(session, set(kept.values()), but=but, after=slot.starts_at)
    found = []
    for person in people:
        problem = gates.get(person.id)
        if person.left_on is not None and person.left_on <= current_site().local(slot.starts_at).date():
            problem = Problem("has_left", N_("%(name)s has left this community."), name=person.name)
        if problem is None:
            problem = clash_problem(clash(busy[kept[person.id]], slot.starts_at, slot.ends_at))
        if problem is not None:
            found.append((person, problem))
    return found


def clash_problem(span: Span | None) -> Problem | None:
    """The refusal for times that clash."""
    if span is None:
        return None
    site = current_site()
    return Problem(
        "clash",
        N_("There is a place already at that time: %(title)s, %(start)s to %(end)s. Take that back first."),
        title=span.title,
        start=site.local(span.starts_at).strftime("%m-%d %H:%M"),
        end=site.local(span.ends_at).strftime("%H:%M"),
    )


def _own_rows(session: Session, actor: Actor) -> set[int]:
    """All row ids of the human being who acts."""
    me = who_acts(session, actor).person
    return set() if me is None else {row for rows in groups(session, [me]).values() for row in rows}


def decide(
    session: Session,
    row: VolunteerActivity,
    signups: Sequence[VolunteerSignup],
    outcome: str,
    reason: str,
    actor: Actor,
) -> int:
    """Approve, reject, take off or mark as not come; all of these sign-ups of one activity or none.

    What frees a place lets the waiting list move up. Returns how many changed. Raises Problem reason_needed,
    not_possible, own_signup, slot_full, not_begun, and the refusals of terms and times when approving.
    """  # fmt: skip
    reason = needed_reason(reason) if outcome in (REJECTED, WITHDRAWN) else clean_text(reason)[:200]
    session.refresh(row, with_for_update={"read": True})
    fresh = _again(session, signups)
    if outcome == APPROVED:
        _check_own(session, fresh, actor)
        _check_approval(session, fresh)
    changed = 0
    for signup, slot in fresh:
        if signup.state == outcome:
            continue
        _step(session, signup, slot, outcome)
        signup.reason, signup.news = reason, True
        signup.changed_at, signup.changed_by = current_site().now(), actor.label
        signup.changed_by_account = actor.account_id
        changed += 1
    session.flush()
    if changed:
        audit.write(
            session, actor, "volunteer.signup_decided", "volunteer_activity", str(row.activity_id),
            area_id=row.area_id, count=changed,
            after={"people": [signup.public_id for signup, _slot in fresh], "outcome": outcome, "reason": reason},
        )  # fmt: skip
    for slot in {slot.id: slot for _signup, slot in fresh}.values():
        offer_free_places(session, row, slot, actor)
    return changed


def _again(
    session: Session, signups: Sequence[VolunteerSignup]
) -> list[tuple[VolunteerSignup, VolunteerSlot]]:
    """The same sign-ups as they are now, held, with their shifts; in one order, so that no two lists wait crosswise."""
    query = (
        select(VolunteerSignup, VolunteerSlot)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .where(VolunteerSignup.id.in_([signup.id for signup in signups]))
        .order_by(VolunteerSignup.slot_id, VolunteerSignup.place, VolunteerSignup.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _check_own(session: Session, rows: Sequence[tuple[VolunteerSignup, VolunteerSlot]], actor: Actor) -> None:
    own = _own_rows(session, actor)
    if any(signup.person_id in own for signup, _slot in rows):
        raise Problem("own_signup", N_("Somebody else has to decide on your own sign-up."))


def _check_approval(session: Session, rows: Sequence[tuple[VolunteerSignup, VolunteerSlot]]) -> None:
    by_slot: dict[int, tuple[VolunteerSlot, list[VolunteerSignup]]] = {}
    for signup, slot in rows:
        by_slot.setdefault(slot.id, (slot, []))[1].append(signup)
    for slot, several in by_slot.values():
        ids = [signup.person_id for signup in several]
        people = list(session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)))
        refused = _refused(session, slot, people, but={signup.id for signup in several})
        if refused:
            person, problem = refused[0]
            raise NamedRefusal(person, problem)


class NamedRefusal(Problem):
    """A refusal of one of several people: the sentence names whom it is about."""

    def __init__(self, person: Person, problem: Problem) -> None:
        self.person, self.inner = person, problem
        super().__init__(problem.code, problem.message, field=problem.field, **problem.params)


def _step(session: Session, signup: VolunteerSignup, slot: VolunteerSlot, outcome: str) -> None:
    """One change of state with what it does to the shift's places."""
    if signup.state not in OUTCOMES.get(outcome, ()):
        raise Problem("not_possible", N_("This sign-up has changed meanwhile: look at the list again."))
    if outcome == NO_SHOW and current_site().now() < slot.starts_at:
        raise Problem("not_begun", N_("The shift has not begun yet."))
    holds = signup.state in HOLDING
    if outcome in HOLDING and not holds and not take(session, slot):
        raise Problem("slot_full", N_("No place is free: take somebody off first, or add places."))
    if holds and outcome not in HOLDING:
        give_back(session, slot)
    signup.state, signup.place = outcome, 0


def withdraw(
    session: Session, row: VolunteerActivity, signup: VolunteerSignup, actor: Actor
) -> VolunteerSignup:
    """Take one's own (or one's child's) sign-up back; the place goes to the waiting list. Twice does nothing more.

    Raises Problem cancel_too_late, not_possible.
    """
    fresh = _again(session, [signup])
    found, slot = fresh[0]
    if found.state == WITHDRAWN:
        return found
    now = current_site().now()
    hours = row.cancel_hours if found.state == APPROVED else 0
    if found.state in LIVE and now >= cancel_until(slot.starts_at, hours):
        raise Problem(
            "cancel_too_late", N_("It is too late to take this back here. Please tell the organiser at once.")
        )
    _step(session, found, slot, WITHDRAWN)
    found.news = False
    found.changed_at, found.changed_by, found.changed_by_account = now, actor.label, actor.account_id
    session.flush()
    audit.write(
        session, actor, "volunteer.signup_withdrawn", "volunteer_signup", found.public_id, area_id=row.area_id
    )
    offer_free_places(session, row, slot, actor)
    return found


def mark_seen(session: Session, people: Collection[int], actor: Actor) -> int:
    """The news of these people's sign-ups were read; returns how many that were."""
    rows = session.scalars(
        select(VolunteerSignup).where(VolunteerSignup.person_id.in_(people), VolunteerSignup.news)
    ).all()
    for row in rows:
        row.news = False
    session.flush()
    if rows:
        audit.write(
            session, actor, "volunteer.signup_news_read", "account", actor.account, count=len(rows)
        )  # fmt: skip
    return len(rows)
