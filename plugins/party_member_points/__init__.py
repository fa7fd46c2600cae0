"""Party members' points: a published scheme scores what the log says, and each number opens to its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    HELD_ACTS,
    HELD_MEMBERSHIP,
    LABEL,
    N_,
    Actor,
    Area,
    Card,
    DemoDay,
    EntryDraft,
    Expected,
    Figure,
    MenuItem,
    MonthSpan,
    Panel,
    Permission,
    Person,
    PluginInfo,
    PublicBlock,
    ReportSection,
    RestApi,
    Setting,
    SetupChoice,
    held,
    hookimpl,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .columns import IMPORT_COLUMNS
from .jobs import JOBS
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
    name="party_member_points",
    slug="points",
    title=N_("Party members' points"),
    version="0.1.0",
    order=20,
    summary=N_("Scores Party members by a published scheme, and shows why each number is what it is."),
    permissions=(
        Permission(
            "points.view",
            N_("See Party members and their points by name"),
            _READING,
        ),
        Permission(
            "points.ranking",
            N_("See the points ranking, names masked"),
            (*_READING, "member"),
        ),
        Permission(
            "points.members",
            N_("Change check-in, branch and home unit of Party members"),
            (*_DECIDING, "branch_secretary"),
        ),
        Permission("points.scheme", N_("Draft schemes, and say which kinds of activity count"), _DECIDING),
        Permission("points.approve", N_("Approve and publish schemes"), ("subdistrict_office",)),
        Permission(
            "points.award",
            N_("Propose awards, deductions and vetoes"),
            (*_DECIDING, "branch_secretary"),
        ),
        Permission("points.verify", N_("Verify claims and awards"), (*_DECIDING, "branch_secretary")),
        Permission(
            "points.decide",
            N_("Confirm claims and awards, decide on deductions, vetoes and grades"),
            ("subdistrict_office", "party_committee"),
        ),
        Permission("points.letters", N_("Write to units about their members"), _DECIDING),
        Permission(
            "points.unit", N_("Read letters to one's own unit and acknowledge them"), ("unit_liaison",)
        ),
        Permission("points.wallet", N_("Redeem points of the wallet"), (*_STAFF, "grid_worker")),
        Permission("points.cadres", N_("Keep the ledger of seconded cadres"), _DECIDING),
    ),
    person_fields={
        "points.status": "points.view",
        "points.checkin_on": "points.view",
        "points.left_on": "points.view",
        "points.branch": "points.view",
        "points.home_unit": "points.view",
        "points.total": "points.view",
        "points.grade": "points.view",
        **PARTS.joined("person_fields"),
    },
    events={
        "points.member_changed": N_("Data of a Party member changed"),
        "points.rebuilt": N_("Points computed anew"),
        "points.roster_taken": N_("Party members taken over from a roster"),
        "points.scheme_published": N_("Scoring scheme published"),
        **PARTS.joined("events"),
    },
    settings=(
        Setting("points.mapping", N_("Which kinds of activity count as which item"), {}),
        *PARTS.listed("settings"),
    ),
    import_columns=IMPORT_COLUMNS,
    demo=_tell_demo,
    jobs=(*JOBS, *PARTS.listed("jobs")),
    notices=(*PARTS.listed("notices"),),
    own_pages=PARTS.listed("own_pages"),
    objection_subjects=PARTS.listed("objection_subjects"),
    sources=PARTS.joined("sources"),
    sealed_columns=PARTS.listed("sealed_columns"),
    held=(
        held(
            "points_fact", "person_id kind value on_date ref_id assumed source recorded_at", HELD_MEMBERSHIP
        ),
        held("points_fact", "recorded_by", HELD_ACTS, LABEL),
        plain("points_fact", "id"),
        held(
            "points_member",
            "person_id political_status checkin_on checkin_assumed left_on branch_id home_unit_id roster_differs "
            "post",
            HELD_MEMBERSHIP,
        ),
        held(
            "points_result",
            "person_id scheme period status total total_text grade categories detail valid_until engine publication_id "
            "last_entry",
            HELD_MEMBERSHIP,
        ),
        plain("points_branch", "id area_id name"),
        plain("points_home_unit", "id name"),
        plain(
            "points_scheme_version",
            "id area_id scheme_id title format text sha256 effective_from published_at",
        ),
        held("points_scheme_version", "published_by", HELD_ACTS, LABEL),
        *PARTS.listed("held"),
    ),
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Pages of an area and one's own."""
    from . import views, views_members, views_overtime

    app.register_blueprint(views.blueprint)
    app.register_blueprint(views_members.blueprint)
    app.register_blueprint(views_overtime.blueprint)
    for blueprint in PARTS.blueprints("views"):
        app.register_blueprint(blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    """Scores of an area, and why a person's is what it is."""
    from . import rest, rest_own

    api.register_blueprint(rest.blueprint)
    api.register_blueprint(rest_own.blueprint)
    for added in PARTS.blueprints("rest"):
        api.register_blueprint(added)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """``pointsys points``."""
    from .annual.cli import commands as annual_commands
    from .cli import commands
    from .quarters.cli import commands as sheet_commands

    commands.add_command(sheet_commands)
    commands.add_command(annual_commands)
    cli.add_command(commands)


@hookimpl
def setup_choices() -> Sequence[SetupChoice]:
    """Which of the shipped schemes the site begins with."""
    from . import presets

    return presets.choices()


@hookimpl
def area_started(session: Session, area: Area, actor: Actor, choices: Mapping[str, str]) -> None:
    """Publishes the chosen scheme, the first of those that ship unless somebody chose."""
    from . import presets

    presets.publish_chosen(session, area, choices, actor)


@hookimpl
def people_imported(
    session: Session, area: Area, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor
) -> None:
    """Members, check-in, branch and home unit from a roster."""
    from . import members

    members.take_roster(session, area, people, actor)


@hookimpl
def derive(session: Session, people: Sequence[int]) -> None:
    """Scores from the log, the members' facts and the schemes."""
    from . import services

    services.derive(session, people)


@hookimpl
def merge_people(session: Session, kept: int, merged: int) -> None:
    """Members and scores move to whom they belong now."""
    from . import services

    services.follow_merge(session, kept, merged)


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """Members, ranking, year sheet and scheme of the area."""
    from . import pages

    return (*pages.menu(), *PARTS.listed("menu"))


@hookimpl
def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    """How many members the area has, and their average."""
    from . import pages

    return pages.dashboard_cards(session, area)


@hookimpl
def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """Members by grade."""
    from . import charts

    return charts.report_sections(session, area, month)


@hookimpl
def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """How points spread, and who has most."""
    from . import charts

    return charts.figures(session, area, period, actor)


@hookimpl
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """Membership and points of a person."""
    from . import pages

    return pages.person_panels(session, person, area, actor)


@hookimpl
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The first of those who agreed to stand on rankings."""
    from . import rankings

    return rankings.public_blocks(session, area)


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's own points."""
    from . import pages

    return pages.member_cards(session, person)


@hookimpl
def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str]:
    """What unconfirmed entries would bring, in points."""
    from . import pages

    return pages.expected_effect(session, entries)


@hookimpl
def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected | None:
    """What entries of Party members would bring, in points."""
    from . import pages

    return pages.expected_of_drafts(session, area, drafts)


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """What was said of the membership, and the points of each period."""
    from . import personal

    return personal.export(session, person, rows)


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """Reasons, evidence and words of and about the person go; what was awarded stays."""
    from . import personal

    personal.erase(session, person, rows)
