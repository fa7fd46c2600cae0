"""What the letter about a year says: grade, hours, activities, category totals, the rules and the publicity.

``due`` lists the confirmed lines that nobody has written about yet; ``send_due`` writes. The words are frozen with the
document, in the site's language, so that the paper says tomorrow what it said when it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale, format_date, get_babel, gettext
from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Document,
    Person,
    Problem,
    Publicity,
    current_site,
    format_hours,
    issuer,
    issuing_area,
    subtree,
)

from ..annual.models import CONFIRMED, PointsAnnual, PointsAnnualLine
from ..models import PointsHomeUnit, PointsSchemeVersion
from ..schemes import period_end, period_span
from ..sheets_publicity import publication_of
from .models import ANNUAL, PointsLetter
from .sending import Sending, send

SERIES = "FK"
TEMPLATE = "points/letter.typ"
TITLE = N_("Letter on a Party member's points")
REFERENCE = N_(
    "This letter is for reference: it tells what the community recorded, and decides nothing in place of the unit."
)


@dataclass(frozen=True)
class Due:
    """A confirmed line without its letter; ``unit_id`` None where no home unit is known, so that none can be sent."""

    line_id: int
    name: str
    person: str
    unit_id: int | None
    unit: str
    grade: str
    total: str
    corrects: bool


@dataclass(frozen=True)
class Result:
    """A confirmed result of an area, as it is chosen from."""

    id: int
    public_id: str
    area: str
    period: str
    no: int
    title: str


def results(session: Session, area_id: int) -> list[Result]:
    """Confirmed results of the area and below, the newest first. One statement."""
    query = (
        select(
            PointsAnnual.id, PointsAnnual.public_id, Area.name, PointsAnnual.period, PointsAnnual.no,
            PointsSchemeVersion.title,
        )
        .join(Area, Area.id == PointsAnnual.area_id)
        .join(PointsSchemeVersion, PointsSchemeVersion.id == PointsAnnual.publication_id)
        .where(PointsAnnual.area_id.in_(subtree(area_id)), PointsAnnual.state == CONFIRMED)
        .order_by(PointsAnnual.period.desc(), PointsAnnual.id.desc())
        .limit(200)
    )  # fmt: skip
    return [Result(*row) for row in session.execute(query)]


def due(session: Session, annual_id: int) -> list[Due]:
    """Lines of a confirmed result that no letter was sent about, by unit and name. One statement."""
    line, sent, earlier = PointsAnnualLine, aliased(PointsLetter), aliased(PointsLetter)
    before = aliased(PointsAnnual)
    corrected = (
        select(earlier.id)
        .join(before, before.public_id == earlier.ref)
        .where(
            earlier.kind == ANNUAL,
            earlier.person_id == line.person_id,
            before.area_id == PointsAnnual.area_id,
            before.scheme_id == PointsAnnual.scheme_id,
            before.period == PointsAnnual.period,
            before.no < PointsAnnual.no,
        )
        .exists()
    )
    query = (
        select(
            line.id, Person.name, Person.public_id, line.home_unit_id, PointsHomeUnit.name, line.grade,
            line.total_text, corrected,
        )
        .join(PointsAnnual, PointsAnnual.id == line.annual_id)
        .join(Person, Person.id == line.person_id)
        .outerjoin(PointsHomeUnit, PointsHomeUnit.id == line.home_unit_id)
        .outerjoin(
            sent,
            and_(
                sent.kind == ANNUAL, sent.ref == PointsAnnual.public_id, sent.person_id == line.person_id
            ),
        )
        .where(
            line.annual_id == annual_id,
            PointsAnnual.state == CONFIRMED,
            sent.id.is_(None),
            Person.closed == "",
        )
        .order_by(PointsHomeUnit.name, Person.sort_key, line.id)
    )  # fmt: skip
    return [
        Due(row[0], row[1], row[2], row[3], row[4] or "", row[5] or "", row[6], bool(row[7]))
        for row in session.execute(query)
    ]


def has_lines(session: Session, annual: PointsAnnual, lines: Collection[int]) -> bool:
    """Whether all these lines are of a result."""
    known = set(session.scalars(select(PointsAnnualLine.id).where(PointsAnnualLine.annual_id == annual.id)))
    return known.issuperset(lines)


def lines_of(session: Session, annual: PointsAnnual, people: Collection[str]) -> list[int] | None:
    """The lines about people (outside ids) of a result; None where one of them is not in it."""
    query = (
        select(Person.public_id, PointsAnnualLine.id)
        .join(Person, Person.id == PointsAnnualLine.person_id)
        .where(PointsAnnualLine.annual_id == annual.id, Person.public_id.in_(set(people)))
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    return list(found.values()) if found.keys() == set(people) else None


def send_due(session: Session, annual: PointsAnnual, lines: Sequence[int], actor: Actor) -> int:
    """Send the letters of some lines of a confirmed result; returns how many went out.

    Lines without a home unit, and those about the actor, are left for somebody else. Raises Problem
    result_not_confirmed.
    """
    # Two who send at once: the second one finds what the first has sent.
    session.refresh(annual, with_for_update=True)
    if annual.state != CONFIRMED:
        raise Problem("result_not_confirmed", N_("Letters go out once the result of the year is confirmed."))
    paper = _Paper.of(session, annual)
    waiting = {one.line_id for one in due(session, annual.id) if one.unit_id is not None}
    sent = 0
    for line_id in lines:
        if line_id in waiting:
            sent += _send_one(session, annual, paper, session.get_one(PointsAnnualLine, line_id), actor)
    return sent


def _send_one(
    session: Session, annual: PointsAnnual, paper: _Paper, line: PointsAnnualLine, actor: Actor
) -> int:
    person = session.get_one(Person, line.person_id)
    unit = session.get_one(PointsHomeUnit, line.home_unit_id)
    if actor.person_id is not None and actor.person_id == person.id:
        return 0
    earlier = _earlier(session, annual, person.id)
    number = "" if earlier is None else session.get_one(Document, earlier.document_id).number
    with force_locale(str(get_babel().default_locale)):
        snapshot = paper.snapshot(line, person, unit, number)
        title = str(gettext(TITLE))
    what = Sending(
        kind=ANNUAL, ref=annual.public_id, area=paper.area, unit_id=unit.id, person=person,
        period=annual.period, series=SERIES, title=title, template=TEMPLATE, snapshot=snapshot,
        replaces=earlier,
    )  # fmt: skip
    send(session, what, actor)
    return 1


def _earlier(session: Session, annual: PointsAnnual, person_id: int) -> PointsLetter | None:
    """The last letter about an earlier result of the same area, scheme and period."""
    before = aliased(PointsAnnual)
    query = (
        select(PointsLetter)
        .join(before, before.public_id == PointsLetter.ref)
        .where(
            PointsLetter.kind == ANNUAL,
            PointsLetter.person_id == person_id,
            before.area_id == annual.area_id,
            before.scheme_id == annual.scheme_id,
            before.period == annual.period,
            before.no < annual.no,
        )
        .order_by(before.no.desc())
        .limit(1)
    )
    return session.scalar(query)


@dataclass(frozen=True)
class _Paper:
    """What all letters of a result have in common."""

    annual: PointsAnnual
    area: Area
    issuer: dict[str, str]
    first: date
    last: date
    scheme: str
    version: int
    in_force: str
    # Titles of the categories by id, in the scheme's order.
    titles: Mapping[str, str]
    publicity: tuple[date, date] | None

    @classmethod
    def of(cls, session: Session, annual: PointsAnnual) -> _Paper:
        scheme = publication_of(session, annual).scheme
        today = current_site().today()
        end = period_end(scheme.period_type, annual.period, today)
        first, last = period_span(scheme.period_type, annual.period)
        ruling = [version for version in scheme.versions if version.effective_from <= end]
        version = ruling[-1] if ruling else scheme.versions[0]
        notice = None if annual.publicity_id is None else session.get(Publicity, annual.publicity_id)
        area = issuing_area(session, session.get_one(Area, annual.area_id))
        return cls(
            annual=annual, area=area, issuer=issuer(session, area), first=max(first, date(1900, 1, 1)),
            last=min(last, today), scheme=scheme.title, version=version.no,
            in_force=version.effective_from.isoformat(),
            titles={key: one.title or key for key, one in version.categories.items()},
            publicity=None if notice is None else (notice.first_day, notice.last_day),
        )  # fmt: skip

    def snapshot(
        self, line: PointsAnnualLine, person: Person, unit: PointsHomeUnit, replaces: str
    ) -> dict[str, object]:
        """The frozen content of one letter: the facts, and the words of the paper."""
        points = json.loads(line.categories)
        order = [
            *(key for key in self.titles if key in points),
            *(key for key in points if key not in self.titles),
        ]
        categories = [[self.titles.get(key, key), points[key]] for key in order]
        remark = str(gettext(REFERENCE))
        return {
            "holder": person.name, "unit": unit.name, "first": self.first.isoformat(),
            "last": self.last.isoformat(), "issuer": self.issuer, "period": self.annual.period,
            "result": self.annual.public_id, "result_no": self.annual.no, "grade": line.grade or "",
            "total": line.total_text, "categories": categories, "minutes": line.minutes,
            "activities": line.activities, "scheme": self.annual.scheme_id, "version": self.version,
            "remark": remark, "replaces": replaces,
            "texts": {
                **self._texts(line, person, unit, categories, remark),
                "replaces": gettext("It replaces our letter %(number)s.", number=replaces) if replaces else "",
            },
        }  # fmt: skip

    def _texts(
        self,
        line: PointsAnnualLine,
        person: Person,
        unit: PointsHomeUnit,
        categories: Sequence[Sequence[str]],
        remark: str,
    ) -> dict[str, object]:
        return {
            "to": gettext("To %(unit)s:", unit=unit.name),
            "statement": gettext(
                "%(name)s, a Party member of your unit, has been checked in to %(area)s since %(day)s. We tell you "
                "what was recorded of their service there in %(period)s (%(first)s to %(last)s):",
                name=person.name, area=self.area.name, day=_day(line.checkin_on), period=self.annual.period,
                first=_day(self.first), last=_day(self.last),
            ),
            "facts": [
                [gettext("Grade"), line.grade or gettext("none")],
                [gettext("Points"), line.total_text],
                [gettext("Hours of service"), format_hours(line.minutes)],
                [gettext("Activities"), str(line.activities)],
            ],
            "category_heads": [gettext("Category"), gettext("Points")],
            "categories": [list(pair) for pair in categories],
            "basis": self._basis(),
            "remark": remark,
            "number": gettext("Number"),
            "check_code": gettext("Check code"),
            "verify": gettext("Scan to check this document, or open the address and type the number:"),
            "seal": gettext("(seal) %(text)s", text=self.issuer["seal"]),
            "phone": gettext("Phone: %(phone)s", phone=self.issuer["phone"]) if self.issuer["phone"] else "",
            "receipt": gettext("Please sign in and acknowledge this letter, or tell us by phone that you have it."),
        }  # fmt: skip

    def _basis(self) -> str:
        rules = gettext(
            "The points were computed by “%(scheme)s”, version %(version)s, in force since %(day)s; this is result "
            "no. %(no)s of the period.",
            scheme=self.scheme, version=self.version, day=_day(date.fromisoformat(self.in_force)),
            no=self.annual.no,
        )  # fmt: skip
        if self.publicity is None:
            return str(rules)
        return str(rules) + str(
            gettext(
                "The result was on public notice from %(first)s to %(last)s.",
                first=_day(self.publicity[0]), last=_day(self.publicity[1]),
            )
        )  # fmt: skip


def _day(day: date) -> str:
    return str(format_date(day, "long"))
