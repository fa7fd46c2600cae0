"""Words for the states of reception days and items."""

from __future__ import annotations

from pointsys.plugin import N_

from . import models, queries
from .queries import ItemLine

DAY_STATES = {
    queries.PLANNED: (N_("to come"), "wait"),
    queries.TODAY: (N_("takes place today"), "info"),
    queries.HELD: (N_("was held"), "ok"),
    queries.CALLED_OFF: (N_("called off"), "off"),
}
ITEM_STATES = {
    queries.OVERDUE: N_("past the promised day"),
    models.OPEN: N_("not handled yet"),
    queries.TO_REVISIT: N_("solved, resident not asked yet"),
    queries.DONE: N_("solved, resident agrees"),
    queries.UNSOLVED: N_("cannot be solved"),
}
STEPS = {
    models.LOGGED: N_("noted"),
    models.SOLVED: N_("solved"),
    models.UNSOLVED: N_("cannot be solved"),
    models.CONFIRMED: N_("the resident agrees that it is solved"),
    models.DENIED: N_("the resident says it is not solved"),
}


def state_of(row: ItemLine) -> tuple[str, str]:
    """An item's state as (words, kind of badge)."""
    if row.done:
        return ITEM_STATES[queries.DONE], "ok"
    if row.asks:
        return ITEM_STATES[queries.TO_REVISIT], "wait"
    if row.state == models.UNSOLVED:
        return ITEM_STATES[queries.UNSOLVED], "off"
    return (ITEM_STATES[queries.OVERDUE], "no") if row.overdue else (ITEM_STATES[models.OPEN], "info")
