"""Pages of an area's awards, deductions and vetoes: the list, proposing one, and one with its path and next step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    CONFIRMED,
    N_,
    Area,
    Decider,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    deciders,
    drain,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    may,
    may_here,
    missing,
    person_below,
    public_settings,
    read_photos,
    read_scope,
    require_again,
    send_list,
    send_picture,
    show,
    unit_of_work,
    who_acts,
)

from .. import pages, schemes, sheets
from ..scoring.scheme import Item
from ..words import said
from . import photos, queries, services
from .forms import AwardForm, StepForm
from .models import PointsAward, PointsAwardDecision
from .reading import EARN, TOLD, VERIFIED
from .rules import (
    KIND_TITLES,
    STATUS_TITLES,
    WAITING,
    WAYS,
    Asks,
    asks_of,
    awardable,
    next_outcomes,
    permission_for,
    refusal,
)

blueprint = Blueprint("points_awards", __name__)

View = Response | tuple[str, int]
PROPOSE = "points.award"
BATCH = (VERIFIED, CONFIRMED)


def columns(titles: Mapping[str, str]) -> tuple[ListColumn, ...]:
    """What the list takes away as a file."""
    return (
        ListColumn(N_("Name"), lambda row: row.name),
        ListColumn(N_("What"), lambda row: str(gettext(KIND_TITLES[row.kind]))),
        ListColumn(N_("Item"), lambda row: titles.get(row.item, row.item)),
        ListColumn(N_("In a few words"), lambda row: row.title),
        ListColumn(
            N_("Points or amount"), lambda row: pages.as_number(row.amount().lstrip("+")), "hundredths"
        ),
        ListColumn(N_("Day"), lambda row: row.on_date, "date"),
        ListColumn(N_("State"), lambda row: str(gettext(STATUS_TITLES[row.status]))),
        ListColumn(N_("Proposed by"), lambda row: row.recorded_by),
        ListColumn(N_("Area"), lambda row: row.area),
    )


@blueprint.get("/a/<code>/points/awards")
@area_scope("points.view")
def index(code: str) -> View:
    """Awards, deductions and vetoes of the area."""
    args = list_args("status", "kind", "item", "queue", "branch", sorts=queries.SORTS, sort="-recorded")
    filters = queries.Filters(
        args.q, args["status"], args["kind"], args["item"], args["queue"], args["branch"]
    )
    with read_scope() as session:
        area_id = current_area().id
        asked = schemes.asked_sheet(schemes.rules_of(session, area_id), "", current_site().today())
        titles = asked.publication.scheme.item_titles if asked.publication else {}

        def fetch(page: int, size: int) -> Paged[queries.Line]:
            rows, total = queries.awards_page(
                session, area_id, filters, sort=args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Awards and deductions"), columns(titles), fetch)
        return show(
            "points/ledger/index.html",
            args=args,
            page=fetch(args.page, args.size),
            counts=queries.queue_counts(session, area_id),
            titles=titles,
            branches=sheets.branch_names(session, area_id),
            kind_titles=KIND_TITLES,
            status_titles=STATUS_TITLES,
        )


@blueprint.post("/a/<code>/points/awards")
@area_scope("points.verify")
def batch(code: str) -> View:
    """Verify or confirm several at once, all of them or none."""
    outcome, area_id = request.form.get("outcome", ""), current_area().id
    people: list[int] = []
    try:
        if outcome not in BATCH:
            raise Problem("unknown_choice", N_("Choose one of the values offered."))
        with unit_of_work(drain=False) as session:
            for public_id in dict.fromkeys(request.form.getlist("id")[:200]):
                award = _here(session, area_id, public_id)
                _require(session, award, outcome)
                services.decide(session, award, outcome, "", current_actor())
                people.append(award.person_id)
    except Problem as problem:
        flash_problem(problem)
    else:
        drain(people=people)
        flash_done(N_("Done: %(num)s."), num=len(people))
    return redirect(url_for("points_awards.index", code=code, queue=request.form.get("queue") or None), 303)


def _here(session: Session, area_id: int, public_id: str) -> PointsAward:
    award = queries.award_here(session, area_id, public_id)
    if award is None:
        missing()
    return award


def _require(session: Session, award: PointsAward, outcome: str) -> None:
    require_again(session, permission_for(award.kind, outcome), award.area_id)


@blueprint.get("/a/<code>/points/awards/new")
@area_scope(PROPOSE)
def new(code: str) -> View:
    """Choose the member, then the day and the item, then say what happened."""
    with read_scope() as session:
        return _form_page(session, AwardForm(request.args))


def _form_page(session: Session, form: AwardForm, status: int = 200) -> View:
    area = current_area()
    asked = request.args
    person = person_below(session, area.id, asked["person"]) if asked.get("person") else None
    context: dict[str, Any] = {
        "person": person,
        "q": asked.get("q", "")[:100],
        "form": form,
        "today": _today(),
    }
    if person is None:
        context["found"] = queries.members_named(session, area.id, context["q"])
        return show("points/ledger/new.html", status, **context)
    day = form.on_date.data or _today()
    asks, groups = _offer(session, person.area_id, form.item.data or "", day)
    if asks is not None:
        form.on_date.data = day
        form.offer(asks)
    return show("points/ledger/new.html", status, asks=asks, groups=groups, day=day, said=said, **context)


def _today() -> date:
    return current_site().today()


def _offer(
    session: Session, area_id: int, item: str, day: date
) -> tuple[Asks | None, list[tuple[str, list[Item]]]]:
    """What the chosen item asks for, and all items of that day by category."""
    rules = schemes.rules_of(session, area_id)
    version = schemes.version_on(rules, day, _today())
    if version is None:
        return None, []
    groups = [
        (
            category.title or category.id,
            [i for i in version.items.values() if i.category == key and awardable(i)],
        )
        for key, category in version.categories.items()
    ]
    chosen = version.items.get(item)
    offered = [(title, items) for title, items in groups if items]
    return (asks_of(chosen) if chosen is not None and awardable(chosen) else None), offered


@blueprint.post("/a/<code>/points/awards/new")
@area_scope(PROPOSE)
def create(code: str) -> View:
    """Propose it; the same form sent twice is one proposal."""
    form, area_id = AwardForm(), current_area().id
    with read_scope() as session:
        person = person_below(session, area_id, request.args.get("person", ""))
        if person is None:
            missing()
        asks, _groups = _offer(session, person.area_id, form.item.data or "", form.on_date.data or _today())
        if asks is None:
            form.refuse(
                Problem("not_offered", N_("The scheme of that day has no such item: choose another one."))
            )
            return _form_page(session, form, 422)
        person_id = person.id
        form.offer(asks)
    if form.validate_on_submit():
        try:
            draft, pictures = form.draft(asks), read_photos()
            with unit_of_work() as session:
                require_again(session, PROPOSE, area_id)
                area, person = session.get_one(Area, area_id), session.get_one(Person, person_id)
                award = services.propose(session, area, person, draft, current_actor())
                photos.keep(session, award, pictures, current_actor())
                award_id = award.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Proposed. Somebody else takes the next step."))
            return redirect(url_for("points_awards.one", code=code, award_id=award_id), 303)
    with read_scope() as session:
        return _form_page(session, form, 422)


@blueprint.get("/a/<code>/points/awards/<award_id>")
@area_scope("points.view")
def one(code: str, award_id: str) -> View:
    """One award: what it says, its path, and the steps that the reader may take."""
    with read_scope() as session:
        return _page(session, _here(session, current_area().id, award_id), StepForm())


def _page(session: Session, award: PointsAward, form: StepForm, status: int = 200) -> View:
    steps = services.steps_of(session, award)
    hands, actor = services.hands_of(session, award, steps), current_actor()
    who = who_acts(session, actor)
    allowed, refused = [], ""
    for outcome in next_outcomes(award.kind, award.status):
        if not may(session, actor, permission_for(award.kind, outcome), award.area_id):
            continue
        code = None if actor.unrestricted else refusal(outcome, hands, who)
        if code is None:
            allowed.append(outcome)
        elif code in ("own_matter", "another_person_needed") and award.status in WAITING:
            # What is settled needs nobody, so nobody is sent to a colleague to void it.
            refused = code
    rules = schemes.rules_of(session, award.area_id)
    item = queries.items_on(rules, award.on_date, _today()).get(award.item)
    if not form.is_submitted():
        form.on_date.data = _today()
    return show(
        "points/ledger/one.html",
        status,
        award=award,
        person=session.get_one(Person, award.person_id),
        item=item.title or item.id if item else award.item,
        terms=queries.terms_in_words(rules, award, _today()),
        attributes=queries.attributes_in_words(award, item),
        amount=queries.printed(award.qty) if award.qty is not None else "",
        points=queries.printed(award.points) if award.points is not None else "",
        steps=steps,
        photos=photos.photos_of(session, award),
        allowed=allowed,
        refused=refused,
        others=_others(session, award, steps) if award.status in WAITING and not _onward(allowed) else [],
        form=form,
        twins=queries.same_day(session, award),
        kind_titles=KIND_TITLES,
        status_titles=STATUS_TITLES,
        ways=WAYS,
    )


def _onward(allowed: Collection[str]) -> bool:
    """Whether one of the steps brings an award on; taking back and turning down do not."""
    return any(outcome in (TOLD, VERIFIED, CONFIRMED) for outcome in allowed)


def _others(session: Session, award: PointsAward, steps: Sequence[PointsAwardDecision]) -> list[Decider]:
    """Who may take an award's next step."""
    onward = next(o for o in next_outcomes(award.kind, award.status) if o in (TOLD, VERIFIED, CONFIRMED))
    had = [award.recorded_by_account] if onward != TOLD else []
    had += [taken.account_id for taken in steps if onward == CONFIRMED and taken.outcome == VERIFIED]
    return deciders(
        session,
        award.area_id,
        but_accounts=[account for account in had if account is not None],
        but_people=[award.person_id],
        permission=permission_for(award.kind, onward),
    )


