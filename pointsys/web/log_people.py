"""Who took part, as the quick record shows it before anything is stored: matched names, the roster, what it brings.

All of it is made anew from the fields of the form each time; nothing is kept between two requests. Each person has
one box on the page: in the list where a name says so or an earlier search ticked them, else on the roster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from pointsys.core.activity_log.by_hand import why_not_at_once
from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.drafts import check_draft, tidy
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.participants import Named, find_participants, people_below
from pointsys.core.activity_log.recent import Group, last_group
from pointsys.core.activity_log.second_person import rules_in
from pointsys.core.areas.models import subtree
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.search import PeopleFilters, search_people
from pointsys.core.site import current_site
from pointsys.kit.pinyin import pinyin_keys
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import current_actor, current_area
from pointsys.web.effects import DraftEffects, effects_of_drafts
from pointsys.web.log_form import OTHER, EntryForm, drafts_of, read_what
from pointsys.web.scope import area_names
from pointsys.web.waiting import why_text

# People of the roster that are shown at a time; the others are found by name, pinyin or grid.
SHOWN = 60
MAX_CHOSEN = 300
# Unknown names for which people with the same sound are looked for.
MAX_SOUNDS = 20


@dataclass
class Panel:
    """What the part of the page about people shows; ``ticked`` holds outside ids."""

    named: Sequence[Named] = ()
    ticked: set[str] = field(default_factory=set)
    chosen: Sequence[Person] = ()
    similar: Mapping[str, Sequence[Person]] = field(default_factory=dict)
    others: Sequence[Person] = ()
    hits: Sequence[Person] = ()
    hits_total: int = 0
    group: Group | None = None
    new: Sequence[str] = ()
    areas: Mapping[int, str] = field(default_factory=dict)
    effects: Mapping[str, str] = field(default_factory=dict)
    totals: Sequence[str] = ()
    problem: Problem | None = None
    confirmed: bool = False
    why: str = ""
    deciders: Sequence[Decider] = ()
    seen: str = ""
    shown: str = ""
    # What the plugins bring was asked: where they count nothing, the page may say so.
    weighed: bool = False

    @property
    def in_list(self) -> set[int]:
        """Inner ids of the people whose box stands in the list."""
        return {person.id for item in self.named for person in item.people} | {p.id for p in self.others}

    @property
    def count(self) -> int:
        """How many entries saving would make."""
        return len(self.chosen) + len(self.new)

    @property
    def unclear(self) -> int:
        """How many names still need somebody to decide who is meant."""
        return sum(1 for item in self.named if not self._settled(item))

    def _settled(self, item: Named) -> bool:
        if len(item.people) == 1 or item.name in self.new:
            return True
        candidates = (*item.people, *self.similar.get(item.name, ()))
        return any(person.public_id in self.ticked for person in candidates)


def names_seen(text: str) -> str:
    """A digest of pasted names, by which the page knows that they were looked up and shown."""
    # A form that is sent has other line ends than the same form read by a script.
    words = " ".join(text.split())
    return hashlib.sha256(words.encode()).hexdigest()[:16] if words else ""


def check_number(people: int) -> None:
    """Raise Problem too_many_people for more than one form records."""
    if people > MAX_CHOSEN:
        raise Problem(
            "too_many_people",
            N_("At most %(most)s people at a time; bring longer lists in as a sheet."),
            field="names",
            most=MAX_CHOSEN,
        )


def look_up(
    session: Session, form: EntryForm, sent: MultiDict[str, str], *, group_of: str = "", search: bool = True
) -> Panel:
    """Everything about people that the form's fields say; ``group_of`` is the activity whose people to tick.

    Raises Problem too_many_names and too_many_people. About 25 statements at most, whatever the number of people.
    """
    area = current_area()
    text = form.names.data or ""
    panel = Panel(named=find_participants(session, area.id, text), ticked=set(sent.getlist("person")))
    shown = set(sent.get("shown", "").split())
    for item in panel.named:
        # A name that is clear is ticked when it is first seen; what somebody unticked stays so.
        if len(item.people) == 1 and item.people[0].public_id not in shown:
            panel.ticked.add(item.people[0].public_id)
    day = form.day.data or current_site().today()
    panel.group = last_group(session, area.id, form.title.data or "", day)
    if panel.group is not None and group_of == panel.group.public_id:
        panel.ticked |= {person.public_id for person in panel.group.people}
    check_number(len(panel.ticked))
    panel.similar = _same_sound(session, area.id, [item.name for item in panel.named if not item.people])
    if search:
        _search(session, panel, sent)
    found = [p for item in panel.named for p in item.people] + [
        p for several in panel.similar.values() for p in several
    ]
    known = {person.public_id: person for person in (*found, *panel.hits)}
    panel.others = people_below(session, area.id, panel.ticked - known.keys()) or ()
    known.update((person.public_id, person) for person in panel.others)
    order = list(known)
    panel.chosen = [known[pid] for pid in order if pid in panel.ticked]
    unknown = {item.name for item in panel.named if not item.people}
    panel.new = [name for name in dict.fromkeys(sent.getlist("new")) if name in unknown]
    group = panel.group.people if panel.group else ()
    panel.areas = area_names(session, {p.area_id for p in (*known.values(), *group)} | {area.id})
    panel.seen, panel.shown = names_seen(text), " ".join(person.public_id for person in found)
    _weigh(session, form, panel)
    return panel


def _search(session: Session, panel: Panel, sent: MultiDict[str, str]) -> None:
    filters = PeopleFilters(area_code=sent.get("grid") or None, left=False)
    page = search_people(session, current_area().id, sent.get("q", ""), size=SHOWN, filters=filters)
    panel.hits, panel.hits_total = page.rows, page.total


def _same_sound(session: Session, area_id: int, names: Sequence[str]) -> dict[str, list[Person]]:
    """People whose name sounds like an unknown one, such as 张伟 for 张玮: most strangers are slips of the pen."""
    sounds = {name: pinyin_keys(name).split(" ")[0] for name in names[:MAX_SOUNDS]}
    wanted = {sound for sound in sounds.values() if len(sound) > 3}
    if not wanted:
        return {}
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    query = (
        select(Person)
        .where(
            Person.area_id.in_(subtree(area_id)),
            Person.left_on.is_(None),
            ~merged,
            or_(*(Person.pinyin.like(f"{sound} %") for sound in sorted(wanted))),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(100)
    )
    found: dict[str, list[Person]] = {}
    for person in session.scalars(query):
        found.setdefault(person.pinyin.split(" ")[0], []).append(person)
    return {name: found[sound][:4] for name, sound in sounds.items() if sound in found}


def _weigh(session: Session, form: EntryForm, panel: Panel) -> None:
    """What saving would bring, and whether somebody else has to confirm."""
    area, actor = current_area(), current_actor()
    if not panel.chosen:
        return
    try:
        if form.day.data is None:
            raise Problem("no_day", N_("Give the date to see what this brings."), field="day")
        what = read_what(form)
        kinds = {kind.code: kind for kind in kinds_for(session, area.id).values()}
        kind = kinds.get(form.kind.data or "")
        if kind is None and form.kind.data == OTHER:
            return
        if kind is None:
            raise Problem("no_kind", N_("Choose the kind of activity to see what this brings."), field="kind")
        drafts = [tidy(draft) for draft in drafts_of(form, what, kind.id, panel.chosen)]
        untitled = not (form.title.data or "").strip()
        if not untitled:
            now = current_site()
            check_draft(drafts[0], now.now(), now.today())
        areas = {person.id: person.area_id for person in panel.chosen}
        effects: DraftEffects = effects_of_drafts(session, area, drafts, areas)
    except Problem as problem:
        panel.problem = problem
        return
    panel.effects = {panel.chosen[place].public_id: text for place, text in effects.each.items()}
    panel.totals, panel.weighed = effects.totals, True
    why = why_not_at_once(session, area, drafts, actor)
    panel.confirmed = not why
    if why:
        panel.why = why_text(why, rules_in(session, area.id))
        own = [actor.account_id] if actor.account_id is not None else []
        panel.deciders = deciders(
            session, area.id, but_accounts=own, but_people=[person.id for person in panel.chosen]
        )
