"""What is sent about making wishes, households, deciding, and referrals."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.models import WITHDRAWN, WishesHouseholdMember, WishesWish
from tests.security.act import Act, Things
from tests.security.conftest import Populated
from tests.security.wishes_claims_acts import on_the_wall


def free(populated: Populated, act: Act) -> Things:
    """Nobody has an open wish."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).values(state=WITHDRAWN))
    return {}


def untaken(populated: Populated, act: Act) -> Things:
    """Nobody has the wish in hand."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).values(taken=0))
    return {}


def apart(populated: Populated, act: Act) -> Things:
    """Nobody is of a household."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(WishesHouseholdMember).values(ended_at=current_site().now()))
    return {}


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_FORM = {"category": "service", "words": "换灯泡", "slots": "1", "private": "晚上在家"}
_BODY = {"category": "service", "public_text": "换灯泡"}
_SHOWN = {"title": "台灯", "public_text": "想要一盏台灯"}
_SETTINGS = {
    "wishes.max_amount": "200", "wishes.contact_days": "5", "wishes.deliver_days": "9", "wishes.expire_days": "20",
    "wishes.open_claims": "2", "wishes.value": "1", "wishes.shared": "1",
}  # fmt: skip

ACTS = (
    Act(
        "wishes_asking.new", "wishes.submit", {**_FORM, "name": "某人", "person": "{person}", "consent": "电话同意"},
        before=free,
    ),
    Act("wishes_asking.withdraw", "wishes.withdraw", {"reason": "本人来电"}, before=on_the_wall()),
    Act(
        "wishes_asking.new_household", "wishes.household_added",
        {"names": "某人", "person": ["{person}", "{grid1.person}"]}, before=apart,
    ),
    Act(
        "wishes_asking.add", "wishes.household_joined", {"names": "某人", "person": "{person}"}, before=apart,
    ),
    Act("wishes_asking.leave", "wishes.household_left"),
    Act("wishes_asking_own.new", "wishes.submit", _FORM, before=free, **_MEMBER),
    Act("wishes_asking_own.edit", "wishes.edit", _FORM, **_MEMBER),
    Act("wishes_asking_own.withdraw", "wishes.withdraw", before=untaken, **_MEMBER),
    Act("wishes_reviewing.decide", "wishes.publish", {**_SHOWN, "outcome": "publish"}),
    Act("wishes_reviewing.retext", "wishes.mask", _SHOWN, before=on_the_wall()),
    Act("wishes_reviewing.answer", "wishes.answer", {"answer": "已修好"}),
    Act("wishes_reviewing.settings", "setting.changed", _SETTINGS, role="office"),
    Act("wishes_rest_asking.submit", "wishes.submit", _BODY, before=free, **_MEMBER),
    Act("wishes_rest_asking.withdraw", "wishes.withdraw", before=untaken, **_MEMBER),
    Act("wishes_rest_reviewing.review", "wishes.return", {"outcome": "return", "reason": "请写具体些"}),
)  # fmt: skip
