"""What the inhabitants did: gatherings of each half month, who came to them, and the drafts that staff would write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from pointsys.core.activity_log.record import EntryDraft
from pointsys.demo.people import ELDER, IN_SERVICE, YOUNG, Inhabitant
from pointsys.demo.schedule import Story, Template, occurrences

EACH = "each"
STREET = "street"
# The sizes in the story are those of a community of this many people.
PER_PEOPLE = 700
# A grid that nobody has written anything down for since then.
FORGOTTEN_DAYS = 150


@dataclass(frozen=True)
class Gathering:
    """One activity on one day, in a community of the story or ("street") of the whole sub-district."""

    day: date
    place: str
    template: Template


def gatherings(story: Story, first: date, last: date) -> list[Gathering]:
    """Everything that took place from ``first`` to ``last``, by day."""
    found = []
    for template in story.templates:
        each = [community.key for community in story.communities]
        places = each if template.community == EACH else [template.community]
        days = occurrences(template, first, last, story.festivals)
        found += [Gathering(day, place, template) for day in days for place in places]
    return sorted(found, key=lambda g: (g.day, g.template.start, g.place, g.template.title))


def half_months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The spans in which staff write things down: to the 15th and to the end of each month."""
    while first <= last:
        if first.day <= 15:
            end = first.replace(day=15)
        else:
            end = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        yield first, min(end, last)
        first = end + timedelta(days=1)


class Casting:
    """Draws who comes, the eager ones more often; made anew when people have moved."""

    def __init__(self, people: Sequence[Inhabitant], today: date, forgotten: frozenset[str]) -> None:
        self.today = today
        self.forgotten = forgotten
        self._people = [person for person in people if person.drive > 0]
        self._pools: dict[tuple[str, str, bool], tuple[list[Inhabitant], list[float]]] = {}

    def draw(self, rng: Random, gathering: Gathering, size: int) -> list[Inhabitant]:
        """At most ``size`` different people for a gathering, in the order of the sheet."""
        late = (self.today - gathering.day).days < FORGOTTEN_DAYS
        pool, weights = self._pool(gathering.place, gathering.template.who, late)
        if not pool:
            return []
        chosen: dict[int, Inhabitant] = {}
        for person in rng.choices(pool, cum_weights=weights, k=size * 2):
            if len(chosen) < size:
                chosen.setdefault(person.id, person)
        return list(chosen.values())

    def _pool(self, place: str, who: str, late: bool) -> tuple[list[Inhabitant], list[float]]:
        key = (place, who, late)
        if key not in self._pools:
            pool = [
                person
                for person in self._people
                if place in (STREET, person.community)
                and _drawn(person, who, self.today)
                and not (late and person.grid in self.forgotten)
            ]
            self._pools[key] = pool, list(accumulate(person.drive for person in pool))
        return self._pools[key]


def _drawn(person: Inhabitant, who: str, today: date) -> bool:
    if who == "elders":
        return person.age(today) >= ELDER
    if who == "young":
        return person.age(today) < YOUNG
    if who == "members":
        return person.member == IN_SERVICE
    return who == "any" or bool(person.member)


def drafts_of(
    rng: Random, gathering: Gathering, people: Sequence[Inhabitant], kinds: Mapping[str, int], zone: ZoneInfo
) -> list[EntryDraft]:
    """One draft for each who came: some late, some gone early, a few with their hours only."""
    template = gathering.template
    start = datetime.combine(gathering.day, template.start, zone)
    end = datetime.combine(gathering.day, template.end, zone)
    if end <= start:
        end += timedelta(days=1)
    drafts = []
    for number, person in enumerate(people):
        came, left = start, end
        if rng.random() < 0.15:
            came += timedelta(minutes=5 * rng.randint(1, 4))
        if rng.random() < 0.12:
            # Whoever came late to a short one stays to its end.
            left = max(left - timedelta(minutes=5 * rng.randint(1, 4)), came + timedelta(minutes=10))
        timed = rng.random() > 0.03
        drafts.append(
            EntryDraft(
                person_id=person.id,
                kind_id=kinds[template.kind],
                title=template.title,
                local_date=gathering.day,
                starts_at=came if timed else None,
                ends_at=left if timed else None,
                quantity=None if timed else round((end - start) / timedelta(minutes=30)) * 50,
                unit=None if timed else "hour",
                role="组织" if number == 0 else "",
                note=template.note,
            )
        )
    return drafts


def size_of(rng: Random, template: Template, population: int) -> int:
    """How many come to a gathering of ``population`` people."""
    return max(2, rng.randint(*template.size) * population // PER_PEOPLE)


def evening(day: date, zone: ZoneInfo) -> datetime:
    """When staff write a day down: the next day towards the end of work."""
    return datetime.combine(day + timedelta(days=1), time(17, 20), zone)
