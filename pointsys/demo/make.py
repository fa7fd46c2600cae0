"""Telling the story: areas and people first, then half month by half month what they did, then the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.kinds import add_local_kind, kinds_for
from pointsys.core.activity_log.models import CONFIRMED
from pointsys.core.activity_log.record import CREATED, EntryDraft, record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area, next_grid_code
from pointsys.core.database import new_public_id
from pointsys.core.figures.people import recount_people
from pointsys.core.pending import DrainReport, drain, mark_people, pending_count
from pointsys.core.people.consent import NOTICE, RANKING
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person, PersonArea, PersonConsent
from pointsys.core.people.records import check_person, membership_row, person_row
from pointsys.core.plugin_info import DemoDay
from pointsys.core.settings import get_setting, set_setting
from pointsys.core.site import current_site, site_instead
from pointsys.core.startup import root_area, start_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.demo import accounts, cases
from pointsys.demo.ahead import open_to_the_public, show_ahead
from pointsys.demo.people import Inhabitant, populate
from pointsys.demo.schedule import Story, read_story
from pointsys.demo.year import Casting, Gathering, drafts_of, evening, gatherings, half_months, size_of

DEMO = "site.demo"
MAKING = "making"
FAILED = "failed"
PEOPLE = 2_000
SEED = 20_240_101
# The newest entries of the old neighbourhood wait for a second person.
WAITING_DAYS = 5
ROUNDS = "网格巡查"

Say = Callable[[str, int, int], None]


class StoryClock:
    """A clock that the story moves on; it never passes the real present."""

    def __init__(self, now: datetime) -> None:
        self.present = now
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Stand at ``moment``, or at the present if that lies in the future."""
        self.now = min(moment.astimezone(UTC), self.present)


@contextmanager
def on_clock(clock: StoryClock) -> Iterator[None]:
    """Services called inside the block read the time from ``clock``."""
    with site_instead(replace(current_site(), clock=clock)):
        yield


def demo_state(session: Session) -> object:
    """True for a demonstration site, "making" or "failed" for one that is not whole, None for any other."""
    root = root_area(session)
    return get_setting(session, root.id, DEMO, None) if root is not None else None


@dataclass
class Telling:
    """What the steps of the story share."""

    story: Story
    rng: Random
    clock: StoryClock
    today: date
    first: date
    areas: dict[str, Area]
    people: list[Inhabitant]
    actors: dict[str, Actor]
    kinds: dict[str, int]
    # Members whom the plugins know of.
    told: set[int] = field(default_factory=set)


def make_demo(*, people: int = PEOPLE, days: int | None = None, say: Say = lambda *_: None) -> DrainReport:
    """Fill an empty, migrated site with the story up to yesterday and derive everything.

    It begins with last year, so that a whole year is behind it, or ``days`` ago.

    ``say`` is told the step, how much of it is done and how much there is. The same seed and day tell the same
    story; public ids and keys differ. Work on it takes several transactions, so that other readers never wait.
    """
    site = current_site()
    story, rng = read_story(), Random(SEED)  # noqa: S311  (a story is not a secret)
    clock = StoryClock(site.now())
    today = site.today()
    first = date(today.year - 1, 1, 1) if days is None else today - timedelta(days=days)
    with on_clock(clock):
        clock.move_to(evening(first - timedelta(days=4), site.timezone))
        telling = _begin(story, rng, clock, today, first, people)
        say("people", len(telling.people), len(telling.people))
        _tell_year(telling, say)
        _odd_cases(telling)
        show_ahead(story, telling.areas, telling.kinds, today)
    with unit_of_work(drain=False) as session:
        waiting = pending_count(session)
    report = drain(progress=lambda done: say("results", done, waiting))
    with unit_of_work(drain=False) as session:
        root = root_area(session)
        assert root is not None
        set_setting(session, root, DEMO, True, SYSTEM)
        # Made a year ago, as the story goes, and used by nobody yet.
        session.execute(update(Account).values(enabled_at=site.now()))
    return report


def _begin(story: Story, rng: Random, clock: StoryClock, today: date, first: date, count: int) -> Telling:
    inhabitants = populate(rng, story.communities, story.members, count, today)
    with unit_of_work(drain=False) as session:
        street = start_site(session, story.code, story.name, SYSTEM, plugins=current_site().host.plugins)
        set_setting(session, street, DEMO, MAKING, SYSTEM)
        open_to_the_public(session, street)
        areas = _make_areas(session, story, street)
        inhabitants += cases.listed_twice(inhabitants, story.communities)
        _insert_people(session, inhabitants, areas, today)
        _consents(session, inhabitants, rng, street)
        actors = accounts.make_accounts(session, areas, inhabitants, today)
        kinds = _local_kinds(session, story, street)
        codes = {key: area.code for key, area in areas.items()}
    with read_scope() as session:
        # Committing expired the rows; these are read whole again and go on without a session.
        loaded = {area.code: area for area in session.scalars(select(Area))}
        session.expunge_all()
    areas = {key: loaded[code] for key, code in codes.items()}
    return Telling(story, rng, clock, today, first, areas, inhabitants, actors, kinds)


