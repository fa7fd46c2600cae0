"""What the four-eyes rules need to know, read from the database: settings, lists, days, and who is who.

``why_waits`` is asked before entries are recorded, ``check_confirmer`` before they are confirmed. Numbers of
statements do not grow with the entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session

from pointsys.core.accounts.humans import own_accounts, person_rows
from pointsys.core.activity_log.activities import activity_key
from pointsys.core.activity_log.drafts import HOUR, EntryDraft, title_key
from pointsys.core.activity_log.models import (
    BY_HAND,
    CONFIRMED,
    LIVE,
    REJECTED,
    VOIDED,
    Activity,
    Decision,
    Entry,
)
from pointsys.core.activity_log.policy import (
    KEYS,
    OFF,
    OWN,
    OWN_ENTRY,
    Facts,
    Part,
    Rules,
    Who,
    reasons,
    refusal,
)
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import dialect_of
from pointsys.core.people.groups import canonical_ids, chunks, groups
from pointsys.core.settings import get_settings_by_area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import is_writing
from pointsys.kit.problems import N_, Problem

# Beside the spaces of ``pending`` and ``audit.forgetting``.
LOCK = 7_318_247


class _Times(Protocol):
    """What drafts and rows of entries have in common."""

    @property
    def starts_at(self) -> datetime | None:
        """An instant."""

    @property
    def ends_at(self) -> datetime | None:
        """An instant."""

    @property
    def quantity(self) -> int | None:
        """In hundredths of the unit."""

    @property
    def unit(self) -> str | None:
        """ "hour" or another one."""


def rules_by_area(session: Session, area_ids: Collection[int]) -> dict[int, Rules]:
    """The rules of each of some areas, in one statement."""
    found = get_settings_by_area(session, area_ids, KEYS)
    return {area_id: Rules.of(found.get(area_id, {})) for area_id in area_ids}


def rules_in(session: Session, area_id: int) -> Rules:
    """The rules of one area."""
    return rules_by_area(session, [area_id])[area_id]


def part_of(person: int, day: date, times: _Times) -> Part:
    """One person's part, as attended: planned windows and breaks only make it less."""
    minutes = quantity = 0
    if times.starts_at is not None and times.ends_at is not None:
        minutes = (times.ends_at - times.starts_at) // timedelta(minutes=1)
    elif times.unit == HOUR:
        # Upwards: a hundredth of an hour too many is too many.
        minutes = -(-(times.quantity or 0) * 60 // 100)
    else:
        quantity = times.quantity or 0
    return Part(person, day, minutes, quantity)


def who_acts(session: Session, actor: Actor) -> Who:
    """The human being behind ``actor``; their person as the kept row."""
    if actor.person_id is None:
        return Who(own_accounts(session, actor), None, actor.label)
    kept = canonical_ids(session, [actor.person_id])[actor.person_id]
    return Who(own_accounts(session, actor), kept, actor.label)


def why_waits(
    session: Session,
    area: Area,
    drafts: Sequence[EntryDraft],
    actor: Actor,
    *,
    imported: bool = False,
    sources: Collection[str] = (),
) -> tuple[str, ...]:
    """Why ``drafts`` would wait for a second person if ``actor`` recorded them now; () where they would not.

    ``sources`` are what they would be recorded as. About eight statements, whatever the number of drafts.
    """
    if actor.unrestricted or not drafts:
        return ()
    rules, today, count = rules_in(session, area.id), current_site().today(), len(drafts)
    parts = [part_of(draft.person_id, draft.local_date, draft) for draft in drafts]
    if imported and rules.mode != OFF:
        # It waits in any case: a hundred thousand rows need not be looked up to know that.
        return reasons(rules, Facts(parts, today, count, count, imported=True))
    who = who_acts(session, actor)
    _one_list_at_a_time(session, who)
    kept = _kept_of(session, {draft.person_id for draft in drafts})
    parts = [part_of(kept[draft.person_id], draft.local_date, draft) for draft in drafts]
    # A list that is long by itself need not be looked up to be known as long.
    long = count >= min(rules.bulk_from, rules.day_total)
    facts = Facts(
        parts=parts,
        recorded_on=today,
        listed=count if long else count + _in_lists(session, area, drafts, who),
        in_day=count if long else count + _alone_today(session, today, who),
        earlier=() if long else _earlier_of(session, area, drafts, who, kept),
        own=who.person is not None and who.person in kept.values(),
        turned_down=not _turned_down(session, kept).isdisjoint((part.person, part.day) for part in parts),
        imported=imported,
        supplied_later=not current_site().host.waiting_sources().isdisjoint(sources),
    )
    return reasons(rules, facts)


def _one_list_at_a_time(session: Session, who: Who) -> None:
    """On PostgreSQL the parts of a list handed in side by side would miss each other; SQLite has one writer anyway."""
    if who.accounts and is_writing(session) and dialect_of(session) == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, :recorder)"),
            {"space": LOCK, "recorder": min(who.accounts)},
        )


