"""The plugin's part of the demonstration: small wishes of two communities, some of which came true.

Each wish goes one step further at every half month of the story, by the words of its path. The last ones stand at all
places of the board when the story ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, DemoDay, Person, current_site, subtree

from .asking import services as asking
from .asking.checking import Asking
from .campaigns import services as campaigns
from .campaigns.models import WishesCampaign
from .claims import services as claims
from .claims import taking
from .dispatch import organisations
from .dispatch import services as dispatch
from .dispatch.linking import LINKS, link
from .dispatch.models import WishesOrganisation
from .dispatch.services import Sending
from .finding import wish_below
from .models import BEHALF, WishesClaim, WishesWish
from .reviewing import services as reviewing

# Whoever is so old may well have a small wish.
ELDERLY = timedelta(days=365 * 68)
WRITTEN_WITHIN = timedelta(days=3)
# What is done with a wish at one half month after the other.
SLOW = ("publish", "claim contact", "deliver confirm")
QUICK = ("publish claim contact", "deliver confirm")
AT_ONCE = ("publish claim contact deliver confirm",)
OPEN = ("publish",)
CLAIMED = ("publish claim contact",)
BROUGHT = ("publish claim contact deliver",)
SENT = ("publish send",)
REFERRED = ("convert",)
WAITING = ("",)

STAFF = {"old": ("worker-lin", "worker-zhou"), "new": ("worker-new-1", "worker-new-2")}
COMPANY = "平安街道供电服务站"


@dataclass(frozen=True)
class Told:
    """One wish of the story: handed in ``age`` days before its end, for so many yuan and places."""

    age: int
    place: str
    category: str
    words: str
    path: Sequence[str]
    yuan: int = 0
    places: int = 1
    private: str = ""
    minutes: int | None = None
    thanks: str = ""
    own: bool = False


STORY = (
    Told(330, "old", "item", "想要一床加厚的棉被过冬", SLOW, 180, thanks="被子很暖和，谢谢你们"),
    Told(
        300,
        "old",
        "service",
        "家里的灯坏了，想请人帮忙换灯泡",
        QUICK,
        minutes=40,
        thanks="灯亮了，心里也亮了",
    ),
    Told(285, "new", "item", "想要一盏护眼台灯，给孙女写作业用", SLOW, 120),
    Told(
        270,
        "old",
        "company",
        "想有人陪着去河边走走，说说话",
        QUICK,
        minutes=90,
        thanks="好久没有人陪我聊天了",
    ),
    Told(240, "new", "service", "厨房窗户关不严，想请会修的邻居看看", SLOW, minutes=60),
    Told(225, "old", "item", "想要一根带座的拐杖", AT_ONCE, 150),
    Told(210, "old", "skill", "想学会用手机挂号和看健康码", QUICK, minutes=120, thanks="小伙子很有耐心"),
    Told(180, "new", "item", "想要一台收音机，听戏解闷", SLOW, 100),
    Told(165, "old", "service", "想请人帮忙把旧衣柜搬到楼下", QUICK, places=3, minutes=50),
    Told(150, "old", "item", "夏天太热，想要一台小风扇", AT_ONCE, 99, thanks="凉快多了"),
    Told(135, "new", "company", "一个人在家，想有人周末来下盘棋", QUICK, minutes=120),
    Told(120, "old", "item", "想要一个血压计，方便每天量一量", SLOW, 200),
    Told(105, "new", "skill", "想学包几样小点心，送给楼里的孩子", AT_ONCE, minutes=90),
    Told(90, "old", "service", "腿脚不便，想请人每周帮忙买一次菜", QUICK, places=2, minutes=60),
    Told(75, "old", "item", "想要一双防滑的老人鞋", AT_ONCE, 110),
    Told(60, "new", "item", "想要一套象棋，放在楼下凉亭大家一起用", AT_ONCE, 60),
    Told(45, "old", "company", "重阳节想拍一张全家福", SLOW, places=2, minutes=60, thanks="照片挂在客厅正中"),
    Told(45, "new", "service", "阳台的晾衣架掉了，想请人装好", QUICK, minutes=45),
    Told(30, "old", "item", "想要一个电热水袋", QUICK, 70),
    Told(15, "old", "item", "想要一本大字版的唐诗", BROUGHT, 45),
    Told(15, "new", "service", "想请人教一教怎么给燃气灶换电池", BROUGHT, minutes=30),
    Told(15, "old", "service", "纱窗破了，想请人帮忙换一扇", CLAIMED),
    Told(0, "old", "item", "天冷了，想要一副保暖的护膝", OPEN, 80, private="请下午三点以后联系", own=True),
    Told(0, "old", "skill", "想学用手机和外地的女儿视频", OPEN),
    Told(0, "new", "item", "想要一套初一的课外书", OPEN, 160),
    Told(0, "new", "company", "想有人陪着去一趟图书馆", OPEN),
    Told(0, "old", "item", "想给楼里的独居老人每人送一个应急小药箱", OPEN, 90, 6),
    Told(0, "old", "service", "家里电线老化，想请懂电的师傅看看", SENT),
    Told(0, "new", "service", "想请人帮忙写一封给老战友的信", CLAIMED),
    Told(0, "old", "service", "楼下的路灯不亮，晚上走路害怕", REFERRED),
    Told(0, "old", "item", "想要一个带放大镜的指甲刀", WAITING, 25),
    Told(0, "new", "company", "冬至想和邻居们一起包饺子", WAITING),
)
CAMPAIGN = "暖冬微心愿"


def tell(session: Session, told: DemoDay) -> None:
    """What happens at the end of a half month."""
    _begin_organisation(session, told)
    for place in STAFF:
        if place in told.areas:
            _tell_place(session, told, place)
    if told.day >= told.today - timedelta(days=1):
        _campaign(session, told)


def _begin_organisation(session: Session, told: DemoDay) -> None:
    if session.scalar(select(WishesOrganisation.id).limit(1)) is None:
        office = told.actors["street-office"]
        made = organisations.add(session, told.areas["street"], COMPANY, "unit", office)
        own = told.actors["liaison"].account_id
        for holder in LINKS.choices(session, made.area_id):
            if holder.account_id == own:
                link(session, made, holder.public_id, office)


def _tell_place(session: Session, told: DemoDay, place: str) -> None:
    """Hand in what is due in a community, and take every wish of it a step further."""
    area = told.areas[place]
    age = (told.today - told.day).days
    known = {
        wish.public_text: wish
        for wish in session.scalars(select(WishesWish).where(WishesWish.area_id.in_(subtree(area.id))))
    }
    wishers = _wishers(session, told, area)
    for number, one in enumerate(STORY):
        if one.place != place or one.age < age - 1 or one.age > (told.today - told.first).days:
            continue
        wish = known.get(one.words)
        if wish is None:
            wish = _hand_in(session, told, one, wishers)
        if wish is not None:
            _step(session, told, one, wish, number)


def _wishers(session: Session, told: DemoDay, area: Area) -> Iterator[Person]:
    """Elderly people of a community who have not asked for anything yet."""
    asked = select(WishesWish.person_id)
    born = told.today - ELDERLY
    own = told.actors["resident"].person_id
    query = select(Person).where(
        Person.area_id.in_(subtree(area.id)),
        Person.birth_date <= born,
        Person.id.not_in(asked),
        Person.id != own,
    )
    return iter(session.scalars(query.order_by(Person.id)).all())


def _hand_in(session: Session, told: DemoDay, one: Told, wishers: Iterator[Person]) -> WishesWish | None:
    asked = Asking(one.category, one.words, private=one.private, amount=one.yuan, slots=one.places)
    if one.own:
        actor = told.actors["resident"]
        person = session.get(Person, actor.person_id) if actor.person_id is not None else None
        return asking.submit(session, person, asked, actor) if person is not None else None
    person = next(wishers, None)
    if person is None:
        return None
    recorder = told.actors["grid-worker" if one.place == "old" else STAFF[one.place][0]]
    return asking.submit(session, person, asked, recorder, channel=BEHALF, consent="上门走访时本人同意")


def _half(day: date) -> int:
    """Counts half months."""
    return (day.year * 12 + day.month) * 2 + (day.day > 15)


def _step(session: Session, told: DemoDay, one: Told, wish: WishesWish, number: int) -> None:
    # What a half month brings is written down in the days after it.
    place = _half(told.day) - _half(current_site().local(wish.submitted_at).date() - WRITTEN_WITHIN)
    acts = one.path[place].split() if place < len(one.path) else []
    reviewer, confirmer = (told.actors[login] for login in STAFF[one.place])
    helpers = _helpers(told, one, wish, number)
    for act in acts:
        locked = wish_below(session, told.areas[one.place], wish.public_id, lock=True)
        if act == "publish":
            reviewing.review(session, locked, act, confirmer if one.own else reviewer)
        elif act == "convert":
            reviewing.review(session, locked, act, confirmer, "路灯属于公共设施，已转给街道处理")
        elif act == "send":
            unit = session.scalars(select(WishesOrganisation).limit(1)).one()
            sending = Sending(unit, dispatch.due_in(5), "请派一位电工上门看看")
            dispatch.send(session, locked, sending, confirmer)
        elif act == "claim":
            for helper in helpers:
                taking.claim(session, locked, [helper], 1, _as(told, helper))
        else:
            _with_claims(session, told, one, locked, act, confirmer)


def _helpers(told: DemoDay, one: Told, wish: WishesWish, number: int) -> Sequence[int]:
    """Who claims a wish: Party members of the community in turn, the one with an account first."""
    members = [person for person in told.members.get(one.place, ()) if person != wish.person_id]
    own = told.actors["member"].person_id
    if one.place == "old" and own is not None and number % 4 == 1 and own in members:
        members = [own, *(person for person in members if person != own)]
        return members[: one.places]
    start = number * 7 % max(1, len(members))
    return [*members[start:], *members[:start]][: one.places]


def _as(told: DemoDay, person: int) -> Actor:
    account = told.actors["member"]
    return account if account.person_id == person else Actor("member", person_id=person)


def _with_claims(
    session: Session, told: DemoDay, one: Told, wish: WishesWish, act: str, confirmer: Actor
) -> None:
    query = select(WishesClaim).where(WishesClaim.wish_id == wish.id).order_by(WishesClaim.id)
    for claim in session.scalars(query).all():
        helper = _as(told, claim.person_id or 0)
        if act == "contact":
            claims.contact(session, claim, helper)
        elif act == "deliver":
            claims.deliver(session, claim, "已送到，老人很高兴", (), helper)
        else:
            claims.confirm(session, claim, 5, one.thanks, one.minutes, confirmer, staff=True)


def _campaign(session: Session, told: DemoDay) -> None:
    """A round for the winter that has just begun."""
    if session.scalar(select(WishesCampaign.id).limit(1)) is not None:
        return
    office = told.actors["street-office"]
    today: date = current_site().today()
    data = campaigns.CampaignData(
        CAMPAIGN, today, today + timedelta(days=40), "天冷了，说出您的一个小心愿，邻居们来帮您实现。", "red"
    )
    campaign = campaigns.add(session, told.areas["street"], data, office)
    campaigns.start(session, campaign, office)