@blueprint.post("/a/<code>/points/awards/<award_id>")
@area_scope("points.view")
def step(code: str, award_id: str) -> View:
    """Take the next step: tell, verify, confirm, turn down, take back or void."""
    form, outcome, area_id = StepForm(), request.form.get("outcome", ""), current_area().id
    try:
        if not form.validate():
            raise Problem("bad_answer", N_("Look at the fields marked below."))
        with unit_of_work() as session:
            award = _here(session, area_id, award_id)
            if outcome not in next_outcomes(award.kind, award.status) and outcome != award.status:
                raise Problem(
                    "wrong_state", N_("This was changed or decided on in the meantime. Load the page anew.")
                )
            _require(session, award, outcome)
            told = outcome == TOLD
            services.decide(
                session, award, outcome, form.reason.data or "", current_actor(),
                how=form.how.data or "" if told else "", on_date=form.on_date.data if told else None,
            )  # fmt: skip
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return _page(session, _here(session, area_id, award_id), form, 422)
    flash_done(N_("Done."))
    return redirect(url_for("points_awards.one", code=code, award_id=award_id), 303)


@blueprint.get("/a/<code>/points/awards/<award_id>/photos/<photo>")
@area_scope("points.view")
def picture(code: str, award_id: str, photo: str) -> Response:
    """A photo that proves an award."""
    with read_scope() as session:
        found = photos.photo_of(session, _here(session, current_area().id, award_id), photo)
        if found is None:
            missing()
        return send_picture(found)


