"""The plugin's part of the demonstration: a year of a community's Party organisation, by the services that pages use.

In the old neighbourhood a sheet is published and confirmed each quarter, last year's grades are decided and letters go
to the units; members are praised, one deduction waits for the committee, claims wait for the branch. In the new estate
the newest sheet is still before the public.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, Area, DemoDay, Person, Problem, Publicity, current_site

from .annual import deciding, publishing
from .annual import services as annual
from .annual.models import CONFIRMED as ANNUAL_CONFIRMED
from .annual.models import PUBLIC as ANNUAL_PUBLIC
from .annual.models import PointsAnnual
from .cadres import services as cadres
from .claims import services as claims
from .claims.rules import Content
from .ledger import services as ledger
from .ledger.reading import TOLD, VERIFIED
from .ledger.rules import AwardDraft
from .letters import annual_letter, liaisons
from .letters.models import PointsLetter
from .letters.sending import acknowledge
from .models import PointsHomeUnit, PointsMember
from .quarters import deciding as sheets_deciding
from .quarters import services as sheets
from .quarters.calendar import cut_of
from .quarters.models import PUBLIC, PointsSheet
from .schemes import rules_by_area
from .wallet import services as wallet
from .wallet import shop

OLD, NEW = "old", "new"
FEWEST = 5
QUOTA = "1/3"
ITEMS = (("洗衣液一瓶", 1_200, 40), ("米 5 公斤", 2_000, 25), ("家政清洁两小时", 3_000, 10))
HONOURS = (
    ("community", "社区优秀志愿者", "全年多次带头参加清洁家园行动"),
    ("street", "街道防汛先进个人", "汛期连续三晚在河堤值守"),
    ("county", "区级最美邻里", "长期照料同楼独居老人"),
)


def tell(session: Session, told: DemoDay) -> None:
    """What happens at the end of a half month."""
    day = told.day
    if len(told.members.get(OLD, ())) < FEWEST:
        return
    if day <= told.first + timedelta(days=31) and not session.scalar(select(PointsSheet.id).limit(1)):
        _begin(session, told)
    if day.day == 15:
        _publish_sheet(session, told, OLD, "worker-lin")
        _praise(session, told)
    else:
        _confirm_sheet(session, told, OLD)
    _grades(session, told)
    if day >= told.today - timedelta(days=1):
        _present(session, told)


def _begin(session: Session, told: DemoDay) -> None:
    """What stands from the beginning: a shop, a liaison, a seconded cadre."""
    area, office = told.areas[OLD], told.actors["street-office"]
    if shop.items_below(session, area.id):
        return
    for title, points, stock in ITEMS:
        shop.add_item(session, area, shop.ItemData(title, "", points, stock, True), told.actors["worker-lin"])
    unit = _unit_of(session, told)
    if unit:
        account = liaisons.LINKS.choices(session, told.areas["street"].id)
        if account:
            liaisons.link(session, told.areas["street"], unit, account[0].public_id, office)
    grid = next(a for a in told.areas.values() if a.parent_id == area.id)
    post = cadres.add_post(session, grid, "下沉干部岗", "走访、矛盾调解、政策宣传", office)
    person = session.get_one(Person, _members(session, told, OLD)[-1])
    term = cadres.assign(session, post, person, unit or "区税务局", told.day, told.actors["worker-lin"])
    cadres.note(session, term, told.day, "visit", 120, "走访独居老人三户", told.actors["worker-lin"])


def _unit_of(session: Session, told: DemoDay) -> str:
    """The home unit of the member whose account visitors may try, that of the first one otherwise."""
    own = told.actors["member"].person_id
    people = [own] if own else []
    query = select(PointsHomeUnit.name).join(PointsMember, PointsMember.home_unit_id == PointsHomeUnit.id)
    for some in (people, told.members[OLD]):
        name = session.scalar(query.where(PointsMember.person_id.in_(some)).order_by(PointsMember.person_id))
        if name:
            return name
    return ""


def _members(session: Session, told: DemoDay, place: str) -> Sequence[int]:
    """Members of a place who work for a unit and are nobody of the story's accounts, in a steady order."""
    bound = {actor.person_id for actor in told.actors.values()}
    free = [person for person in told.members[place] if person not in bound]
    query = select(PointsMember.person_id).where(
        PointsMember.person_id.in_(free), PointsMember.home_unit_id.is_not(None)
    )
    return session.scalars(query.order_by(PointsMember.checkin_on, PointsMember.person_id)).all()


def _publish_sheet(session: Session, told: DemoDay, place: str, login: str) -> None:
    """Two weeks after a quarter its sheet hangs on the board."""
    last = told.day.replace(day=1) - timedelta(days=1)
    if last.month % 3 or last < told.first + timedelta(days=28):
        return
    area, actor = told.areas[place], told.actors[login]
    rules = rules_by_area(session, [area.id])[area.id]
    cut = cut_of(rules, f"{last.year}-Q{last.month // 3}", current_site().today())
    sheet = sheets.compute(session, area, cut, "", actor)
    sheets.publish(session, sheet, 5, actor)


def _confirm_sheet(session: Session, told: DemoDay, place: str) -> None:
    found = session.scalar(
        select(PointsSheet).where(PointsSheet.area_id == told.areas[place].id, PointsSheet.state == PUBLIC)
    )
    # A year whose holidays are not known yet may leave a notice up for longer.
    if found is not None and _over(session, found.publicity_id):
        sheets_deciding.confirm(session, found, told.actors["committee"])
        _redeem(session, told)


