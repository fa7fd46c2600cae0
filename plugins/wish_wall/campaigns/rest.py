"""REST of rounds with a theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area, rest_fields

from . import queries, services
from .models import WishesCampaign
from .schemas import (
    CampaignIn,
    CampaignNothingIn,
    CampaignOut,
    CampaignsArgs,
    CampaignsPage,
    CarriedOut,
    CarryIn,
)
from .services import CampaignData

blueprint = RestBlueprint("wishes_rest_campaigns", __name__, description="Rounds of wishes")

PERMISSION = "wishes.campaign"
ROUNDS = "/areas/<code>/wishes/campaigns"


@blueprint.read(ROUNDS, permission="wishes.view", query=CampaignsArgs, answer=CampaignsPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Rounds of an area and below, and of those above it that hold there"""
    rows = queries.lines_below(session, current_area().id, args["q"], args["state"])
    first = rest_fields.offset(args)
    return rest_fields.paged(rows[first : first + args["size"]], len(rows), args)


def _shown(session: Session, found: WishesCampaign) -> Any:
    (line,) = queries.lines_below(session, current_area().id, only=found.id)
    return line


@blueprint.create(ROUNDS, permission=PERMISSION, body=CampaignIn, answer=CampaignOut, key_needed=False)
def add(session: Session, given: dict[str, Any], code: str) -> Any:
    """Prepare a round"""
    area = session.get_one(Area, current_area().id)
    return _shown(session, services.add(session, area, CampaignData(**given), current_actor()))


@blueprint.create(
    f"{ROUNDS}/<campaign>/start", permission=PERMISSION, body=CampaignNothingIn, answer=CampaignOut, status=200,
    key_needed=False,
)  # fmt: skip
def start(session: Session, given: dict[str, Any], code: str, campaign: str) -> Any:
    """Let wishes be made for a round"""
    found = queries.campaign_below(session, current_area().id, campaign, lock=True)
    services.start(session, found, current_actor())
    return _shown(session, found)


@blueprint.create(
    f"{ROUNDS}/<campaign>/close", permission=PERMISSION, body=CampaignNothingIn, answer=CampaignOut, status=200,
    key_needed=False,
)  # fmt: skip
def close(session: Session, given: dict[str, Any], code: str, campaign: str) -> Any:
    """End a round; its wishes stay where they are"""
    found = queries.campaign_below(session, current_area().id, campaign, lock=True)
    services.close(session, found, current_actor())
    return _shown(session, found)


@blueprint.create(
    f"{ROUNDS}/<campaign>/carry", permission=PERMISSION, body=CarryIn, answer=CarriedOut, status=200,
    key_needed=False,
)  # fmt: skip
def carry(session: Session, given: dict[str, Any], code: str, campaign: str) -> Mapping[str, Any]:
    """Take the wishes of a closed round that nobody claimed into another one, before others"""
    area_id = current_area().id
    found = queries.campaign_below(session, area_id, campaign, lock=True)
    into = queries.campaign_below(session, area_id, given["into"], lock=True)
    return {"wishes": services.carry_over(session, found, into, current_actor())}