def _community(session: Session, area_id: int) -> Area:
    """Whose committee decides: a grid's community."""
    area = session.get_one(Area, area_id)
    return session.get_one(Area, area.parent_id) if area.level == "grid" and area.parent_id else area


@blueprint.get("/a/<code>/points/awards/<award_id>/notice")
@area_scope(PROPOSE)
def notice(code: str, award_id: str) -> View:
    """The letter to the member about a deduction or veto, to be printed and handed over."""
    with read_scope() as session:
        area = current_area()
        award = _here(session, area.id, award_id)
        if award.kind == EARN:
            missing()
        rules = schemes.rules_of(session, award.area_id)
        ruling = rules.for_day(award.on_date, _today())
        item = queries.items_on(rules, award.on_date, _today()).get(award.item)
        return show(
            "points/ledger/notice.html",
            award=award,
            person=session.get_one(Person, award.person_id),
            place=_community(session, award.area_id),
            item=item.title or item.id if item else award.item,
            scheme=ruling[0].scheme.title if ruling else "",
            terms=queries.terms_in_words(rules, award, _today()),
            points=queries.printed(award.points) if award.points is not None else "",
            phone=public_settings(session, area.id).phone,
            today=_today(),
            named=may_here("points.view"),
            kind_titles=KIND_TITLES,
        )