def _over(session: Session, notice_id: int | None) -> bool:
    notice = session.get(Publicity, notice_id)
    return notice is not None and notice.closes_before <= current_site().now()


def _redeem(session: Session, told: DemoDay) -> None:
    """Somebody takes something home for their points, if these are enough."""
    area = told.areas[OLD]
    item = shop.items_for(session, area.id)[0]
    for person_id in _members(session, told, OLD)[:10]:
        person = session.get_one(Person, person_id)
        try:
            wallet.redeem(session, area, person, item, 1, told.actors["worker-zhou"])
        except Problem:
            continue
        return


def _praise(session: Session, told: DemoDay) -> None:
    """Once a quarter somebody is praised: the secretary proposes, a worker verifies, the committee confirms."""
    if told.day.month % 3:
        return
    level, title, reason = HONOURS[told.day.month // 3 % len(HONOURS)]
    people = _members(session, told, OLD)
    person = session.get_one(Person, people[told.day.month % len(people)])
    draft = AwardDraft(
        "honour", told.day - timedelta(days=3), reason, evidence="表彰文件存社区党委",
        title=title, attrs={"level": level, "matter": title},
    )  # fmt: skip
    award = ledger.propose(session, told.areas[OLD], person, draft, told.actors["secretary"])
    ledger.decide(session, award, VERIFIED, "", told.actors["worker-zhou"])
    ledger.decide(session, award, CONFIRMED, "", told.actors["committee"])


def _grades(session: Session, told: DemoDay) -> None:
    """Last year's grades: computed in January, decided and published in February, confirmed and sent in March."""
    day, area = told.day, told.areas[OLD]
    if told.first > date(day.year - 1, 1, 31):
        return
    found = session.scalar(select(PointsAnnual).where(PointsAnnual.area_id == area.id))
    committee, clerk = told.actors["committee"], told.actors["worker-lin"]
    if found is None and (day.month, day.day > 15) == (1, True):
        result = annual.compute(session, area, str(day.year - 1), QUOTA, clerk)
        annual.propose(session, result, clerk)
    elif found is not None and found.state == "proposed" and (day.month, day.day) == (2, 15):
        _decide(session, told, found)
        deciding.close(session, found, "社区党委会议纪要第 3 号", committee)
        publishing.publish(session, area, found, 5, told.actors["worker-zhou"])
    elif found is not None and found.state == ANNUAL_PUBLIC and _over(session, found.publicity_id):
        publishing.confirm(session, found, told.actors["street-office"])
    elif found is not None and found.state == ANNUAL_CONFIRMED and day.month >= 3:
        _letters(session, told, found, area)


def _decide(session: Session, told: DemoDay, result: PointsAnnual) -> None:
    deciding.decide_rest(session, result, told.actors["committee"])


def _letters(session: Session, told: DemoDay, result: PointsAnnual, area: Area) -> None:
    """The letters go out, and the liaison acknowledges some of them."""
    waiting = [one.line_id for one in annual_letter.due(session, result.id) if one.unit_id is not None]
    if waiting:
        annual_letter.send_due(session, result, waiting, told.actors["worker-lin"])
        return
    actor = told.actors["liaison"]
    units = {unit.unit_id for unit in liaisons.units_of(session, actor)}
    letters = session.scalars(
        select(PointsLetter).where(PointsLetter.unit_id.in_(units), PointsLetter.state == "sent").limit(2)
    ).all()
    for letter in letters[:-1]:
        acknowledge(session, letter, "已收悉，作为年度考核参考", actor)


def _present(session: Session, told: DemoDay) -> None:
    """What waits today: a deduction the member was told of, a claim, a sheet before the public."""
    area, people = told.areas[OLD], _members(session, told, OLD)
    person = session.get_one(Person, people[1])
    draft = AwardDraft(
        "noshow", told.day - timedelta(days=4), "认领值班后未到岗，也未事先说明", evidence="值班签到表"
    )
    award = ledger.propose(session, area, person, draft, told.actors["secretary"])
    ledger.decide(session, award, TOLD, "", told.actors["worker-lin"], how="visit", on_date=told.day)
    member = told.actors["member"]
    if member.person_id is not None:
        own = session.get_one(Person, member.person_id)
        content = Content("wish", told.day - timedelta(days=2), "帮张奶奶修好了漏水的水龙头")
        try:
            claims.submit(session, claims.draft(session, own, content, member), member)
        except Problem as problem:
            if problem.code != "not_offered":
                raise
    if told.members.get(NEW):
        _publish_latest(session, told)


def _publish_latest(session: Session, told: DemoDay) -> None:
    """The newest quarter of the new estate, which is late with it."""
    last = told.day.replace(day=1) - timedelta(days=1)
    while last.month % 3:
        last = last.replace(day=1) - timedelta(days=1)
    if last < told.first + timedelta(days=28):
        return
    area, actor = told.areas[NEW], told.actors["worker-new-1"]
    rules = rules_by_area(session, [area.id])[area.id]
    cut = cut_of(rules, f"{last.year}-Q{last.month // 3}", current_site().today())
    sheet = sheets.compute(session, area, cut, "", actor)
    sheets.publish(session, sheet, 5, actor)
