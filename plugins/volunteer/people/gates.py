"""Who of some people may serve at an activity: what is stored of them, put to the rules of ``eligibility``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as DbSession

from pointsys.plugin import Activity, Person, Problem, canonical_ids, chunks, current_site, groups

from ..policies.inforce import book
from ..policies.policy import Policy
from .eligibility import DEFAULT_AGES, ActivityTerms, Ages, Session, Span, Standing, refusal
from .models import (
    ACTIVE,
    APPLICANT,
    SUSPENDED,
    WITHDRAWN,
    VolunteerConsent,
    VolunteerGuardian,
    VolunteerInsurance,
    VolunteerProfile,
    VolunteerTraining,
)

# Of two rows of one human being, this state rules.
_STRONGEST = (SUSPENDED, ACTIVE, APPLICANT, WITHDRAWN)


def check(
    session: DbSession,
    terms: ActivityTerms,
    people: Collection[int],
    starts_at: datetime,
    ends_at: datetime | None = None,
    ages: Ages = DEFAULT_AGES,
) -> Mapping[int, Problem]:
    """Whoever of ``people`` may not serve from ``starts_at`` to ``ends_at``, by the id that was given, and why.

    Nine statements, whatever the number of people (for up to 5,000).
    """
    site = current_site()
    first = site.local(starts_at).date()
    # A shift that ends at midnight belongs to the day before.
    last = first if ends_at is None else site.local(max(starts_at, ends_at - timedelta(seconds=1))).date()
    when = Session(starts_at, first, last)
    of = canonical_ids(session, people)
    known = standings(session, set(of.values()), terms.activity_id)
    present = terms.present | frozenset(of.values())
    found = {one: refusal(known[kept], terms, when, present, ages) for one, kept in of.items()}
    return {person: problem for person, problem in found.items() if problem is not None}


def ages_in(session: DbSession, area_ids: Collection[int], day: date) -> Mapping[int, Ages]:
    """The limits of age in areas on a day, by the policy that rules there; one statement."""
    found = book(session, set(area_ids))
    return {area_id: _ages(found.at(area_id, day)) for area_id in set(area_ids)}


def _ages(policy: Policy) -> Ages:
    return Ages(policy.lowest_age, policy.accompanied_age, policy.adult_age)


def standings(session: DbSession, kept_ids: Collection[int], activity_id: int | None) -> dict[int, Standing]:
    """What is known of people (kept ids); insurance of the activity counts for each of them."""
    result: dict[int, Standing] = {}
    for part in chunks(kept_ids):
        result.update(_standings(session, part, activity_id))
    return result


def _standings(session: DbSession, kept_ids: list[int], activity_id: int | None) -> dict[int, Standing]:
    of = {row: kept for kept, rows in groups(session, kept_ids).items() for row in rows}
    born = {
        row.id: row.birth_date
        for row in session.execute(select(Person.id, Person.birth_date).where(Person.id.in_(kept_ids)))
    }
    states: dict[int, set[str]] = defaultdict(set)
    for person, state in session.execute(
        select(VolunteerProfile.person_id, VolunteerProfile.state).where(VolunteerProfile.person_id.in_(of))
    ):
        states[of[person]].add(state)
    guardians, consents = _guardians(session, of)
    insured = _insured(session, of, activity_id)
    trained: dict[int, list[tuple[str, Span]]] = defaultdict(list)
    training = VolunteerTraining
    for person, name, day, until in session.execute(
        select(training.person_id, training.qualification, training.on_date, training.valid_until).where(
            training.person_id.in_(of), training.qualification != "", training.voided_at.is_(None)
        )
    ):
        trained[of[person]].append((name, Span(day, until)))
    return {
        kept: Standing(
            born.get(kept), strongest(states[kept]), frozenset(guardians[kept]), tuple(consents[kept]),
            (*insured[kept], *insured[0]), tuple(trained[kept]),
        )
        for kept in kept_ids
    }  # fmt: skip


def strongest(states: Collection[str]) -> str:
    """Which of the states of a human being's rows rules; "" without any."""
    return next((state for state in _STRONGEST if state in states), "")


def _guardians(
    session: DbSession, of: Mapping[int, int]
) -> tuple[Mapping[int, set[int]], Mapping[int, list[Span]]]:
    """Guardians (kept ids) and their consents, by ward."""
    link, consent = VolunteerGuardian, VolunteerConsent
    rows = session.execute(
        select(
            link.person_id,
            link.guardian_id,
            link.ended_at,
            consent.from_on,
            consent.to_on,
            consent.withdrawn_at,
        )
        .outerjoin(consent, consent.guardian_row_id == link.id)
        .where(link.person_id.in_(of))
    ).all()
    guardians: dict[int, set[int]] = defaultdict(set)
    consents: dict[int, list[Span]] = defaultdict(list)
    kept = canonical_ids(session, {row[1] for row in rows}) if rows else {}
    for person, guardian, ended_at, from_on, to_on, withdrawn_at in rows:
        if ended_at is None:
            guardians[of[person]].add(kept[guardian])
        if from_on is not None:
            # Consent ends with the guardianship.
            until = min((at for at in (ended_at, withdrawn_at) if at is not None), default=None)
            consents[of[person]].append(Span(from_on, to_on, until))
    return guardians, consents


def _insured(session: DbSession, of: Mapping[int, int], activity_id: int | None) -> Mapping[int, list[Span]]:
    """Policies by person (kept id); those of the whole activity under 0."""
    policy = VolunteerInsurance
    covers = or_(
        policy.person_id.in_(of), (policy.person_id.is_(None)) & (policy.activity_id == (activity_id or 0))
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for person, activity, from_on, to_on in session.execute(
        select(policy.person_id, policy.activity_id, policy.from_on, policy.to_on).where(
            covers, policy.ended_at.is_(None)
        )
    ):
        # A policy of a person for one activity holds there alone.
        if activity in (None, activity_id):
            found[0 if person is None else of[person]].append(Span(from_on, to_on))
    return found


def may_attend(
    session: DbSession, activity: int, people: Collection[int], at: datetime
) -> Mapping[int, Problem]:
    """Whoever of ``people`` may not take part in an activity from ``at`` on, by its terms."""
    from ..signups.terms import on_duty, terms_of

    area_id, ends_at = session.execute(
        select(Activity.area_id, Activity.ends_at).where(Activity.id == activity)
    ).one()
    ages = ages_in(session, [area_id], current_site().local(at).date())[area_id]
    refused = check(session, terms_of(session, [activity])[activity], people, at, ends_at, ages)
    return {**on_duty(session, activity, people), **refused}
