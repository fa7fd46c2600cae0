"""Where the log meets the rules: entries of people become services, by the policy of their area and date.

Loaded once for a batch of people; what some further or fewer entries would be worth costs no statement any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import EntryFact, chunks, current_site, has_time, minutes_noted

from . import inforce
from .crediting import CREDIT, HONOUR, REJECTED, Service, Worth, credit
from .days import Days, instant
from .models import VolunteerApproval
from .policy import Policy

# What is computed now is computed by these rules; the numbers in them are the policy's.
_DAYS: dict[str, Days] = {}


def site_days() -> Days:
    """The local dates of the site."""
    zone = current_site().timezone
    return _DAYS.setdefault(str(zone), Days(zone))


class Crediting:
    """The rules for entries of some people: policies, what is timed, and decisions on hours above the day's limit.

    A decision matters while its entry goes beyond a limit, so only those that do are asked for.
    """

    def __init__(
        self, session: Session, facts: Iterable[EntryFact], book: inforce.Book | None = None
    ) -> None:
        """One statement, none with a ``book`` that holds what may be published some day."""
        self._session = session
        self.book = book or inforce.book(session, {fact.area_id for fact in facts})
        self._decided: dict[int, str] = {}
        self._asked: set[int] = set()
        self._timed = current_site().host.timed_sources()
        self._days = site_days()

    def policy(self, fact: EntryFact) -> Policy:
        """The policy that rules an entry."""
        return self.book.at(fact.area_id, fact.local_date)

    def klass(self, fact: EntryFact) -> str:
        """Whether the system timed an entry, or it is somebody's word."""
        return CREDIT if fact.source in self._timed and fact.ends_at is not None else HONOUR

    def credit_all(self, facts_of: Mapping[int, Sequence[EntryFact]]) -> dict[int, dict[int, Worth]]:
        """What each service entry of some people is worth, by person and entry; one statement, or none.

        More only where hours are rejected: the time they free can take other entries beyond a limit.
        """
        found = {person: self._pass(facts, {}) for person, facts in facts_of.items()}
        beyond = {person: _beyond(worths) for person, worths in found.items()}
        while beyond:
            self._ask({entry for entries in beyond.values() for entry in entries})
            freed: dict[int, set[int]] = {}
            for person, entries in beyond.items():
                if decided := {entry: self._decided[entry] for entry in entries if entry in self._decided}:
                    found[person] = self._pass(facts_of[person], decided)
                    if more := _beyond(found[person]) - entries:
                        freed[person] = entries | more
            beyond = freed
        return found

    def credit(self, facts: Sequence[EntryFact]) -> dict[int, Worth]:
        """What each service entry of **one person** is worth, by entry id."""
        return self.credit_all({0: facts})[0]

    def worth(self, facts: Sequence[EntryFact]) -> int:
        """What the service entries of **one person** are worth together, with what waits for approval."""
        return sum(one.minutes for one in self._pass(facts, {}).values())

    def _ask(self, entries: Collection[int]) -> None:
        unknown = set(entries) - self._asked
        if unknown:
            self._decided.update(decisions(self._session, unknown))
            self._asked |= unknown

    def _pass(self, facts: Sequence[EntryFact], decided: Mapping[int, str]) -> dict[int, Worth]:
        return credit([self._service(fact, decided.get(fact.entry_id, "")) for fact in facts], self._days)

    def _service(self, fact: EntryFact, decided: str) -> Service[int]:
        return Service(
            fact.entry_id,
            fact.activity_id,
            self.policy(fact),
            fact.entry_id,
            instant(fact.starts_at) if fact.starts_at is not None else None,
            instant(fact.ends_at) if fact.ends_at is not None else None,
            instant(fact.planned_start) if fact.planned_start is not None else None,
            instant(fact.planned_end) if fact.planned_end is not None else None,
            fact.break_minutes,
            fact.local_date,
            minutes_noted(fact),
            fact.source not in self._timed,
            decided,
            has_time(fact),
        )


def _beyond(worths: Mapping[int, Worth]) -> set[int]:
    return {entry_id for entry_id, worth in worths.items() if worth.level}


def decisions(session: Session, entries: Collection[int]) -> dict[int, str]:
    """The level that was approved, or "rejected", of those of ``entries`` that were decided on."""
    found: dict[int, str] = {}
    row = VolunteerApproval
    for part in chunks(sorted(entries)):
        query = select(row.entry_id, row.outcome, row.level).where(row.entry_id.in_(part)).order_by(row.id)
        for entry_id, outcome, level in session.execute(query):
            found[entry_id] = REJECTED if outcome == REJECTED else level
    return found