def _same_activities(drafts: Sequence[EntryDraft]) -> ColumnElement[bool]:
    named = {(draft.kind_id, title_key(draft.title), draft.local_date) for draft in drafts}
    return or_(
        *(
            and_(Activity.kind_id == kind_id, Activity.title_key == key, Activity.local_date == day)
            for kind_id, key, day in named
        )
    )


def _kept_of(session: Session, people: Collection[int]) -> dict[int, int]:
    """Every row of the human beings that ``people`` touch -> their kept id; two statements."""
    return {row: kept for kept, rows in groups(session, people).items() for row in rows}


def _turned_down(session: Session, kept: Mapping[int, int]) -> set[tuple[int, date]]:
    """On which days somebody rejected something of these people, by kept id.

    Recording it anew is then no way round them, under whatever title or kind; voiding what was rejected is none
    either.
    """
    rejected = select(Decision.id).where(Decision.entry_id == Entry.id, Decision.outcome == REJECTED).exists()
    found: set[tuple[int, date]] = set()
    for part in chunks(kept):
        query = select(Entry.person_id, Entry.local_date).where(
            Entry.person_id.in_(part), Entry.status.in_((REJECTED, VOIDED)), rejected
        )
        found.update((kept[person], day) for person, day in session.execute(query))
    return found


def _in_lists(session: Session, area: Area, drafts: Sequence[EntryDraft], who: Who) -> int:
    """How many live entries of the same activities this recorder has: a list handed in by halves is one list."""
    if not who.accounts:
        return 0
    query = (
        select(func.count())
        .select_from(Entry)
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            Activity.area_id == area.id,
            _same_activities(drafts),
            Entry.recorded_by_account.in_(who.accounts),
            Entry.status.in_(LIVE),
        )
    )
    return session.scalar(query) or 0


def start_of(day: date) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time.min, tzinfo=current_site().timezone).astimezone(UTC)


# As the index over recorders has it, which imports do not burden.
RECORDED_BY_HAND = text(BY_HAND.format("entry."))


def _by_hand(who: Who) -> ColumnElement[bool]:
    """What this recorder recorded by hand."""
    return and_(Entry.recorded_by_account.in_(who.accounts), RECORDED_BY_HAND)


def _alone_today(session: Session, today: date, who: Who) -> int:
    """How many entries of today stand on this recorder's word alone: lists split by title or kind end here."""
    if not who.accounts:
        return 0
    by_another = select(Decision.id).where(
        Decision.entry_id == Entry.id, Decision.outcome == CONFIRMED, Decision.second_person.is_(True)
    )
    query = select(func.count()).where(
        _by_hand(who),
        Entry.recorded_at >= start_of(today),
        Entry.status == CONFIRMED,
        ~by_another.exists(),
    )
    return session.scalar(query) or 0


_PART = (Entry.person_id, Entry.local_date, Entry.starts_at, Entry.ends_at, Entry.quantity, Entry.unit)


def _earlier_of(
    session: Session, area: Area, drafts: Sequence[EntryDraft], who: Who, kept: Mapping[int, int]
) -> list[Part]:
    """What this recorder has on record for the same people and days, but for these very entries."""
    if not who.accounts:
        return []
    query = (
        select(*_PART, Entry.kind_id, Activity.title_key, Activity.area_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            Entry.person_id.in_(kept),
            Entry.local_date.in_({draft.local_date for draft in drafts}),
            Entry.recorded_by_account.in_(who.accounts),
            Entry.status.in_(LIVE),
        )
    )
    # As ``record`` knows what stands already: without a time, the activity alone tells two parts of a day apart.
    same = {(area.id, *activity_key(draft), draft.person_id, draft.starts_at) for draft in drafts}
    return [
        part_of(kept[row.person_id], row.local_date, row)
        for row in session.execute(query)
        if (row.area_id, row.kind_id, row.title_key, row.local_date, row.person_id, row.starts_at) not in same
    ]


# What ``check_confirmer`` reads of an entry.
CHECKED = (
    Entry.id, Entry.area_id, Entry.activity_id, Entry.batch_id, Entry.status, Entry.recorded_at, Entry.recorded_by,
    Entry.recorded_by_account, Entry.source, *_PART,
)  # fmt: skip


