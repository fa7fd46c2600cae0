"""A plugin that answers every hook. ``docs/hooks.md`` shows its functions exactly as they stand here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import click
from flask import Blueprint, Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, delete, func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    About,
    Actor,
    Area,
    CalendarItem,
    Card,
    CountedCards,
    DeviceUse,
    EntryDraft,
    Expected,
    ExpectedPerson,
    Figure,
    ImportColumn,
    MenuItem,
    MonthSpan,
    Panel,
    Permission,
    Person,
    PluginInfo,
    Problem,
    PublicBlock,
    ReportSection,
    RestApi,
    SetupChoice,
    SetupOption,
    TableColumn,
    area_scope,
    bucket_edges,
    buckets,
    canonical_ids,
    current_area,
    current_site,
    distribution_figure,
    entry_facts,
    find_area,
    hookimpl,
    make_table,
    ranking_people,
    read_scope,
    set_setting,
    site_command,
    subtree,
)

PLUGIN = PluginInfo(
    name="example",
    slug="example",
    title="Example",
    version="1.0",
    permissions=(Permission("example.view", "See the examples", ("community_worker",)),),
    import_columns=(ImportColumn("size", ("Vest size",), parse=str),),
)

# Tables outside the site's metadata: only the tests make them.
METADATA = MetaData()
COUNTS = Table(
    "example_count",
    METADATA,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
)
VESTS = Table(
    "example_vest",
    METADATA,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("size", String(4), nullable=False),
)


def count_of(session: Session, person_id: int) -> int:
    """How many confirmed entries were counted for this person."""
    return session.scalar(select(COUNTS.c.entries).where(COUNTS.c.person_id == person_id)) or 0


@hookimpl
def register_blueprints(app: Flask) -> None:
    blueprint = Blueprint("example", __name__, template_folder="templates")

    @blueprint.get("/a/<code>/example/")
    @area_scope("example.view")
    def hello(code: str) -> str:
        return f"Hello from {current_area().name}"

    app.register_blueprint(blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    from marshmallow import fields

    from pointsys.plugin import RestBlueprint, RestSchema

    class Greeting(RestSchema):
        text = fields.String(required=True)

    blueprint = RestBlueprint("example_rest", __name__, description="Examples")

    @blueprint.read("/areas/<code>/example", permission="example.view", answer=Greeting)
    def hello(session: Session, args: Mapping[str, Any], code: str) -> Mapping[str, Any]:
        """Greet an area"""
        return {"text": f"Hello from {current_area().name}"}

    api.register_blueprint(blueprint)


@hookimpl
def register_commands(cli: click.Group) -> None:
    @cli.group("example", help="Commands of the example.")
    def example() -> None: ...

    @example.command(help="Print the name of an area.")
    @click.argument("code")
    @site_command
    def name(code: str) -> None:
        with read_scope() as session:
            area = find_area(session, code)
        if area is None:
            raise Problem("unknown_area", N_("There is no area with the code %(code)s."), code=code)
        click.echo(area.name)


@hookimpl
def validate_entries(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Sequence[Problem]:
    longest = timedelta(hours=12)
    return [
        Problem("too_long_a_day", N_("More than twelve hours in a row: record the breaks."), field="end")
        for draft in drafts
        if draft.starts_at and draft.ends_at and draft.ends_at - draft.starts_at > longest
    ]


@hookimpl
def derive(session: Session, people: Sequence[int]) -> None:
    session.execute(delete(COUNTS).where(COUNTS.c.person_id.in_(people)))
    counts = [
        {"person_id": person_id, "entries": len(facts)}
        for person_id, facts in entry_facts(session, people).items()
    ]
    session.execute(insert(COUNTS), counts)


@hookimpl
def people_imported(
    session: Session, area: Area, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor
) -> None:
    ids = [person_id for person_id, _values in people]
    session.execute(delete(VESTS).where(VESTS.c.person_id.in_(ids)))
    session.execute(
        insert(VESTS), [{"person_id": person_id, "size": values["size"]} for person_id, values in people]
    )


@hookimpl
def area_started(session: Session, area: Area, actor: Actor, choices: Mapping[str, str]) -> None:
    word = choices.get("word", "Welcome")
    set_setting(session, area, "example.greeting", f"{word} to {area.name}", actor)


@hookimpl
def setup_choices() -> Sequence[SetupChoice]:
    options = [SetupOption("Welcome", N_("Welcome")), SetupOption("Greetings", N_("Greetings"))]
    return [SetupChoice("word", N_("How to greet"), options)]


@hookimpl
def merge_people(session: Session, kept: int, merged: int) -> None:
    session.execute(delete(COUNTS).where(COUNTS.c.person_id.in_((kept, merged))))
    # After un-merging these are two people again.
    derive(session, sorted(set(canonical_ids(session, (kept, merged)).values())))


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    session.execute(delete(VESTS).where(VESTS.c.person_id.in_(rows)))


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    entries = session.scalar(select(COUNTS.c.entries).where(COUNTS.c.person_id == person))
    return {"entries": entries or 0}


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    return [MenuItem(N_("Example"), "example.hello", "example.view", "list")]


@hookimpl
def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    here = select(Person.id).where(Person.area_id.in_(subtree(area.id)))
    total = session.scalar(select(func.sum(COUNTS.c.entries)).where(COUNTS.c.person_id.in_(here)))
    return [Card(N_("Entries counted"), str(total or 0), permission="example.view")]


@hookimpl
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    here = select(Person.id).where(Person.area_id.in_(subtree(area.id)))
    people = select(func.count()).select_from(COUNTS).where(COUNTS.c.person_id.in_(here)).scalar_subquery()

    def cards(numbers: Sequence[int]) -> Sequence[Card]:
        return [Card(N_("People counted"), str(numbers[0]), permission="example.view")]

    return [CountedCards((people,), cards)]


@hookimpl
def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    here = select(Person.id).where(Person.area_id.in_(subtree(area.id)))
    total = session.scalar(select(func.sum(COUNTS.c.entries)).where(COUNTS.c.person_id.in_(here)))
    columns = (TableColumn(N_("Month")), TableColumn(N_("Entries"), "count"))
    return [
        ReportSection(N_("Entries counted"), make_table(columns, [(month, total)]), permission="example.view")
    ]


@hookimpl
def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    here = select(Person.id).where(Person.area_id.in_(subtree(area.id)))
    rows = session.execute(
        select(COUNTS.c.entries, func.count()).where(COUNTS.c.person_id.in_(here)).group_by(COUNTS.c.entries)
    )
    people = {row[0]: row[1] for row in rows}
    about = About(
        "example-entries", N_("Entries by person"), N_("People by their number of entries."), period.text
    )
    return [distribution_figure(about, N_("Entries"), N_("People"), buckets(people, bucket_edges(people)))]


@hookimpl
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    size = session.scalar(select(VESTS.c.size).where(VESTS.c.person_id == person.id))
    return [Panel(N_("Vest"), "example/vest.html", {"size": size})] if size else []


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    return [Card(N_("My entries"), str(count_of(session, person.id)))]


@hookimpl
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    here = select(Person.id).where(Person.area_id.in_(subtree(area.id)))
    agreed = select(func.count()).where(
        COUNTS.c.person_id.in_(here), COUNTS.c.person_id.in_(ranking_people())
    )
    return [PublicBlock(N_("Taking part"), "example/public.html", {"people": session.scalar(agreed)})]


@hookimpl
def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str]:
    return dict.fromkeys(entries, "+1")


@hookimpl
def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected:
    return Expected(dict.fromkeys(range(len(drafts)), "+1"), f"+{len(drafts)}")


@hookimpl
def expected_people(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    sized = session.scalars(select(VESTS.c.person_id).order_by(VESTS.c.person_id))
    return [ExpectedPerson(person_id, role="vest") for person_id in sized]


@hookimpl
def may_attend(
    session: Session, activity: int, people: Collection[int], at: datetime
) -> Mapping[int, Problem]:
    small = select(VESTS.c.person_id).where(VESTS.c.person_id.in_(people), VESTS.c.size == "XS")
    problem = Problem("no_vest", N_("There is no vest as small as this."))
    return dict.fromkeys(session.scalars(small), problem)


@hookimpl
def activity_leaders(session: Session, activities: Collection[int]) -> Mapping[int, Collection[int]]:
    large = session.scalars(select(VESTS.c.person_id).where(VESTS.c.size == "XL")).all()
    return dict.fromkeys(activities, large)


@hookimpl
def unlisted_activities(session: Session, activities: Collection[int]) -> Collection[int]:
    # There is nothing to announce while nobody has a vest.
    return () if session.scalar(select(VESTS.c.person_id).limit(1)) else activities


@hookimpl
def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    fitted = current_site().today() + timedelta(days=1)
    item = CalendarItem(f"vest-{person.public_id}", "Fitting of vests", fitted, person.created_at)
    return [item] if fitted >= since else []


@hookimpl
def devices_used(session: Session, area: Area, first: date, last: date) -> Sequence[DeviceUse]:
    now, people = current_site().now(), session.scalars(select(VESTS.c.person_id))
    return [DeviceUse("5f1d", person, now, "", "Vests") for person in people]