def _make_areas(session: Session, story: Story, street: Area) -> dict[str, Area]:
    areas = {"street": street}
    for community in story.communities:
        area = create_area(session, community.code, community.name, street, SYSTEM)
        areas[community.key] = area
        for name in community.grids:
            areas[name] = create_area(session, next_grid_code(session, area), name, area, SYSTEM)
    return areas


def _local_kinds(session: Session, story: Story, street: Area) -> dict[str, int]:
    """Add the kinds of the story and say what they count as; returns the ids of all kinds by title."""
    for title in story.local_kinds:
        add_local_kind(session, street, title, SYSTEM)
    kinds = kinds_for(session, street.id)
    known = {s.name for info in current_site().host.plugins.values() for s in info.settings}
    for name, rules in story.by_kind.items():
        if name in known:
            by_code = {kinds[title].code: rule for title, rule in rules.items()}
            set_setting(session, street, name, by_code, SYSTEM)
    return {title: kind.id for title, kind in kinds.items()}


def _insert_people(
    session: Session, people: Sequence[Inhabitant], areas: Mapping[str, Area], today: date
) -> None:
    site = current_site()
    public_ids = []
    rows = []
    for person in people:
        person.area_id = areas[person.grid].id
        public_ids.append(new_public_id())
        checked = check_person(person.data(), today=today)
        rows.append(person_row(checked, site.keyring, public_ids[-1], site.now()))
    ids: dict[str, int] = {}
    for part in chunks(rows, 1_000):
        session.execute(insert(Person), part)
    for some in chunks(public_ids):
        found = session.execute(select(Person.public_id, Person.id).where(Person.public_id.in_(some)))
        ids.update({row.public_id: row.id for row in found})
    for person, public_id in zip(people, public_ids, strict=True):
        person.id = ids[public_id]
    session.execute(insert(PersonArea), [membership_row(p.id, p.area_id, None) for p in people])
    recount_people(session)
    root = areas["street"]
    audit.write(session, SYSTEM, "people.imported", "area", root.code, area_id=root.id, count=len(people))


def _give_facts(session: Session, people: Sequence[Inhabitant], street: Area) -> None:
    """What a roster's further columns say of the Party members, read and told to the plugins as an import does."""
    on = enabled_in(session, street.id)
    members = [person for person in people if person.member and person.facts]
    for info in current_site().host.plugins.values():
        columns = [(column, title) for column in info.import_columns for title in column.titles]
        told = []
        for person in members if info.name in on else ():
            values = {c.key: c.parse(person.facts[t]) for c, t in columns if t in person.facts}
            told.append((person.id, values))
        if told:
            current_site().host.call_strict(
                "people_imported", only=(info.name,), session=session, area=street, people=told, actor=SYSTEM
            )
    mark_people(session, [person.id for person in members])


def _consents(session: Session, people: Sequence[Inhabitant], rng: Random, street: Area) -> None:
    now = current_site().now()
    rows = [
        {
            "person_id": person.id,
            "kind": kind,
            "version": "2024",
            "method": "paper",
            "given_at": now,
            "withdrawn_at": None,
            "recorded_by": SYSTEM.label,
        }
        for person in people
        for kind in (NOTICE, RANKING)
        if person.drive and (kind != "ranking" or rng.random() < 0.65)
    ]
    session.execute(insert(PersonConsent), rows)
    audit.write(session, SYSTEM, "consent.given", "area", street.code, area_id=street.id, count=len(rows))


def _tell_year(telling: Telling, say: Say) -> None:
    last = telling.today - timedelta(days=1)
    plan = gatherings(telling.story, telling.first, last)
    forgotten = frozenset(c.forgotten_grid for c in telling.story.communities if c.forgotten_grid)
    casting = Casting(telling.people, telling.today, forgotten)
    bound = {actor.person_id for actor in telling.actors.values() if actor.person_id is not None}
    moves = cases.Moves(telling.people, bound, telling.today)
    new_home = telling.story.communities[1].grids[0]
    zone = current_site().timezone
    done = 0
    for start, end in half_months(telling.first, last):
        telling.clock.move_to(evening(end, zone))
        now_on = [gathering for gathering in plan if start <= gathering.day <= end]
        with unit_of_work(drain=False) as session:
            if moves.happen(session, telling.areas, new_home, end, telling.actors["street-office"]):
                casting = Casting(telling.people, telling.today, forgotten)
            _report_to_the_community(session, telling, end)
            _write_down(session, telling, casting, now_on)
            _grid_rounds(session, telling, end)
            _tell_plugins(session, telling, end)
        done += len(now_on)
        say("activities", done, len(plan))


