"""Who may do what, where: roles on areas, the permissions each role brings, and the two questions asked of them.

``may`` answers "may this actor do it here?", ``visible_areas`` "where may they?" as a sub-query for lists.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.plugin_info import Permission
from pointsys.core.site import current_site
from pointsys.kit.problems import N_

SYSTEM_ADMIN = "system_admin"
SECURITY_ADMIN = "security_admin"
AUDIT_ADMIN = "audit_admin"
SUBDISTRICT_OFFICE = "subdistrict_office"
COMMUNITY_WORKER = "community_worker"
GRID_WORKER = "grid_worker"
BRANCH_SECRETARY = "branch_secretary"
PARTY_COMMITTEE = "party_committee"
MEMBER = "member"
RESIDENT = "resident"
UNIT_LIAISON = "unit_liaison"

ROLE_TITLES = {
    SYSTEM_ADMIN: N_("System administrator"),
    SECURITY_ADMIN: N_("Security administrator"),
    AUDIT_ADMIN: N_("Audit administrator"),
    SUBDISTRICT_OFFICE: N_("Sub-district office"),
    COMMUNITY_WORKER: N_("Community worker"),
    GRID_WORKER: N_("Grid worker"),
    BRANCH_SECRETARY: N_("Branch secretary"),
    PARTY_COMMITTEE: N_("Community Party committee"),
    MEMBER: N_("Party member"),
    RESIDENT: N_("Resident"),
    UNIT_LIAISON: N_("Liaison of a unit"),
}
STAFF = (SUBDISTRICT_OFFICE, COMMUNITY_WORKER)
EVERY_STAFF = (*STAFF, GRID_WORKER, BRANCH_SECRETARY, PARTY_COMMITTEE)
# The committee decides on what others recorded; it records nothing.
DECIDING = (*STAFF, PARTY_COMMITTEE)
# One configures, one gives accounts, one reads what was done: GB/T 22239 wants them to be three people.
ADMINISTRATORS = (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)

# Administrators neither see personal data nor record or decide.
CORE_PERMISSIONS = (
    Permission("areas.view", N_("See the area and its overview"), (*ADMINISTRATORS, *EVERY_STAFF)),
    Permission("areas.edit", N_("Add, rename and close areas"), (SYSTEM_ADMIN, SUBDISTRICT_OFFICE)),
    Permission("people.view", N_("See people and look them up"), EVERY_STAFF),
    Permission("people.edit", N_("Add and change people"), STAFF),
    Permission("people.unmask", N_("See a full phone or ID number, with a reason"), STAFF),
    Permission("exports.view", N_("See what left as a file"), (AUDIT_ADMIN, *EVERY_STAFF)),
    Permission("exports.approve", N_("Let others take long lists with phones or ID numbers"), STAFF),
    Permission("people.import", N_("Import a roster"), STAFF),
    Permission("log.view", N_("See activities and entries"), EVERY_STAFF),
    Permission("log.record", N_("Record entries"), (*STAFF, GRID_WORKER)),
    Permission("log.import", N_("Import activity sheets"), STAFF),
    Permission("log.decide", N_("Confirm, reject and void entries"), STAFF),
    Permission("publicity.view", N_("See notices and what was decided on them"), EVERY_STAFF),
    Permission("publicity.publish", N_("Publish, withdraw and confirm notices"), DECIDING),
    Permission("objections.view", N_("See objections and their answers"), EVERY_STAFF),
    Permission("objections.answer", N_("Answer objections of others"), DECIDING),
    Permission("documents.view", N_("See and print issued documents"), EVERY_STAFF),
    Permission("documents.issue", N_("Issue and revoke documents"), DECIDING),
    Permission("plugins.switch", N_("Switch plugins on and off"), (SYSTEM_ADMIN, SUBDISTRICT_OFFICE)),
    Permission("settings.edit", N_("Change settings of the area"), (SYSTEM_ADMIN, SUBDISTRICT_OFFICE)),
    Permission("jobs.view", N_("See background work that one started"), (SYSTEM_ADMIN, *EVERY_STAFF)),
    Permission("site.health", N_("See how the site is, and all background work"), (SYSTEM_ADMIN,)),
    Permission("accounts.manage", N_("Give accounts and roles"), (SECURITY_ADMIN,)),
    Permission(
        "accounts.members", N_("Make accounts for people on the roster and hand out one-time codes"), STAFF
    ),
    Permission("keys.manage", N_("See which keys there are, and change them"), (SECURITY_ADMIN,)),
    Permission("alerts.view", N_("See what administrators are warned of"), ADMINISTRATORS),
    Permission("privacy.answer", N_("Answer what people ask about their data"), STAFF),
    Permission(
        "privacy.manage",
        N_("Erase and freeze people's data, publish the notice about it"),
        (SUBDISTRICT_OFFICE,),
    ),
    Permission("audit.view", N_("Read the audit log"), (AUDIT_ADMIN, SUBDISTRICT_OFFICE)),
    Permission("audit.manage", N_("Check the audit log and decide how long it is kept"), (AUDIT_ADMIN,)),
)


@dataclass(frozen=True)
class RoleTable:
    """Permission name -> the roles that have it, plugins' permissions included."""

    roles: dict[str, frozenset[str]]

    def of(self, permission: str) -> frozenset[str]:
        """The roles that bring ``permission``; raises KeyError for one that nobody declared."""
        return self.roles[permission]


def role_table() -> RoleTable:
    """The table of this site's permissions."""
    declared = (*CORE_PERMISSIONS, *current_site().host.permissions())
    return RoleTable({permission.name: frozenset(permission.roles) for permission in declared})


def permission_titles() -> dict[str, str]:
    """What each permission allows, in words to be translated."""
    declared = (*CORE_PERMISSIONS, *current_site().host.permissions())
    return {permission.name: permission.title for permission in declared}


def granted_areas(actor: Actor, permission: str) -> set[int]:
    """Ids of the areas at whose top the actor holds a role with ``permission``."""
    roles = role_table().of(permission)
    if actor.only is not None and permission not in actor.only:
        return set()
    return {grant.area_id for grant in actor.grants if grant.role in roles}


def _inside(session: Session, area_id: int, tops: Collection[int]) -> bool:
    if area_id in tops:
        return True
    if not tops:
        return False
    query = select(literal(1)).where(AreaClosure.descendant_id == area_id, AreaClosure.ancestor_id.in_(tops))
    return session.scalar(query.limit(1)) is not None


def may(session: Session, actor: Actor, permission: str, area_id: int) -> bool:
    """Whether the actor may do this in ``area_id``."""
    tops = granted_areas(actor, permission)
    return actor.unrestricted or _inside(session, area_id, tops)


def visible_areas(actor: Actor, permission: str) -> Select[int]:
    """Ids of all areas where the actor may do this, as a sub-query for IN."""
    if actor.unrestricted:
        return select(Area.id)
    tops = granted_areas(actor, permission)
    return select(AreaClosure.descendant_id).where(AreaClosure.ancestor_id.in_(tops))


def acting_role(session: Session, actor: Actor, permission: str, area_id: int) -> str:
    """The role by which the actor may do this in ``area_id``, the nearest grant first; "" without one."""
    roles = role_table().of(permission)
    held = {grant.area_id: grant.role for grant in actor.grants if grant.role in roles}
    query = (
        select(AreaClosure.ancestor_id)
        .where(AreaClosure.descendant_id == area_id, AreaClosure.ancestor_id.in_(held))
        .order_by(AreaClosure.depth)
    )
    nearest = session.scalar(query.limit(1)) if held else None
    return "" if nearest is None else held[nearest]
