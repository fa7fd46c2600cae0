"""The plugin's part of the demonstration: three estates, a round that is final, and one that owners are voting in.

Each half month the story does what has become possible: estates and schemes at its beginning, last year's round over
some half months of this year, this year's round in the last days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, DemoDay, Person, Publicity, current_site, holders, subtree

from .ballots import casting
from .ballots.models import SELF, PropertyVoter
from .ballots.survey import answered
from .owners.services import prove_many
from .reception import services as reception
from .registry import companies, contracts, estates, managers
from .registry.models import PropertyCompany, PropertyDwelling, PropertyEstate
from .registry.uscc import check_character
from .rounds import publishing, sheets, tally
from .rounds import services as rounds
from .rounds.finding import entrants_of
from .rounds.models import COLLECTING, COMPUTED, DRAFT, PUBLICITY, PropertyEntrant, PropertyRound
from .schemes import versions
from .standing import items

OFFICE, OTHER = "street-office", "street-office-2"
# Last year's round begins so many days before the end of the story, this year's so many.
FIRST_ROUND, PRESENT_ROUND = 160, 16
COLLECTING_DAYS = 13


@dataclass(frozen=True)
class Estate:
    """An estate of the story: who works there, its company, how good the service is found, and by how many."""

    place: str
    worker: str
    name: str
    company: str
    manager: str
    homes: int
    voters: int
    good: int
    sheets: tuple[str, str]


ESTATES = (
    Estate("old", "worker-lin", "杏花里小区", "安居物业服务有限公司", "孙丽", 36, 26, 4, ("88.5", "86")),
    Estate("new", "worker-new-1", "云锦花园", "锦程物业管理有限公司", "贺军", 36, 30, 5, ("94", "93.5")),
    Estate("river", "worker-river-1", "河口家园", "安居物业服务有限公司", "罗敏", 24, 14, 3, ("76", "79.5")),
)
CODES = {"安居物业服务有限公司": "91990101MA0000A10", "锦程物业管理有限公司": "91990101MA0000B20"}
EVIDENCE = ("按季度检查表核对，附现场记录。", "综合投诉办理、设施维护和公示情况评分。")
# The small estates of the story need fewer ballots than a town's.
FEWER = ("min_count = 50", "min_count = 10")


def tell(session: Session, told: DemoDay) -> None:
    """What happens at the end of a half month."""
    here = [one for one in ESTATES if one.place in told.areas]
    if session.scalar(select(PropertyEstate.id).limit(1)) is None:
        _begin(session, told, here)
    left = (told.today - told.day).days
    if left <= FIRST_ROUND:
        _take_further(session, told, told.today.year - 1, here)
    if left <= PRESENT_ROUND:
        _take_further(session, told, told.today.year, here)
    if told.day >= told.today - timedelta(days=1):
        _receive(session, told, here)


def _begin(session: Session, told: DemoDay, here: Sequence[Estate]) -> None:
    """Schemes, companies with their codes, estates with dwellings and owners, contracts and managers."""
    office, street = told.actors[OFFICE], told.areas["street"]
    presets = files("pointsys.plugins.property_rating.schemes").joinpath("presets")
    stars = presets.joinpath("star_rating.toml").read_text("utf-8").replace(*FEWER)
    versions.publish(session, street, stars, office)
    versions.publish(session, street, presets.joinpath("credit_file.toml").read_text("utf-8"), office)
    made: dict[str, PropertyCompany] = {}
    for name, first in CODES.items():
        data = companies.CompanyData(first + check_character(first), name, "0000-8800 5678")
        made[name] = companies.add_company(session, street, data, office)
        _link(session, street, made[name], told)
    for one in here:
        area, worker = told.areas[one.place], told.actors[one.worker]
        estate = estates.add_estate(
            session, area, estates.EstateData(one.name, place=f"{area.name}辖区内"), worker
        )
        half = one.homes // 2
        for building in ("1幢", "2幢"):
            numbers = "\n".join(f"{floor}0{door}" for floor in range(1, half // 2 + 1) for door in (1, 2))
            estates.add_dwellings(session, estate, building, numbers, False, worker)
        contract = contracts.ContractData(
            date(told.first.year - 1, 1, 1), None, f"平物合〔{told.first.year - 1}〕{estate.id}号"
        )
        contracts.make_contract(session, estate, made[one.company], contract, worker)
        managers.name_manager(session, estate, one.manager, current_site().today(), worker)
        _owners(session, told, one, estate)


def _link(session: Session, street: Area, company: PropertyCompany, told: DemoDay) -> None:
    """The story's company account acts for the first of them."""
    account = told.actors["company"].account_id
    if account is None or company.name != ESTATES[0].company:
        return
    for holder in holders(session, "unit_liaison", company.area_id):
        if holder.account_id == account:
            companies.link_account(session, street, company, holder.public_id, told.actors[OFFICE])


def _owners(session: Session, told: DemoDay, one: Estate, estate: PropertyEstate) -> None:
    """Grown-up people of the place own the dwellings, those with accounts of the story among the first."""
    area = told.areas[one.place]
    born = told.first - timedelta(days=365 * 25)
    inside = (Person.area_id.in_(subtree(area.id)), Person.birth_date <= born)
    people = list(session.scalars(select(Person.id).where(*inside).order_by(Person.id).limit(one.homes)))
    known = {told.actors[login].person_id for login in ("member", "leader", "volunteer")}
    shown = list(session.scalars(select(Person.id).where(*inside, Person.id.in_([k for k in known if k]))))
    owners = list(dict.fromkeys([*shown, *people]))
    homes = session.scalars(
        select(PropertyDwelling.id)
        .where(PropertyDwelling.estate_id == estate.id)
        .order_by(PropertyDwelling.id)
    )
    pairs = list(zip(homes, owners, strict=False))
    prove_many(session, area.id, pairs, told.actors[one.worker])


