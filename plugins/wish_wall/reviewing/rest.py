"""REST of deciding on wishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import RestBlueprint, current_actor, current_area

from ..asking.rest import answered
from ..asking.schemas import WishOut
from ..finding import wish_below
from . import services
from .schemas import WishReviewIn

blueprint = RestBlueprint("wishes_rest_reviewing", __name__, description="Deciding on micro-wishes")


@blueprint.create(
    "/areas/<code>/wishes/<wish>/review",
    permission="wishes.review",
    body=WishReviewIn,
    answer=WishOut,
    status=200,
    key_needed=False,
)
def review(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Publish, return, reject a wish, or pass it on as a referral

    Refused with `self_review` (403), `reason_required`, `personal_data`, `placeholder_left` (422) or
    `bad_state` (409).
    """
    found = wish_below(session, current_area(), wish, lock=True)
    services.review(
        session,
        found,
        given["outcome"],
        current_actor(),
        given["reason"],
        title=given["title"],
        public_text=given["public_text"],
    )
    return answered(session, found)
