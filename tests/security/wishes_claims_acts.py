"""What is sent about claims of wishes: by those who claim, by who wished, and by the office."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.asking.numbers import WISH, next_number
from pointsys.plugins.wish_wall.claims import services, taking
from pointsys.plugins.wish_wall.dispatch.models import WishesOrganisation
from pointsys.plugins.wish_wall.models import EXPIRED, PUBLISHED, WishesWish
from tests.factories import make_person
from tests.security.act import Act, Things
from tests.security.conftest import Populated


def on_the_wall(
    state: str = PUBLISHED, step: str = "", *, own: bool = False
) -> Callable[[Populated, Act], Things]:
    """Another wish of the place: of a neighbour and claimed by the place's person, or (``own``) the other way round.

    ``step`` is how far the claim has come: "" for none, "claim", "deliver" or "confirm"; "named" for a claim of
    somebody else who named the claimer.
    """

    def before(populated: Populated, act: Act) -> Things:
        realm = populated.realm
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, realm.areas[act.place])
            me = session.get_one(Person, int(realm.things[act.place]["person_id"]))
            neighbour = make_person(session, area, "邻居甲")
            wisher, claimer = (me, neighbour) if own else (neighbour, me)
            now = current_site().now()
            wish = WishesWish(
                year=now.year, number=next_number(session, WISH, now.year), area_id=area.id, person_id=wisher.id,
                category="item", title="台灯", state=state, published_at=now, submitted_at=now, submitted_by="town",
            )  # fmt: skip
            unit = WishesOrganisation(
                area_id=area.id, name="供电所", kind="unit", created_at=now, created_by="town"
            )
            session.add_all([wish, unit])
            session.flush()
            made = {"wish": wish.public_id, "new_unit": unit.public_id}
            if step:
                someone = Actor("somebody", None, claimer.id)
                team = [make_person(session, area, "邻居乙").id] if step == "named" else []
                claim = taking.claim(session, wish, [*team, claimer.id], 1, someone)
                made["wish_claim"] = claim.public_id
                if step in ("deliver", "confirm"):
                    services.deliver(session, claim, "送到了", (), someone)
                if step == "confirm":
                    services.confirm(session, claim, 5, "", 30, Actor("other", None), staff=True)
            return made

    return before


def claimed_by_a_unit(populated: Populated, act: Act) -> Things:
    """A unit has an expired wish of the place."""
    made = on_the_wall(EXPIRED)(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        wish = session.scalars(select(WishesWish).where(WishesWish.public_id == made["wish"])).one()
        unit = session.scalars(
            select(WishesOrganisation).where(WishesOrganisation.public_id == made["new_unit"])
        ).one()
        made["wish_claim"] = taking.assign(session, wish, unit, Actor("other", None)).public_id
    return made


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_CLAIM = {"claim": "{wish_claim}"}
_WHY = {"claim": "{wish_claim}", "reason": "电话打不通"}
# Units of the areas above take wishes of the place too.
_UNIT: dict[str, Any] = {"fields": {"organisation": "{organisation}"}, "own": ("organisation",)}
_STARS = {"rating": "5", "thanks": "谢谢"}

ACTS = (
    Act("wishes_claims_own.start", "wishes.claim", {"qty": "1"}, before=on_the_wall(), **_MEMBER),
    Act("wishes_claims_own.agree", "wishes.agree", before=on_the_wall(step="named"), **_MEMBER),
    Act("wishes_claims_own.leave", "wishes.leave", before=on_the_wall(step="named"), **_MEMBER),
    Act("wishes_claims_own.contact", "wishes.contact", before=on_the_wall(step="claim"), **_MEMBER),
    Act("wishes_claims_own.release", "wishes.release", before=on_the_wall(step="claim"), **_MEMBER),
    Act(
        "wishes_claims_own.deliver", "wishes.deliver", {"proof": "送到了"}, before=on_the_wall(step="claim"),
        upload="photos", **_MEMBER,
    ),
    Act("wishes_claims_own.thank", "wishes.confirm", _STARS, before=on_the_wall(step="deliver", own=True), **_MEMBER),
    Act("wishes_claims.contact", "wishes.contact", _CLAIM, before=claimed_by_a_unit),
    Act("wishes_claims.deliver", "wishes.deliver", {**_CLAIM, "proof": "装好了"}, before=claimed_by_a_unit),
    Act("wishes_claims.revoke", "wishes.revoke", _WHY, before=on_the_wall(step="claim")),
    Act("wishes_claims.confirm", "wishes.confirm", {**_CLAIM, **_STARS}, before=on_the_wall(step="deliver")),
    Act("wishes_claims.void", "wishes.void", _WHY, before=on_the_wall(step="confirm")),
    Act("wishes_claims.relist", "wishes.relist", before=on_the_wall(EXPIRED)),
    Act("wishes_claims.assign", "wishes.assign", before=on_the_wall(EXPIRED), **_UNIT),
    Act("wishes_rest_claims.claim", "wishes.claim", {"qty": 1}, before=on_the_wall(), **_MEMBER),
    Act("wishes_rest_claims.agree", "wishes.agree", before=on_the_wall(step="named"), **_MEMBER),
    Act("wishes_rest_claims.leave", "wishes.leave", before=on_the_wall(step="named"), **_MEMBER),
    Act("wishes_rest_claims.contact", "wishes.contact", before=on_the_wall(step="claim"), **_MEMBER),
    Act("wishes_rest_claims.release", "wishes.release", before=on_the_wall(step="claim"), **_MEMBER),
    Act(
        "wishes_rest_claims.deliver", "wishes.deliver", {"proof": "送到了"}, before=on_the_wall(step="claim"), **_MEMBER
    ),
    Act("wishes_rest_claims.confirm", "wishes.confirm", {"rating": 5}, before=on_the_wall(step="deliver")),
    Act("wishes_rest_claims.revoke", "wishes.revoke", {"reason": "电话打不通"}, before=on_the_wall(step="claim")),
    Act("wishes_rest_claims.void", "wishes.void", {"reason": "没有送到"}, before=on_the_wall(step="confirm")),
    Act("wishes_rest_claims.relist", "wishes.relist", before=on_the_wall(EXPIRED)),
    Act("wishes_rest_claims.assign", "wishes.assign", before=on_the_wall(EXPIRED), **_UNIT),
)  # fmt: skip
