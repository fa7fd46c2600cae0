"""Who may do what: the table of permissions and roles as the program keeps it, the plugins' included."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.separation import excepted, reading_roles
from pointsys.core.areas.models import subtree
from pointsys.core.permissions import ADMINISTRATORS, CORE_PERMISSIONS, ROLE_TITLES
from pointsys.core.plugin_info import Permission
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_area
from pointsys.web.accounts.frame import View, blueprint
from pointsys.web.frame import show

CORE = N_("The program itself")


@dataclass(frozen=True)
class Part:
    """The permissions of the core or of one plugin."""

    title: str
    permissions: tuple[Permission, ...]


@blueprint.get("/a/<code>/accounts/roles")
@area_scope("accounts.manage")
def roles(code: str) -> View:
    """The table, and how many hold each role here and below."""
    plugins = [Part(info.title, info.permissions) for info in current_site().host.plugins.values()]
    with read_scope() as session:
        return show(
            "accounts/roles.html",
            parts=[Part(CORE, CORE_PERMISSIONS), *(part for part in plugins if part.permissions)],
            roles=ROLE_TITLES, holders=_holders(session), administrators=ADMINISTRATORS,
            reading=[role for role in ROLE_TITLES if role in reading_roles()], excepted=excepted(session),
        )  # fmt: skip


def _holders(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(RoleGrant.role, func.count(RoleGrant.account_id.distinct()))
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None),
            RoleGrant.area_id.in_(subtree(current_area().id)),
        )
        .group_by(RoleGrant.role)
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}
