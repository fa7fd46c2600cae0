"""Rating of property-management companies and estates: ballots, raters, lists and a credit file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Card,
    CountedCards,
    DemoDay,
    KindInfo,
    MenuItem,
    Panel,
    Permission,
    Person,
    PluginInfo,
    PublicBlock,
    RestApi,
    hookimpl,
)

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
    name="property_rating",
    slug="property",
    title=N_("Property management rating"),
    version="0.1.0",
    order=40,
    summary=N_(
        "Stars, red and black list and credit file of property companies, from owners' ballots to the final result."
    ),
    activity_kinds=(KindInfo("property_survey", "物业服务测评"),),
    permissions=(
        Permission("property.view", N_("See companies, estates and rounds of the area"), _READING),
        Permission("property.registry", N_("Keep companies, estates, dwellings and contracts"), _STAFF),
        Permission("property.owners", N_("Check who owns a dwelling"), (*_STAFF, "grid_worker")),
        Permission("property.scheme", N_("Draft and publish rating schemes"), ("subdistrict_office",)),
        Permission(
            "property.round",
            N_("Open rounds, tally, publish and make results final"),
            ("subdistrict_office",),
        ),
        Permission("property.rule", N_("Rule on appeals"), ("subdistrict_office", "party_committee")),
        Permission("property.rate", N_("Fill in raters' sheets with evidence"), _DECIDING),
        Permission(
            "property.assist", N_("Enter ballots for owners who are helped"), (*_STAFF, "grid_worker")
        ),
        Permission("property.vote", N_("Cast the ballot of one's own dwelling"), ("member", "resident")),
        Permission(
            "property.appeal", N_("Appeal against a published result"), ("member", "resident", "unit_liaison")
        ),
        Permission("property.standing", N_("Keep credit items, measures and rectification"), _DECIDING),
        Permission("property.reception", N_("Keep reception days"), (*_STAFF, "grid_worker")),
        Permission(
            "property.company", N_("See one's own company's results, reply and appeal"), ("unit_liaison",)
        ),
    ),
    demo=_tell_demo,
    notices=PARTS.listed("notices"),
    events=PARTS.joined("events"),
    settings=PARTS.listed("settings"),
    jobs=PARTS.listed("jobs"),
    own_pages=PARTS.listed("own_pages"),
    import_columns=PARTS.listed("import_columns"),
    objection_subjects=PARTS.listed("objection_subjects"),
    sources=PARTS.joined("sources"),
    sealed_columns=PARTS.listed("sealed_columns"),
    person_fields=PARTS.joined("person_fields"),
    held=(*PARTS.listed("held"),),
)


@hookimpl
def register_blueprints(app: Flask) -> None:
    """Pages of an area, one's own, and public ones."""
    for blueprint in PARTS.blueprints("views"):
        app.register_blueprint(blueprint)


@hookimpl
def register_rest(api: RestApi) -> None:
    """Rounds, ballots and results."""
    for blueprint in PARTS.blueprints("rest"):
        api.register_blueprint(blueprint)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """``pointsys property``."""
    from .cli import commands

    for command in PARTS.commands():
        commands.add_command(command)
    cli.add_command(commands)


@hookimpl
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """The pages of the parts."""
    return PARTS.listed("menu")


@hookimpl
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    """What waits in the parts."""
    return PARTS.counted_cards(area)


@hookimpl
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """A person's dwellings, for staff."""
    return PARTS.gathered("person_panels", session, person, area, actor)


@hookimpl
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """Rounds in which one can vote."""
    return PARTS.gathered("member_cards", session, person)


@hookimpl
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The estates of the area with their stars."""
    return PARTS.gathered("public_blocks", session, area)


@hookimpl
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """What the parts hold of the person."""
    return PARTS.export_person(session, person, rows)


@hookimpl
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go; what was done stays."""
    PARTS.erase_person(session, person, rows)
