"""Who may issue certificates of service, for whose records, and how they stand on the paper.

By the rules for records of voluntary service these are volunteer organisations, charities, residents' committees and
public institutions: a community, unless its sub-district has taken it out, and the teams that are marked as issuers. A
sub-district office is none. What a dissolved team recorded its successor certifies, under the old name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Problem,
    Setting,
    clean_text,
    enabled_in,
    get_settings,
    issuer,
    issuing_area,
    set_setting,
    subtree,
)

from ..models import NAME
from ..teams.models import DISSOLVED, VolunteerTeam

ISSUES = "volunteer.certificate_issuer"
BY_HOLDER = "volunteer.certificate_self"
HEAD = "volunteer.certificate_head"
CONTACT = "volunteer.certificate_contact"
SETTINGS = (
    Setting(ISSUES, N_("Communities issue certificates of service"), True),
    Setting(BY_HOLDER, N_("Volunteers take out their certificates themselves"), True),
    Setting(HEAD, N_("Head of the issuer, on certificates"), ""),
    Setting(CONTACT, N_("Contact of the issuer, on certificates"), ""),
)
COMMUNITY = "community"
MOST_WORDS = 50


@dataclass(frozen=True)
class Issuer:
    """An issuer: its area, the team if it is one, what is printed of it, and whose service it certifies.

    ``teams`` None: everything on the sheet of a community's people, wherever they served. ``by_holder`` says whether
    its volunteers take out certificates themselves.
    """

    area: Area
    team: VolunteerTeam | None
    printed: dict[str, str]
    teams: frozenset[int] | None
    by_holder: bool = False


@dataclass(frozen=True)
class Rules:
    """The settings of an area."""

    issues: bool
    by_holder: bool
    head: str
    contact: str


def rules_of(session: Session, area_id: int) -> Rules:
    """The settings that rule in an area; one statement."""
    found = get_settings(session, area_id, [one.name for one in SETTINGS])
    values = {one.name: found.get(one.name, one.default) for one in SETTINGS}
    return Rules(
        values[ISSUES] is True, values[BY_HOLDER] is True, str(values[HEAD] or ""), str(values[CONTACT] or "")
    )


def set_rules(session: Session, area: Area, rules: Rules, actor: Actor) -> None:
    """Set what rules in an area and below; raises Problem too_long."""
    before = rules_of(session, area.id)
    values = {
        ISSUES: rules.issues, BY_HOLDER: rules.by_holder, HEAD: clean_text(rules.head),
        CONTACT: clean_text(rules.contact),
    }  # fmt: skip
    old = {
        ISSUES: before.issues,
        BY_HOLDER: before.by_holder,
        HEAD: before.head,
        CONTACT: before.contact,
    }
    for key, value in values.items():
        if isinstance(value, str) and len(value) > MOST_WORDS:
            raise Problem("too_long", N_("At most %(most)s characters fit here."), most=MOST_WORDS)
        if value != old[key]:
            set_setting(session, area, key, value, actor)


def area_issuer(session: Session, area: Area) -> Issuer:
    """The community of an area as an issuer; raises Problem plugin_off, not_an_issuer or issuer_off."""
    area = issuing_area(session, area)
    if NAME not in enabled_in(session, area.id):
        raise Problem("plugin_off", N_("Volunteer hours are switched off here."))
    if area.level != COMMUNITY:
        raise Problem(
            "not_an_issuer",
            N_(
                "A sub-district office does not issue certificates of service: choose a team that may, or issue it in "
                "the person's community."
            ),
            field="issuer",
        )
    rules = rules_of(session, area.id)
    if not rules.issues:
        raise Problem(
            "issuer_off",
            N_("%(area)s does not issue certificates of service: choose a team that may."),
            field="issuer",
            area=area.name,
        )
    printed = issuer(session, area)
    more = {"head": rules.head, "handler": "", "contact": rules.contact or printed["phone"], "team": ""}
    return Issuer(area, None, {**printed, **more}, None, rules.by_holder)


def team_issuer(session: Session, team: VolunteerTeam) -> Issuer:
    """A team as an issuer; raises Problem team_dissolved or team_not_issuer."""
    if team.state == DISSOLVED:
        heir = None if team.successor_id is None else session.get(VolunteerTeam, team.successor_id)
        if heir is None:
            raise Problem(
                "team_dissolved",
                N_("This team is dissolved: the community issues the certificate."),
                field="issuer",
            )
        raise Problem(
            "team_dissolved", N_("This team is dissolved: %(team)s certifies for it."), field="issuer", team=heir.name
        )  # fmt: skip
    if not team.issuer_eligible:
        raise Problem(
            "team_not_issuer",
            N_("%(team)s is not marked as an issuer: its organisation has to be one by law."),
            field="issuer",
            team=team.name,
        )
    area = session.get_one(Area, team.area_id)
    unit = team.organisation or team.host or team.name
    printed = {
        "unit": unit, "area": area.name, "seal": unit, "phone": "", "head": team.head, "handler": team.handler,
        "contact": team.contact, "team": team.name,
    }  # fmt: skip
    return Issuer(area, team, printed, frozenset(certified(session, team.id)))


def certified(session: Session, team_id: int) -> set[int]:
    """The team, and the dissolved ones whose last successor it is. One statement."""
    chain = select(VolunteerTeam.id).where(VolunteerTeam.id == team_id).cte("certified", recursive=True)
    chain = chain.union(
        select(VolunteerTeam.id).where(
            VolunteerTeam.successor_id == chain.c.id, VolunteerTeam.state == DISSOLVED
        )
    )
    return set(session.scalars(select(chain.c.id)))


def issuing_teams(session: Session, area_id: int) -> Sequence[VolunteerTeam]:
    """The teams of an area and below that may issue, by name. One statement."""
    query = select(VolunteerTeam).where(
        VolunteerTeam.area_id.in_(subtree(area_id)),
        VolunteerTeam.issuer_eligible.is_(True),
        VolunteerTeam.state != DISSOLVED,
    )
    return session.scalars(query.order_by(VolunteerTeam.name, VolunteerTeam.id).limit(200)).all()
