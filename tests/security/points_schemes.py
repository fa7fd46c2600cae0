"""A draft of a scheme in every place, and how far it has come before something is done with it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points import presets
from pointsys.plugins.party_member_points.editor import services
from pointsys.plugins.party_member_points.editor.models import PointsSchemeDraft, PointsSchemeTrial

if TYPE_CHECKING:
    from tests.security.act import Act, Before, Things
    from tests.security.conftest import Populated

FIRST = date(2026, 1, 1)


def draft_of(session: Session, area: Area, title: str, actor: Actor) -> str:
    """A draft that has no faults, and was tried."""
    text = presets.text_of("blank").replace("积分管理办法", title)
    draft = services.create(session, area, text, actor)
    trial = PointsSchemeTrial(
        draft_id=draft.id, sha256=draft.sha256, period="2026", whole=True, ordered_by=actor.label,
        ordered_by_account=actor.account_id, computed_at=current_site().now(),
    )  # fmt: skip
    session.add(trial)
    session.flush()
    return str(draft.public_id)


def brought(state: str) -> Before:
    """The draft of the act's place is submitted or approved."""

    def before(populated: Populated, act: Act) -> Things:
        found = populated.realm.things[act.place]["scheme_draft"]
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            draft = session.scalars(
                select(PointsSchemeDraft).where(PointsSchemeDraft.public_id == found)
            ).one()
            services.submit(session, draft, FIRST, "", SYSTEM)
            if state == "approved":
                services.approve(session, draft, "", SYSTEM)
        return {}

    return before
