"""What is sent about units, wishes that are sent to them, rounds, and sheets of collected wishes."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.campaigns import applying
from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign, WishesSheet
from pointsys.plugins.wish_wall.dispatch.models import WishesLiaison, WishesOrganisation, WishesRoute
from pointsys.plugins.wish_wall.models import WITHDRAWN, WishesWish
from tests.security.act import Act, Things
from tests.security.conftest import Populated
from tests.security.wishes_claims_acts import on_the_wall


def unlinked(populated: Populated, act: Act) -> Things:
    """No account acts for a unit."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        for link in session.scalars(select(WishesLiaison)):
            link.to_on = link.from_on
    return {}


def routed(populated: Populated, act: Act) -> Things:
    """A wish on the wall, and a rule that says where it goes."""
    made = on_the_wall()(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        unit = session.scalars(
            select(WishesOrganisation).where(WishesOrganisation.public_id == made["new_unit"])
        ).one()
        session.add(WishesRoute(area_id=unit.area_id, category="item", organisation_id=unit.id, days=5))
    return made


def idle(populated: Populated, act: Act) -> Things:
    """A unit with nothing to do."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, populated.realm.areas[act.place])
        unit = WishesOrganisation(
            area_id=area.id, name="闲", kind="unit", created_at=current_site().now(), created_by="town"
        )
        session.add(unit)
        session.flush()
        return {"organisation": unit.public_id}


def campaign(state: str) -> Callable[[Populated, Act], Things]:
    """The round of the place stands in ``state``."""

    def before(populated: Populated, act: Act) -> Things:
        own = populated.realm.things[act.place]["campaign"]
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            session.execute(update(WishesCampaign).where(WishesCampaign.public_id == own).values(state=state))
        return {}

    return before


def left_over(populated: Populated, act: Act) -> Things:
    """The closed round of the place has a wish that nobody claimed."""
    wish = on_the_wall()(populated, act)["wish"]
    over = populated.realm.things[act.place]["over_campaign"]
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        round_id = session.scalars(select(WishesCampaign.id).where(WishesCampaign.public_id == over)).one()
        session.execute(update(WishesWish).where(WishesWish.public_id == wish).values(campaign_id=round_id))
    return {}


def taken_in(populated: Populated, act: Act) -> Things:
    """The sheet of the place was taken in."""
    own = populated.realm.things[act.place]["wish_sheet"]
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(WishesWish).values(state=WITHDRAWN))
        sheet = session.scalars(select(WishesSheet).where(WishesSheet.public_id == own)).one()
        applying.apply(session, sheet, SYSTEM, add_people=True)
    return {}


_ROUND = {"title": "春节心愿", "opens_on": "2026-07-01", "closes_on": "2026-07-31", "colour": "red"}
_ROUND_JSON = {"title": "春节心愿", "opens_on": "2026-07-01", "closes_on": "2026-07-31"}
_SHEET = {
    "consent_note": "签字", "consent_on": "2026-07-08", "category": "item", "text": "姓名\t微心愿\n张三\t台灯",
}  # fmt: skip
_TO = {"organisation": "{organisation}", "due_on": "2026-07-17"}
_LINK = {"account": "{liaison_account}"}
_WHY = {"reason": "发错了"}
_OVER = {"campaign": "over_campaign"}

ACTS = (
    Act("wishes_dispatch.send_all", "wishes.dispatch", {"id": ["{wish}"]}, before=routed),
    Act(
        "wishes_dispatch.set_rules", "wishes.route_changed",
        {"organisation-item": "{organisation}", "days-item": "5"}, own=("organisation-item",),
    ),
    Act("wishes_dispatch.send_one", "wishes.dispatch", _TO, before=on_the_wall(), own=("organisation",)),
    Act("wishes_dispatch.recall", "wishes.recall", _WHY),
    Act("wishes_organisations.add", "wishes.organisation_added", {"name": "供电所", "kind": "unit"}),
    Act("wishes_organisations.change", "wishes.organisation_changed", {"name": "供电所", "kind": "company"}),
    Act("wishes_organisations.close", "wishes.organisation_closed", before=idle),
    Act("wishes_organisations.link", "wishes.liaison_linked", _LINK, before=unlinked, own=("account",)),
    Act("wishes_organisations.end_link", "wishes.liaison_ended"),
    Act("wishes_organisations.add_members", "wishes.members_added", {"names": "标5人记"}),
    Act("wishes_organisations.end_member", "wishes.member_ended"),
    Act("wishes_unit.accept", "wishes.accept", role="liaison"),
    Act("wishes_unit.answer", "wishes.reply", {"answer": "周三上门"}, role="liaison"),
    Act("wishes_unit.send_back", "wishes.send_back", {"reason": "归民政"}, role="liaison"),
    Act("wishes_campaigns.new", "wishes.campaign_added", _ROUND),
    Act("wishes_campaigns.edit", "wishes.campaign_changed", _ROUND),
    Act("wishes_campaigns.start", "wishes.campaign_started"),
    Act("wishes_campaigns.close", "wishes.campaign_closed", before=campaign("running")),
    Act("wishes_campaigns.carry", "wishes.campaign_carried", {"into": "{campaign}"}, before=left_over, kinds=_OVER),
    Act("wishes_sheets.take", "wishes.sheet_taken", _SHEET),
    Act(
        "wishes_sheets.columns", "wishes.sheet_mapped",
        {"header": "0", "column-0": "name", "column-1": "title", "category": "item"},
    ),
    Act("wishes_sheets.apply", "wishes.sheet_applied"),
    Act("wishes_sheets.drop", "wishes.sheet_dropped"),
    Act("wishes_sheets.undo", "wishes.sheet_undone", _WHY, before=taken_in),
    Act(
        "wishes_rest_dispatch.send", "wishes.dispatch", {"wish": "{wish}", **_TO}, before=on_the_wall(),
        own=("organisation",),
    ),
    Act("wishes_rest_dispatch.recall", "wishes.recall", _WHY),
    Act("wishes_rest_dispatch.accept", "wishes.accept", role="liaison"),
    Act("wishes_rest_dispatch.answer", "wishes.reply", {"answer": "周三上门"}, role="liaison"),
    Act("wishes_rest_dispatch.send_back", "wishes.send_back", {"reason": "归民政"}, role="liaison"),
    Act("wishes_rest_organisations.add", "wishes.organisation_added", {"name": "供电所"}),
    Act("wishes_rest_organisations.change", "wishes.organisation_changed", {"name": "供电所", "kind": "company"}),
    Act(
        "wishes_rest_rules.set_rule", "wishes.route_changed",
        {"category": "item", "organisation": "{organisation}", "days": 5}, own=("organisation",),
    ),
    Act("wishes_rest_rules.send_by_rules", "wishes.dispatch", {"wishes": ["{wish}"]}, before=routed),
    Act("wishes_rest_rules.add", "wishes.members_added", {"names": "标5人记"}),
    Act("wishes_rest_rules.end", "wishes.member_ended"),
    Act("wishes_rest_organisations.close", "wishes.organisation_closed", before=idle),
    Act("wishes_rest_organisations.link", "wishes.liaison_linked", _LINK, before=unlinked, own=("account",)),
    Act("wishes_rest_organisations.end_link", "wishes.liaison_ended"),
    Act("wishes_rest_campaigns.add", "wishes.campaign_added", _ROUND_JSON),
    Act("wishes_rest_campaigns.start", "wishes.campaign_started"),
    Act("wishes_rest_campaigns.close", "wishes.campaign_closed", before=campaign("running")),
    Act(
        "wishes_rest_campaigns.carry", "wishes.campaign_carried", {"into": "{campaign}"}, before=left_over, kinds=_OVER,
    ),
    Act(
        "wishes_rest_sheets.take", "wishes.sheet_taken",
        {"rows": [["姓名", "微心愿"], ["张三", "台灯"]], "consent_on": "2026-07-08", "consent_note": "签字"},
    ),
    Act("wishes_rest_sheets.columns", "wishes.sheet_mapped", {"columns": ["name", "title"]}),
    Act("wishes_rest_sheets.apply", "wishes.sheet_applied"),
    Act("wishes_rest_sheets.drop", "wishes.sheet_dropped"),
    Act("wishes_rest_sheets.undo", "wishes.sheet_undone", _WHY, before=taken_in),
)  # fmt: skip
