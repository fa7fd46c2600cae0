"""A member's score over time: as it stood on a past day, month by month, and what would raise it most.

Everything is scored anew from the facts, of which one gathering is enough; nothing is stored. Of a past day counts what
had been recorded and decided by then, by the scheme of where the member belonged; check-in, post and carried totals are
those of today, whose facts tell no day from which they hold. The months are seen by what is known now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import current_site

from . import own, why
from .cuts import clip
from .facts import MemberFacts, gather
from .ledger.own import ledger_between
from .mapping import evidence
from .own import MemberView, OwnEntry, StoredScore
from .schemes import AreaRules, Publication
from .scoring import result_of
from .scoring.exact import plain
from .scoring.scheme import Item
from .services import Score, result_row, score_in
from .stored import at_day_end, hundredths

MOST_MONTHS = 12
MOST_IDEAS = 5
# Not a public id of anything: those are longer.
WHAT_IF = "what-if"
_DONE_BY_ONESELF = frozenset({"per_event", "per_qty", "tier", "brackets", "accumulate", "total_tier"})


@dataclass(frozen=True)
class MonthRow:
    """The total at the end of a month; ``share`` of the highest one in percent, ``gain`` since the month before."""

    label: str
    total: str
    gain: str
    share: int
    grade: str


@dataclass(frozen=True)
class Idea:
    """What one more entry of an item would bring to the total; ``full`` names the category whose cap keeps it away."""

    title: str
    amount: str
    gain: str
    grade: str
    full: str


def as_it_stood(session: Session, member: MemberView, day: date) -> why.Why | None:
    """Why the score of the period that holds ``day`` was what it was at its end; None before any scheme ruled."""
    as_of = at_day_end(day)
    facts, rules, once = _facts(session, member.person_id, as_of, day)
    ruling = rules.for_day(day, day) if rules else None
    if facts is None or rules is None or ruling is None:
        return None
    known = evidence(facts.entries, rules.mapping, once, as_of)
    score = score_in(facts, ruling[0], ruling[1], known, as_of)
    statuses = {fact.public_id: fact.status for fact in facts.entries}
    stored = _stored(score)
    first, last = why.span_of(stored)
    end = day if last is None else min(day, last)
    shown = [_then(row, statuses) for row in own.entries_between(session, member.person_id, first, end)]
    shown += ledger_between(session, member.person_id, first, end)
    shown = [row for row in shown if row.recorded_at <= as_of]
    shown.sort(key=lambda row: -row.local_date.toordinal())
    return why.explain(replace(member, waits=False), stored, shown)


def _then(row: OwnEntry, statuses: dict[str, str]) -> OwnEntry:
    """An entry of the log with the status it had; what was decided later is not said."""
    status = statuses.get(row.public_id, row.status)
    return row if status == row.status else replace(row, status=status, decided_at=None, reason="")


def _facts(
    session: Session, person_id: int, known_at: datetime, on: date | None = None
) -> tuple[MemberFacts | None, AreaRules | None, set[int]]:
    members, rules, once = gather(session, [person_id], known_at, on=on)
    return (members[0], rules[members[0].area_id], once) if members else (None, None, once)


def _stored(score: Score) -> StoredScore:
    row = result_row(score, current_site().today())
    detail = json.loads(row["detail"])
    return StoredScore(
        row["scheme"], row["period"], row["status"], row["total_text"], row["grade"], detail, False
    )


@dataclass(frozen=True)
class Outlook:
    """The months of the present period, and what would raise its score."""

    period: str
    months: Sequence[MonthRow]
    ideas: Sequence[Idea]


def outlook(session: Session, person_id: int) -> Outlook | None:
    """Months and ideas of the period that holds today; None without a scheme, or for nobody who is a member."""
    now, today = current_site().now(), current_site().today()
    facts, rules, once = _facts(session, person_id, now)
    ruling = rules.for_day(today, today) if rules else None
    if facts is None or rules is None or ruling is None:
        return None
    scorer = _Scorer(facts, rules, once, now, *ruling)
    return Outlook(ruling[1], _months(scorer, today), _ideas(scorer, today))


class _Scorer:
    """One member's facts, to be scored again and again."""

    def __init__(
        self,
        facts: MemberFacts,
        rules: AreaRules,
        once: set[int],
        now: datetime,
        publication: Publication,
        period: str,
    ) -> None:
        self.facts, self.publication, self.period = facts, publication, period
        self.now = now
        self.known = evidence(facts.entries, rules.mapping, once, self.now)

    def at(self, day: date) -> Score:
        """At the end of a day, by everything known now."""
        as_of = min(at_day_end(day), self.now)

        def clipped(neutral: dict[str, object]) -> dict[str, object]:
            return clip(neutral, as_of=as_of, known_at=self.now)

        return score_in(
            self.facts, self.publication, self.period, self.known, as_of, known_at=self.now, adjust=clipped
        )

    def with_event(self, event: dict[str, object]) -> Score:
        """Now, if this had happened too."""

        def more(neutral: dict[str, Any]) -> dict[str, object]:
            return {**neutral, "events": [*neutral["events"], event]}

        return score_in(self.facts, self.publication, self.period, self.known, self.now, adjust=more)


