"""REST of wishes that are sent to units: the office sends and calls back, units take on, answer and send back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    RestBlueprint,
    current_actor,
    current_area,
    rest_fields,
)

from ..finding import wish_below
from ..models import WishesWish
from . import organisations, queries, services
from .models import WishesDispatch
from .queries import DispatchFilters
from .schemas import (
    DispatchAnswerIn,
    DispatchesArgs,
    DispatchesPage,
    DispatchIn,
    DispatchNothingIn,
    DispatchOut,
    DispatchReasonIn,
)
from .services import USUAL_DAYS, Sending, due_in

blueprint = RestBlueprint("wishes_rest_dispatch", __name__, description="Wishes sent to units")

STAFF = "wishes.dispatch"
UNIT = "wishes.unit"
SENT = "/areas/<code>/wishes/dispatches"
OURS = "/areas/<code>/wishes/unit-dispatches"


def _filters(args: Mapping[str, Any]) -> DispatchFilters:
    return DispatchFilters(args["q"], args["organisation"], args["state"], args["category"])


@blueprint.read(SENT, permission=STAFF, query=DispatchesArgs, answer=DispatchesPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Wishes of an area and below that were sent, those that wait first, by their last day"""
    rows, total = queries.sent_from(
        session, current_area().id, _filters(args), limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged(rows, total, args)


@blueprint.create(SENT, permission=STAFF, body=DispatchIn, answer=DispatchOut, key_needed=False)
def send(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Send a wish to a unit; without a day or a number of working days, it has five of these to answer"""
    area = session.get_one(Area, current_area().id)
    wish = wish_below(session, area, given["wish"], lock=True)
    unit = organisations.taking(session, wish.area_id, given["organisation"])
    due_on = given["due_on"] or due_in(given["days"] or USUAL_DAYS)
    row = services.send(session, wish, Sending(unit, due_on, given["request"]), current_actor())
    return _shown(session, row)


def _shown(session: Session, row: WishesDispatch) -> Mapping[str, Any]:
    line = queries.line_of(session, row)
    return {**vars(line), "label": line.label, "overdue": line.overdue}


@blueprint.create(
    f"{SENT}/<dispatch>/recall",
    permission=STAFF,
    body=DispatchReasonIn,
    answer=DispatchOut,
    status=200,
    key_needed=False,
)
def recall(session: Session, given: dict[str, Any], code: str, dispatch: str) -> Mapping[str, Any]:
    """Call a wish back from its unit"""
    row, wish = services.dispatch_below(session, current_area().id, dispatch)
    services.recall(session, row, wish, given["reason"], current_actor())
    return _shown(session, row)


@blueprint.read(OURS, permission=UNIT, query=DispatchesArgs, answer=DispatchesPage)
def ours(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Wishes of an area and below that were sent to the units that one acts for"""
    rows, total = queries.sent_to(
        session, current_actor(), _filters(args), limit=args["size"], offset=rest_fields.offset(args),
        area_id=current_area().id,
    )  # fmt: skip
    return rest_fields.paged(rows, total, args)


def _act(
    session: Session, dispatch: str, act: Callable[[WishesDispatch, WishesWish], None]
) -> Mapping[str, Any]:
    row, wish = services.dispatch_to(session, current_actor(), dispatch, current_area().id)
    act(row, wish)
    return _shown(session, row)


@blueprint.create(
    f"{OURS}/<dispatch>/accept",
    permission=UNIT,
    body=DispatchNothingIn,
    answer=DispatchOut,
    status=200,
    key_needed=False,
)
def accept(session: Session, given: dict[str, Any], code: str, dispatch: str) -> Mapping[str, Any]:
    """Say that one's unit looks after it"""
    return _act(session, dispatch, lambda row, wish: services.accept(session, row, wish, current_actor()))


@blueprint.create(
    f"{OURS}/<dispatch>/answer",
    permission=UNIT,
    body=DispatchAnswerIn,
    answer=DispatchOut,
    status=200,
    key_needed=False,
)
def answer(session: Session, given: dict[str, Any], code: str, dispatch: str) -> Mapping[str, Any]:
    """Say what one's unit did or will do, which ends it"""
    return _act(
        session,
        dispatch,
        lambda row, wish: services.answer(session, row, wish, given["answer"], current_actor()),
    )


@blueprint.create(
    f"{OURS}/<dispatch>/return",
    permission=UNIT,
    body=DispatchReasonIn,
    answer=DispatchOut,
    status=200,
    key_needed=False,
)
def send_back(session: Session, given: dict[str, Any], code: str, dispatch: str) -> Mapping[str, Any]:
    """Say that it is not one's unit's, with the reason"""
    return _act(
        session,
        dispatch,
        lambda row, wish: services.send_back(session, row, wish, given["reason"], current_actor()),
    )
