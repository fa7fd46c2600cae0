"""Registering volunteers: by application, by staff, by a list; suspending, withdrawing, and numbers elsewhere.

A number is given with the registration and stays that person's for good. Nobody registers or reinstates themselves. A
minor is registered when a guardian's consent holds on that day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    audit,
    canonical_ids,
    chunks,
    clean_text,
    current_site,
    groups,
    who_acts,
)

from ..teams.membership import is_own
from ..teams.models import VolunteerMember
from ..teams.queries import rows_of
from . import gates, numbers
from .eligibility import Ages, Standing, age_on
from .models import (
    ACTIVE,
    APPLICANT,
    SUSPENDED,
    WITHDRAWN,
    VolunteerExternalId,
    VolunteerProfile,
)

STATES = {
    APPLICANT: N_("has applied"),
    ACTIVE: N_("registered"),
    SUSPENDED: N_("suspended"),
    WITHDRAWN: N_("withdrawn"),
}
BY_STAFF, BY_PHONE, BY_LIST = "staff", "phone", "list"
WAYS = {
    BY_STAFF: N_("registered by staff"),
    BY_PHONE: N_("applied by phone"),
    BY_LIST: N_("brought in by a list"),
}
MOST_WORDS = 500


@dataclass(frozen=True)
class Registered:
    """What a registration of several people did: row ids of those who have a number now, and why others have none."""

    people: tuple[int, ...]
    refused: tuple[tuple[int, Problem], ...]


def profile_of(session: Session, person_id: int) -> VolunteerProfile | None:
    """The profile that rules of a person (any row of theirs), or None."""
    rows = session.scalars(
        select(VolunteerProfile).where(VolunteerProfile.person_id.in_(rows_of(session, person_id)))
    ).all()
    state = gates.strongest({row.state for row in rows})
    return next((row for row in rows if row.state == state), None)


def apply(session: Session, person: Person, words: str, actor: Actor) -> None:
    """Ask to be registered; raises Problem person_closed, text_too_long, already_registered or too_young."""
    words = clean_text(words)
    if len(words) > MOST_WORDS:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="words", max=MOST_WORDS)
    if person.closed:
        raise Problem("person_closed", N_("This person's record is closed."))
    # Locked, so that a double tap makes one application.
    session.refresh(person, with_for_update=True)
    today, now = current_site().today(), current_site().now()
    ages = gates.ages_in(session, [person.area_id], today)[person.area_id]
    if person.birth_date is not None and age_on(person.birth_date, today) < ages.lowest:
        raise Problem("too_young", N_("Children below %(age)s cannot serve."), age=ages.lowest)
    profile = profile_of(session, person.id)
    if profile is not None and profile.state != WITHDRAWN:
        raise Problem(
            "already_registered", N_("%(name)s has applied or is registered already."), name=person.name
        )
    if profile is None:
        profile = VolunteerProfile(
            person_id=person.id, state=APPLICANT, way=BY_PHONE, words=words, applied_at=now, changed_at=now,
            changed_by=actor.label,
        )  # fmt: skip
        session.add(profile)
    else:
        profile.state, profile.words, profile.applied_at, profile.reason = APPLICANT, words, now, ""
        profile.changed_at, profile.changed_by = now, actor.label
    session.flush()
    audit.write(
        session, actor, "volunteer.applied", "person", person.public_id, area_id=person.area_id,
    )  # fmt: skip


def register(
    session: Session,
    people: Sequence[Person],
    actor: Actor,
    *,
    way: str = BY_STAFF,
) -> Registered:
    """Register people from today on, new ones, applicants and those who had withdrawn; some may be refused.

    Reasons: person_closed, already_registered, volunteer_suspended, own_matter, too_young, consent_missing. About
    thirteen statements, whatever the number of people.
    """
    by_id = {person.id: person for person in people}
    kept = canonical_ids(session, by_id)
    ids = sorted(set(kept.values()))
    if ids:
        # One after the other where two register the same people.
        session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update())
    profiles = _profiles(session, ids)
    known = gates.standings(session, ids, None)
    ages = gates.ages_in(session, {person.area_id for person in people}, current_site().today())
    own = None if actor.unrestricted or actor.person_id is None else who_acts(session, actor).person
    refused: list[tuple[int, Problem]] = []
    taken: dict[int, Person] = {}
    for person in people:
        one = kept[person.id]
        problem = _why_not(person, profiles.get(one), known[one], one == own, ages[person.area_id])
        if one in taken:
            continue
        if problem is not None:
            refused.append((person.id, problem))
        else:
            taken[one] = person
    _write(session, taken, profiles, actor, way)
    return Registered(tuple(person.id for person in taken.values()), tuple(refused))


def _profiles(session: Session, kept_ids: Collection[int]) -> dict[int, VolunteerProfile]:
    """The profile that rules, by kept id."""
    found: dict[int, list[VolunteerProfile]] = {}
    for part in chunks(kept_ids):
        of = {row: kept for kept, rows in groups(session, part).items() for row in rows}
        query = select(VolunteerProfile).where(VolunteerProfile.person_id.in_(of))
        for profile in session.scalars(query.execution_options(populate_existing=True)):
            found.setdefault(of[profile.person_id], []).append(profile)
    return {
        kept: next(row for row in rows if row.state == gates.strongest({one.state for one in rows}))
        for kept, rows in found.items()
    }


def _why_not(
    person: Person,
    profile: VolunteerProfile | None,
    known: Standing,
    own: bool,
    ages: Ages,
) -> Problem | None:
    if person.closed:
        return Problem("person_closed", N_("This person's record is closed."))
    if profile is not None and profile.state == SUSPENDED:
        return Problem(
            "volunteer_suspended", N_("This volunteer is suspended: staff have to lift that first.")
        )
    if profile is not None and profile.state == ACTIVE:
        return Problem(
            "already_registered", N_("%(name)s has applied or is registered already."), name=person.name
        )
    if own:
        return Problem("own_matter", N_("Somebody else has to register you."))
    today = current_site().today()
    if known.born is None:
        return None
    age = age_on(known.born, today)
    if age < ages.lowest:
        return Problem("too_young", N_("Children below %(age)s cannot serve."), age=ages.lowest)
    if age < ages.adult and not any(
        one.holds(today, today) and one.withdrawn_at is None for one in known.consents
    ):
        return Problem(
            "consent_missing", N_("A minor needs a guardian's consent for that day: record it first.")
        )
    return None


def _write(
    session: Session,
    taken: dict[int, Person],
    profiles: dict[int, VolunteerProfile],
    actor: Actor,
    way: str,
) -> None:
    site = current_site()
    today, now = site.today(), site.now()
    without = [kept for kept in taken if kept not in profiles or profiles[kept].volunteer_no is None]
    given = dict(
        zip(without, numbers.reserve(session, today.year, len(without)) if without else [], strict=True)
    )
    for kept, person in taken.items():
        profile = profiles.get(kept)
        if profile is None:
            profile = VolunteerProfile(person_id=kept, way=way, applied_at=now)
            session.add(profile)
        profile.volunteer_no = profile.volunteer_no or given[kept]
        profile.state, profile.reason = ACTIVE, ""
        profile.registered_on = profile.registered_on or today
        profile.changed_at, profile.changed_by = now, actor.label
        if way != BY_LIST:
            audit.write(
                session, actor, "volunteer.registered", "person", person.public_id, area_id=person.area_id,
                after={"number": profile.volunteer_no},
            )  # fmt: skip
    session.flush()
    if way == BY_LIST and taken:
        # One row for a whole roster: the import has its own, and each profile says how it came about.
        first = next(iter(taken.values()))
        audit.write(
            session, actor, "volunteer.registered", "person", first.public_id, area_id=first.area_id,
            count=len(taken),
        )  # fmt: skip


def register_one(session: Session, person: Person, actor: Actor) -> None:
    """Register one person; raises the Problems that ``register`` gives as reasons."""
    done = register(session, [person], actor)
    if done.refused:
        raise done.refused[0][1]


def _reason(text: str) -> str:
    text = clean_text(text)
    if not text or len(text) > 200:
        raise Problem("reason_needed", N_("Say why, in at most 200 characters."), field="reason")
    return text


def _step(
    session: Session, person: Person, allowed: Collection[str], state: str, reason: str, actor: Actor
) -> VolunteerProfile:
    session.refresh(person, with_for_update=True)
    profile = profile_of(session, person.id)
    if profile is None or profile.state not in allowed:
        raise Problem("bad_step", N_("This volunteer's standing has changed: look at it again."))
    before, profile.state, profile.reason = profile.state, state, reason
    profile.changed_at, profile.changed_by = current_site().now(), actor.label
    session.flush()
    audit.write(
        session, actor, f"volunteer.{state}", "person", person.public_id, area_id=person.area_id,
        before={"state": before}, after={"reason": reason},
    )  # fmt: skip
    return profile


def refuse_application(session: Session, person: Person, reason: str, actor: Actor) -> None:
    """Answer an application with no; raises Problem reason_needed, own_matter or bad_step."""
    if is_own(session, person.id, actor):
        raise Problem("own_matter", N_("Somebody else has to answer your own request."))
    _step(session, person, (APPLICANT,), WITHDRAWN, _reason(reason), actor)


def suspend(session: Session, person: Person, reason: str, actor: Actor) -> None:
    """Let somebody serve no more until it is lifted; raises Problem reason_needed or bad_step."""
    _step(session, person, (ACTIVE,), SUSPENDED, _reason(reason), actor)


def resume(session: Session, person: Person, actor: Actor) -> None:
    """Lift a suspension; raises Problem own_matter or bad_step."""
    if is_own(session, person.id, actor):
        raise Problem("own_matter", N_("Somebody else has to lift your own suspension."))
    session.refresh(person, with_for_update=True)
    profile = profile_of(session, person.id)
    if profile is None or profile.state != SUSPENDED:
        raise Problem("bad_step", N_("This volunteer's standing has changed: look at it again."))
    profile.state, profile.reason = ACTIVE if profile.volunteer_no else APPLICANT, ""
    profile.changed_at, profile.changed_by = current_site().now(), actor.label
    session.flush()
    audit.write(session, actor, "volunteer.resumed", "person", person.public_id, area_id=person.area_id)


def withdraw(session: Session, person: Person, reason: str, actor: Actor) -> None:
    """Stop being a volunteer today: teams are left with it, what was done stays; raises Problem bad_step.

    Whoever is suspended stays so: withdrawing does not lift it.
    """
    reason = clean_text(reason)[:200]
    _step(session, person, (APPLICANT, ACTIVE), WITHDRAWN, reason, actor)
    today = current_site().today()
    session.execute(
        update(VolunteerMember)
        .where(VolunteerMember.person_id.in_(rows_of(session, person.id)), VolunteerMember.left_on.is_(None))
        .values(left_on=today)
        .execution_options(synchronize_session=False)
    )


def set_external(session: Session, person: Person, system: str, value: str, actor: Actor) -> None:
    """Keep the number under which another system knows somebody, "" for none.

    Raises Problem bad_system, text_too_long, looks_like_id_number or external_id_taken.
    """
    value = clean_text(value)
    if system not in numbers.SYSTEMS:
        raise Problem("bad_system", N_("Choose one of the systems offered."), field="system")
    if len(value) > 60:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="value", max=60)
    if len(value) == 18 and value[:17].isdecimal():
        raise Problem(
            "looks_like_id_number",
            N_("This looks like an ID number: give the volunteer's number."),
            field="value",
        )
    rows = rows_of(session, person.id)
    session.refresh(person, with_for_update=True)
    other = session.scalar(
        select(VolunteerExternalId).where(
            VolunteerExternalId.system == system, VolunteerExternalId.value == value
        )
    )
    if other is not None and other.person_id not in rows:
        raise Problem("external_id_taken", N_("Somebody else has this number there."), field="value")
    own = session.scalars(
        select(VolunteerExternalId).where(
            VolunteerExternalId.person_id.in_(rows), VolunteerExternalId.system == system
        )
    ).all()
    for row in own:
        if row.value != value:
            session.delete(row)
    session.flush()
    if value and other is None:
        session.add(
            VolunteerExternalId(
                person_id=person.id, system=system, value=value, recorded_at=current_site().now(),
                recorded_by=actor.label,
            )
        )  # fmt: skip
    session.flush()
    audit.write(
        session, actor, "volunteer.external_id_set", "person", person.public_id, area_id=person.area_id,
        after={"system": system, "given": bool(value)},
    )  # fmt: skip