def check_confirmer(session: Session, rows: Sequence[Any], actor: Actor, who: Who) -> None:
    """Refuse a confirmer who is not another person; ``rows`` have the columns ``CHECKED``.

    Raises Problem own_entry or second_person_needed.
    """
    if actor.unrestricted or not rows:
        return
    if who.person is not None:
        kept = canonical_ids(session, {row.person_id for row in rows})
        if refusal(set(kept.values()), False, (), who) == OWN_ENTRY:
            raise Problem(
                OWN_ENTRY, N_("Somebody else has to confirm your own participation."), field="entry"
            )
    own = [row for row in rows if who.did(row.recorded_by_account, row.recorded_by)]
    for why in _why_own_wait(session, own, who).values():
        code = refusal((), True, why, who)
        if code is not None:
            raise Problem(
                code, N_("You recorded this yourself: a second person has to confirm it."), field="entry"
            )


def _why_own_wait(session: Session, own: Sequence[Any], who: Who) -> dict[int, tuple[str, ...]]:
    """Why entries wait that ``who`` recorded, by id, as of the day of their recording.

    Everything of that day and those lists counts, what waits too: nobody confirms a long list piece by piece.
    """
    if not own:
        return {}
    site = current_site()
    rules = rules_by_area(session, {row.area_id for row in own})
    lists = _list_lengths(session, {row.activity_id for row in own}, who)
    days = _day_lengths(session, [row.recorded_at for row in own], who)
    kept = _kept_of(session, {row.person_id for row in own})
    turned_down = _turned_down(session, kept)
    earlier = _on_record(session, kept, who)
    found = {}
    for row in own:
        person, day = kept[row.person_id], row.local_date
        recorded_on = site.local(row.recorded_at).date()
        facts = Facts(
            parts=[part_of(person, day, row)],
            recorded_on=recorded_on,
            listed=lists.get(row.activity_id, 1),
            in_day=days.get(recorded_on, 1),
            earlier=[part for entry_id, part in earlier.get((person, day), ()) if entry_id != row.id],
            # Nobody confirms what somebody else has turned down, if it was they who recorded it.
            turned_down=(person, day) in turned_down,
            imported=row.batch_id is not None,
            supplied_later=row.source in site.host.waiting_sources(),
        )
        found[row.id] = reasons(rules[row.area_id], facts)
    return found


def why_stored_wait(session: Session, row: Any) -> tuple[str, ...]:
    """Why an entry on record waits, in the order of the rules: what its page says. About eight statements."""
    if row.recorded_by_account is None:
        return ()
    recorder = Who(frozenset({row.recorded_by_account}), None, row.recorded_by)
    own = row.person_id in person_rows(session, recorder.accounts)
    return (*((OWN,) if own else ()), *_why_own_wait(session, [row], recorder)[row.id])


def _list_lengths(session: Session, activities: Collection[int], who: Who) -> Mapping[int, int]:
    """How many live entries of each of these activities this recorder has."""
    found: dict[int, int] = {}
    if not who.accounts:
        return found
    for part in chunks(activities):
        query = (
            select(Entry.activity_id, func.count())
            .where(
                Entry.activity_id.in_(part),
                Entry.recorded_by_account.in_(who.accounts),
                Entry.status.in_(LIVE),
            )
            .group_by(Entry.activity_id)
        )
        found.update((row[0], row[1]) for row in session.execute(query))
    return found


def _day_lengths(session: Session, instants: Sequence[datetime], who: Who) -> Mapping[date, int]:
    """How many live entries this recorder recorded by hand on the days of ``instants``."""
    found: Counter[date] = Counter()
    if not who.accounts:
        return found
    local = current_site().local
    first, last = local(min(instants)).date(), local(max(instants)).date()
    query = (
        select(Entry.recorded_at, func.count())
        .where(
            _by_hand(who),
            Entry.recorded_at >= start_of(first),
            Entry.recorded_at < start_of(last + timedelta(days=1)),
            Entry.status.in_(LIVE),
        )
        .group_by(Entry.recorded_at)
    )
    for recorded_at, count in session.execute(query):
        found[local(recorded_at).date()] += count
    return found


def _on_record(
    session: Session, kept: Mapping[int, int], who: Who
) -> Mapping[tuple[int, date], Sequence[tuple[int, Part]]]:
    """What this recorder has on record for people, by kept id and day, with the entries' ids."""
    found: dict[tuple[int, date], list[tuple[int, Part]]] = {}
    if not who.accounts:
        return found
    for part in chunks(kept, 500):
        query = select(Entry.id, *_PART).where(
            Entry.person_id.in_(part),
            Entry.recorded_by_account.in_(who.accounts),
            Entry.status.in_(LIVE),
        )
        for row in session.execute(query):
            person = kept[row.person_id]
            known = found.setdefault((person, row.local_date), [])
            known.append((row.id, part_of(person, row.local_date, row)))
    return found