def _report_to_the_community(session: Session, telling: Telling, day: date) -> None:
    """Members whose day of check-in has come are on the roster of that half month; the others from the beginning."""
    due = [
        person
        for person in telling.people
        if person.member and person.id not in telling.told and _reported(person, telling.first) <= day
    ]
    telling.told.update(person.id for person in due)
    if due:
        _give_facts(session, due, telling.areas["street"])


def _reported(person: Inhabitant, first: date) -> date:
    day = person.facts.get("报到日期")
    return day if isinstance(day, date) else first


def _tell_plugins(session: Session, telling: Telling, day: date) -> None:
    """Let the plugins that are on tell their part: sheets that are published, letters that are sent."""
    street = telling.areas["street"]
    keys = {person.community for person in telling.people}
    told = DemoDay(
        day,
        telling.first,
        telling.today,
        {key: session.get_one(Area, area.id) for key, area in telling.areas.items()},
        telling.actors,
        {
            key: tuple(p.id for p in telling.people if p.community == key and p.id in telling.told)
            for key in sorted(keys)
        },
    )
    on = enabled_in(session, street.id)
    for info in current_site().host.plugins.values():
        if info.demo is not None and info.name in on:
            info.demo(session, told)


def _write_down(session: Session, telling: Telling, casting: Casting, now_on: Sequence[Gathering]) -> None:
    """Record what took place, one sheet for each place, and let a second person confirm it the next morning."""
    zone = current_site().timezone
    population = {c.key: sum(p.community == c.key for p in telling.people) for c in telling.story.communities}
    population["street"] = len(telling.people) // 3
    sheets: dict[str, list[EntryDraft]] = {}
    for gathering in now_on:
        size = size_of(telling.rng, gathering.template, population[gathering.place])
        people = casting.draw(telling.rng, gathering, size)
        drafts = drafts_of(telling.rng, gathering, people, telling.kinds, zone)
        sheets.setdefault(gathering.place, []).extend(drafts)
    recorded: dict[str, list[int]] = {}
    scans = "attendance" in current_site().host.names
    for place, drafts in sheets.items():
        actor = telling.actors[accounts.RECORDERS[place]]
        source = "attendance" if place in accounts.TIMED and scans else "import"
        made = record(session, telling.areas[place], drafts, actor, source, conflicts_refuse=False)
        recorded[place] = [
            item.entry_id
            for item, draft in zip(made, drafts, strict=True)
            if item.outcome == CREATED and not _waits(place, draft, telling.today)
        ]
    evening_before = telling.clock()
    telling.clock.move_to(evening_before + timedelta(hours=15, minutes=50))
    for place, entries in recorded.items():
        decide(session, entries, CONFIRMED, "", telling.actors[accounts.CONFIRMERS[place]])


def _waits(place: str, draft: EntryDraft, today: date) -> bool:
    return place == "old" and (today - draft.local_date).days <= WAITING_DAYS


def _grid_rounds(session: Session, telling: Telling, end: date) -> None:
    """A grid worker's own everyday entries: a handful of neighbours, confirmed at once."""
    neighbours = [p for p in telling.people if p.grid == accounts.ROUND_GRID and p.drive > 0]
    worker = telling.actors["grid-worker"]
    neighbours = [p for p in neighbours if p.id != worker.person_id]
    if not neighbours:
        return
    zone = current_site().timezone
    start = datetime(end.year, end.month, end.day, 9, 0, tzinfo=zone)
    drafts = [
        EntryDraft(
            person_id=person.id,
            kind_id=telling.kinds["志愿服务"],
            title=ROUNDS,
            local_date=end,
            starts_at=start,
            ends_at=start + timedelta(minutes=60),
        )
        for person in telling.rng.sample(neighbours, min(3, len(neighbours)))
    ]
    area = telling.areas[accounts.ROUND_GRID]
    record(session, area, drafts, worker, "form", confirm=True, conflicts_refuse=False)


def _odd_cases(telling: Telling) -> None:
    old = telling.areas["old"]
    recorder, confirmer = (telling.actors[by["old"]] for by in (accounts.RECORDERS, accounts.CONFIRMERS))
    telling.clock.move_to(telling.clock.present)
    instead = next(p for p in telling.people if p.community == "old" and not p.member and p.drive > 1)
    with unit_of_work(drain=False) as session:
        cases.reject_one(session, old, confirmer)
        cases.void_one(session, old, telling.today - timedelta(days=12), instead, recorder, confirmer)
