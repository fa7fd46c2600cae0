"""Applying a set-up: everything in the caller's one transaction, so that a failure leaves an empty site as it was."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.separation import allow_exception
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import import_areas
from pointsys.core.settings import set_setting
from pointsys.core.setup.drafts import drop_draft
from pointsys.core.setup.plan import SetupPlan
from pointsys.core.startup import root_area, start_plugins, start_site
from pointsys.core.switches import enabled_in, switch_plugin
from pointsys.kit.problems import N_, Problem

UNIT_NAME = "site.unit_name"
SEAL_TEXT = "site.seal_text"
SUPERVISION_PHONE = "site.supervision_phone"


@dataclass(frozen=True)
class Applied:
    """What was made: the root area, the accounts in the order of the form, and the runner's among them."""

    root: Area
    accounts: list[Account]
    runner: Account | None


def apply_setup(session: Session, plan: SetupPlan, actor: Actor) -> Applied:
    """Make the site that ``plan`` describes; raises Problem site_has_accounts and whatever the services refuse."""
    if accounts.has_accounts(session):
        raise Problem("site_has_accounts", N_("This site has accounts already: sign in with one of them."))
    root = _root(session, plan, actor)
    if plan.lines:
        import_areas(session, root, list(plan.lines), actor)
    for key, value in (
        (UNIT_NAME, plan.unit.unit_name),
        (SEAL_TEXT, plan.unit.seal_text),
        (SUPERVISION_PHONE, plan.unit.phone),
    ):
        set_setting(session, root, key, value, actor)
    if not plan.separated:
        allow_exception(session, root, actor)
    made = []
    for holder in plan.holders:
        account = accounts.create_account(session, holder.login, actor, name=holder.name)
        for role in holder.roles:
            accounts.grant_role(session, account, role, root, actor)
        made.append(account)
    drop_draft(session)
    audit.write(
        session, actor, "site.started", "area", root.code, area_id=root.id,
        after={"areas": len(plan.lines), "accounts": len(made), "separated": plan.separated, "demo": plan.demo},
    )  # fmt: skip
    runner = next((account for account in made if account.login == plan.runner), None)
    return Applied(root, made, runner)


def _root(session: Session, plan: SetupPlan, actor: Actor) -> Area:
    code, name = plan.unit.code, plan.unit.name
    if root_area(session) is None:
        return start_site(session, code, name, actor, plugins=plan.plugins, choices=plan.choices)
    # ``pointsys init`` made it: only what the wizard was told differently changes.
    root = start_site(session, code, name, actor)
    on = enabled_in(session, root.id)
    for plugin in sorted(on - set(plan.plugins)):
        switch_plugin(session, root, plugin, False, actor)
    start_plugins(session, root, [p for p in plan.plugins if p not in on], actor, plan.choices)
    return root