def _take_further(session: Session, told: DemoDay, year: int, here: Sequence[Estate]) -> None:
    """The next step of a year's round."""
    office, other = told.actors[OFFICE], told.actors[OTHER]
    round_ = session.scalar(select(PropertyRound).where(PropertyRound.period == str(year)))
    if round_ is None:
        round_ = _draft(session, told, year)
    if round_.state == DRAFT:
        rounds.open_round(session, round_, office)
        _vote(session, told, round_, here, share=1 + 2 * (year == told.today.year))
    elif year == told.today.year:
        return
    elif round_.state == COLLECTING:
        _rate_and_publish(session, told, round_, here)
    elif round_.state == PUBLICITY and _is_over(session, round_):
        publishing.make_final(session, round_, other)
        _credit(session, told, round_)


def _is_over(session: Session, round_: PropertyRound) -> bool:
    """Whether nobody can object any more; over a long holiday that takes more than half a month."""
    notice = session.get(Publicity, round_.publicity_id)
    return notice is not None and notice.closes_before <= current_site().now()


def _draft(session: Session, told: DemoDay, year: int) -> PropertyRound:
    version = next(
        one for one in versions.in_force(session, told.areas["street"].id) if one.kind == "weighted"
    )
    draft = rounds.Draft(
        title=f"{year} 年度物业服务星级评定",
        version=version,
        period=str(year),
        first_on=date(year, 1, 1),
        last_on=date(year, 12, 31),
        collect_until=told.day + timedelta(days=COLLECTING_DAYS + (year == told.today.year) * 30),
        organiser=f"{told.areas['street'].name}办事处",
    )
    return rounds.draft_round(session, told.areas["street"], draft, told.actors[OFFICE])


def _rate_and_publish(session: Session, told: DemoDay, round_: PropertyRound, here: Sequence[Estate]) -> None:
    """Sheets of two raters, and the results on the wall for objections."""
    by_name = {estate.id: estate.name for estate in session.scalars(select(PropertyEstate))}
    marks = {one.name: one.sheets for one in here}
    raters = (("management", "街道物业管理科"), ("overall", "综合评价组"))
    for entrant in entrants_of(session, round_):
        for (part, rater), value, words in zip(
            raters, marks[by_name[entrant.estate_id]], EVIDENCE, strict=True
        ):
            sheets.fill_sheet(session, round_, entrant, part, rater, value, words, told.actors[OFFICE])
    tally.tally(session, round_, told.actors[OFFICE])
    if round_.state == COMPUTED:
        publishing.publish(session, round_, None, told.actors[OFFICE])


def _vote(
    session: Session, told: DemoDay, round_: PropertyRound, here: Sequence[Estate], *, share: int = 1
) -> None:
    """Owners vote on their phones: as many as the story says, or one of ``share`` of them."""
    voting = {one.name: one for one in here}
    own = {told.actors[login].person_id for login in ("member", "leader", "volunteer")}
    questions = rounds.scheme_of(session, round_).questions
    held = casting.held_open(session, round_.id)
    for entrant in entrants_of(session, round_):
        estate = session.get_one(PropertyEstate, entrant.estate_id)
        one = voting[estate.name]
        rows = session.scalars(
            select(PropertyVoter)
            .where(PropertyVoter.entrant_id == entrant.id, PropertyVoter.person_id.is_not(None))
            .order_by(PropertyVoter.id)
        ).all()
        # Who shows the story around votes with visitors watching.
        willing = [row for row in rows if share == 1 or row.person_id not in own]
        for number, voter in enumerate(willing[: one.voters // share]):
            worth = min(100, max(0, 25 * (one.good - 1 - (number % 4 == 0) + (number % 7 == 3))))
            given = answered(questions, {question.id: str(worth) for question in questions})
            casting.cast(session, held, voter, given, SELF, casting.VOTER, people=[voter.person_id or 0])


def _credit(session: Session, told: DemoDay, round_: PropertyRound) -> None:
    """What the year brought into the companies' files."""
    entrants = session.scalars(
        select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id).order_by(PropertyEntrant.id)
    ).all()
    best = entrants[min(1, len(entrants) - 1)]
    company = session.get_one(PropertyCompany, best.company_id)
    estate = session.get_one(PropertyEstate, best.estate_id)
    day = current_site().today()
    office, street = told.actors[OFFICE], told.areas["street"]
    good = items.Entry(
        "暴雨夜组织转移地下车库车辆，获居民联名感谢", "2", day, document_no="平街办〔表扬〕6号"
    )
    items.add(session, street, company, estate, good, office)
    bad = items.Entry("未按约定公示公共收益收支", "-3", day, document_no="平街办〔通报〕2号")
    first = session.get_one(PropertyCompany, entrants[0].company_id)
    items.add(session, street, first, session.get_one(PropertyEstate, entrants[0].estate_id), bad, office)


def _receive(session: Session, told: DemoDay, here: Sequence[Estate]) -> None:
    """A reception day of each estate in the week to come."""
    for place, one in enumerate(here):
        estate = session.scalars(select(PropertyEstate).where(PropertyEstate.name == one.name)).one()
        day = told.today + timedelta(days=3 + place)
        data = reception.ReceptionData(day, time(18, 30), time(20), "小区党群服务站", one.manager)
        reception.publish(session, estate, data, told.actors[one.worker])
