"""Volunteer hours: confirmed service entries become credited minutes, on the sheet of each person's community."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    HELD_RECORD,
    N_,
    Actor,
    Area,
    CalendarItem,
    Card,
    CountedCards,
    DemoDay,
    EntryDraft,
    Expected,
    ExpectedPerson,
    Figure,
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
    held,
    hookimpl,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .parts import PARTS

if TYPE_CHECKING:
    import click
    from flask import Flask

_STAFF = ("subdistrict_office", "community_worker")
_DECIDING = (*_STAFF, "party_committee")
_READING = (*_DECIDING, "grid_worker", "branch_secretary")


def _tell_demo(session: Session, told: DemoDay) -> None:
    from . import demo

    demo.tell(session, told)


PLUGIN = PluginInfo(
    name="volunteer",
    slug="volunteer",
    title=N_("Volunteer hours"),
    version="0.1.0",
    order=10,
    summary=N_("Credits confirmed service in minutes; hours, rankings and monthly reports of areas."),
    person_fields={"volunteer.hours": "volunteer.view", **PARTS.joined("person_fields")},
    permissions=(
        Permission("volunteer.view", N_("See volunteer hours of the area by name"), _READING),
        Permission(
            "volunteer.ranking",
            N_("See the ranking of the area, names masked"),
            (*_READING, "member", "resident"),
        ),
        Permission("volunteer.teams", N_("Keep teams, alliances and projects"), _STAFF),
        Permission(
            "volunteer.people",
            N_("Register volunteers, their guardians and insurance"),
            (*_STAFF, "grid_worker"),
        ),
        Permission(
            "volunteer.signups", N_("Look for volunteers and decide on sign-ups"), (*_STAFF, "grid_worker")
        ),
        Permission(
            "volunteer.policy", N_("Set the rules by which hours are credited"), ("subdistrict_office",)
        ),
        Permission("volunteer.approve", N_("Approve hours above the day's limit"), ("subdistrict_office",)),
        Permission(
            "volunteer.record",
            N_("Keep commendations, evaluations, complaints and stars of volunteers"),
            _DECIDING,
        ),
        Permission("volunteer.certify", N_("Issue, replace and revoke certificates of service"), _STAFF),
    ),
    demo=_tell_demo,
    notices=(
        MenuItem(N_("Publish hours"), "volunteer_notice.preview", "publicity.publish", "clock-history"),
        *PARTS.listed("notices"),
    ),
    events=PARTS.joined("events"),
    settings=PARTS.listed("settings"),
    jobs=PARTS.listed("jobs"),
    own_pages=PARTS.listed("own_pages"),
    import_columns=PARTS.listed("import_columns"),
    objection_subjects=PARTS.listed("objection_subjects"),
    sources=PARTS.joined("sources"),
    sealed_columns=PARTS.listed("sealed_columns"),
    held=(
        held(
            "volunteer_credit",
            "entry_id person_id area_id local_date minutes gross_minutes flags klass team_id project_id state level "
            "worth rule_version",
            HELD_RECORD,
        ),
        held("volunteer_day", "person_id local_date area_id minutes entries", HELD_RECORD),
        held("volunteer_balance", "person_id period area_id minutes entries total", HELD_RECORD),
        plain("volunteer_histogram", "area_id period minutes people entries"),
        *PARTS.listed("held"),
    ),
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Pages of an area and one's own."""
    from . import views, views_notice

    app.register_blueprint(views.blueprint)
    app.register_blueprint(views_notice.blueprint)
    for blueprint in PARTS.blueprints("views"):
        app.register_blueprint(blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    """Hours of an area, and of a person."""
    from .rest import blueprint

    api.register_blueprint(blueprint)
    for added in PARTS.blueprints("rest"):
        api.register_blueprint(added)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """``pointsys volunteer``."""
    from .cli import commands

    for command in PARTS.commands():
        commands.add_command(command)
    cli.add_command(commands)


@hookimpl
def people_imported(
    session: Session, area: Area, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor
) -> None:
    """Volunteers of a roster are registered."""
    from .people import roster

    roster.take(session, people, actor)


@hookimpl
def derive(session: Session, people: Sequence[int]) -> None:
    """Credits, days and balances from the log."""
    from . import services

    services.derive(session, people)


@hookimpl
def merge_people(session: Session, kept: int, merged: int) -> None:
    """What is stored of either moves to whom it belongs now."""
    from . import services
    from .reports import unranked

    services.follow_merge(session, (kept, merged))
    unranked.follow_merge(session, (kept, merged))


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """Hours, ranking and report of the area."""
    from . import pages

    return pages.menu()


@hookimpl
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    """This month's hours of the area, and what waits in the parts."""
    from . import pages

    return [pages.month_card(area), *PARTS.counted_cards(area)]


@hookimpl
def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """Hours of the month, and of the areas below."""
    from . import report_section

    return report_section.report_sections(session, area, month)


@hookimpl
def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """Hours by month, their spread, and who gave most."""
    from . import charts

    return charts.figures(session, area, period, actor)


@hookimpl
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """A person's totals and latest entries."""
    from . import pages

    added = PARTS.gathered("person_panels", session, person, area, actor)
    return [*pages.person_panels(session, person), *added]


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own hours."""
    from . import pages

    added = PARTS.gathered("member_cards", session, person)
    return [*pages.member_cards(session, person), *added]


@hookimpl
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The area's hours, and the first of those who agreed."""
    from . import public

    added = PARTS.gathered("public_blocks", session, area)
    return [*public.blocks(session, area), *added]


@hookimpl
def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    """A person's shifts."""
    from .reports import calendar

    return calendar.own_calendar(session, person, since)


@hookimpl
def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str]:
    """What unconfirmed service entries would bring, in hours."""
    from . import pages

    return pages.expected_effect(session, entries)


@hookimpl
def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected | None:
    """What service entries would bring, in hours."""
    from . import pages

    return pages.expected_of_drafts(session, area, drafts)


@hookimpl
def may_attend(
    session: Session, activity: int, people: Collection[int], at: datetime
) -> Mapping[int, Problem] | None:
    """Age, guardian, consent, insurance, training and standing, by what the activity asks."""
    from .people import gates

    return gates.may_attend(session, activity, people, at)


@hookimpl
def expected_people(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    """Everybody whose sign-up was approved, with role and shift."""
    from .signups import hooks

    return hooks.expected_people(session, activity)


@hookimpl
def unlisted_activities(session: Session, activities: Collection[int]) -> Collection[int] | None:
    """Activities that recruit as drafts, for a team alone, or no more."""
    from .signups import hooks

    return hooks.unlisted_activities(session, activities)


@hookimpl
def activity_leaders(session: Session, activities: Collection[int]) -> Mapping[int, Collection[int]] | None:
    """The leaders of each activity's team and of the teams above it."""
    from .signups import hooks

    return hooks.activity_leaders(session, activities)


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """The person's hours of each entry and by period, and what the parts hold of them."""
    from . import personal

    return personal.export(session, person, rows)


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go; minutes stay."""
    from . import personal

    personal.erase(session, person, rows)
