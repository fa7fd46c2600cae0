"""What staff send about schemes, credit files and measures, and what a company reports done."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.registry.models import PropertyCompanyAccount
from pointsys.plugins.property_rating.standing import measures
from pointsys.plugins.property_rating.standing.models import PropertyMeasure
from tests.security.act import DAY, Act, Things
from tests.security.conftest import Populated


def _measure(session: Session, populated: Populated, act: Act) -> PropertyMeasure:
    wanted = populated.realm.things[act.place]["measure"]
    return session.scalars(select(PropertyMeasure).where(PropertyMeasure.public_id == wanted)).one()


def reported(populated: Populated, act: Act) -> Things:
    """The place's measure is reported done, by nobody who acts."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        measures.report(session, _measure(session, populated, act), "已整改", SYSTEM)
    return {}


def acting_for(populated: Populated, act: Act) -> Things:
    """The liaison acts for the company of the place's measure."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.add(
            PropertyCompanyAccount(
                account_id=populated.realm.accounts["liaison"],
                company_id=_measure(session, populated, act).company_id, from_on=date(2026, 1, 1),
                linked_at=current_site().now(), linked_by="test",
            )
        )  # fmt: skip
    return {}


_OFFICE: dict[str, Any] = {"role": "office", "place": "happy"}
# Braces would name things of a place.
_TEXT = '[scheme.rank]\nkind = "percentile"\n[[scheme.rank.bands]]\nupto = "1"\nstars = 0\n'
_ITEM = {"title": "表彰", "points": "1", "from_on": DAY}
_ASK = {"kind": "talk", "what": "约谈负责人", "due_on": "2026-12-01"}
_DONE = {"report": "已整改"}
_WHY = {"reason": "重复登记"}

ACTS = (
    Act(
        "property_schemes.publish", "property.scheme_published", {"text": _TEXT, "act": "publish"}, **_OFFICE
    ),
    Act("property_rest_schemes.publish", "property.scheme_published", {"text": _TEXT}, **_OFFICE),
    Act("property_standing.add", "property.credit_added", {**_ITEM, "estate": "{estate}"}),
    Act("property_rest_standing.add", "property.credit_added", {**_ITEM, "estate": "{estate}"}),
    Act("property_standing.void", "property.credit_voided", _WHY),
    Act("property_rest_standing.void", "property.credit_voided", _WHY),
    Act("property_measures.ask", "property.measure_asked", {**_ASK, "estate": "{estate}"}),
    Act("property_rest_standing.ask", "property.measure_asked", {**_ASK, "estate": "{estate}"}),
    Act("property_measures.report", "property.measure_reported", _DONE),
    Act("property_rest_standing.report", "property.measure_reported", _DONE),
    Act("property_measures.check", "property.measure_done", {"done": "1"}, before=reported),
    Act("property_rest_standing.check", "property.measure_done", {"done": True}, before=reported),
    Act("property_measures.cancel", "property.measure_cancelled", _WHY),
    Act("property_rest_standing.cancel", "property.measure_cancelled", _WHY),
    Act(
        "property_standing_own.report", "property.measure_reported", _DONE, before=acting_for, role="liaison"
    ),
)
_QUARTER = "after a quarter with receptions: tests/plugins/property_rating/standing/test_standing.py"
ELSEWHERE = {"property_standing.take_over": _QUARTER, "property_rest_standing.take_over": _QUARTER}
SILENT = {"property_rest_schemes.lint": "says what the linter finds in a text"}