def _months(scorer: _Scorer, today: date) -> list[MonthRow]:
    """Totals at the ends of the months of the period, of the last twelve where it has no beginning."""
    span = scorer.at(today).found.ask
    first = max(span.first, scorer.facts.membership.checkin_on, _months_back(today, MOST_MONTHS - 1))
    ends = []
    day = min(today, span.last)
    while day >= first:
        ends.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    scores = [(end, result_of(scorer.at(end).found)) for end in reversed(ends)]
    graded = [(end, score) for end, score in scores if score["status"] == "graded"]
    totals = [hundredths(str(score["total"])) for _end, score in graded]
    most = max([*totals, 1])
    rows = []
    for place, (end, score) in enumerate(graded):
        gain = totals[place] - totals[place - 1] if place else 0
        said = f"{'-' if gain < 0 else '+'}{abs(gain) // 100}.{abs(gain) % 100:02d}" if place else ""
        share = max(0, totals[place] * 100 // most)
        rows.append(MonthRow(f"{end:%Y-%m}", str(score["total"]), said, share, str(score["grade"] or "")))
    return rows


def _months_back(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _ideas(scorer: _Scorer, today: date) -> list[Idea]:
    """Items whose one more entry today would raise the total, the most first; then those that a cap keeps away."""
    scheme = scorer.publication.scheme
    now = scorer.at(today).found
    step = scheme.version_index(today)
    if now.outcome is None or step < 0:
        return []
    before = hundredths(str(result_of(now)["total"]))
    found: list[tuple[int, Idea]] = []
    for item in scheme.versions[step].items.values():
        if item.kind != "earn" or item.mode not in _DONE_BY_ONESELF:
            continue
        qty = _usual_amount(item)
        then = result_of(
            scorer.with_event({"id": WHAT_IF, "item": item.id, "on": today.isoformat(), "qty": qty}).found
        )
        gain = hundredths(str(then["total"])) - before
        better = str(then["grade"] or "") if gain > 0 and then["grade"] != now.outcome.grade else ""
        column = now.columns.get(item.category)
        full = "" if gain > 0 or column is None else column.rule.title
        amount = "" if item.mode == "per_event" else gettext("amount %(quantity)s", quantity=qty)
        said = f"+{gain // 100}.{gain % 100:02d}" if gain > 0 else ""
        found.append((gain, Idea(item.title, str(amount), said, better, full)))
    found.sort(key=lambda pair: -pair[0])
    raising = [idea for gain, idea in found if gain > 0][:MOST_IDEAS]
    return raising + [idea for gain, idea in found if gain == 0][: MOST_IDEAS - len(raising)]


def _usual_amount(item: Item) -> str:
    """The smallest amount that is worth something by itself: a unit, a step, the lowest tier with points."""
    least = max(item.qty.least, item.qty.step or 0)
    if item.mode in ("per_qty", "accumulate"):
        least = max(least, item.per)
    elif item.mode in ("tier", "total_tier"):
        least = max(least, min((tier.least for tier in item.tiers if tier.cents), default=1))
    elif item.mode == "brackets":
        least = max(least, item.brackets[0].per)
    return plain(least or 1)
