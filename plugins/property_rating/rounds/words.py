"""Words of rounds: states, steps, and why an estate does not take part."""

from __future__ import annotations

from pointsys.plugin import N_

from .models import COLLECTING, COMPUTED, DRAFT, FINAL, PER_OWNER, PER_UNIT, PUBLICITY, SUPERSEDED, WITHDRAWN
from .records import (
    ALLEGED,
    COMPANY,
    GATHERING,
    LAPSED,
    OPEN,
    OWNERS,
    PAPER,
    REJECTED,
    REPLACED,
    RETRACTED,
    TAKEN_BACK,
    UPHELD,
    VETO_CONFIRMED,
    VISIT,
)
from .services import ELSEWHERE, NO_COMPANY, TOO_SHORT

STATES = {
    DRAFT: N_("Draft"),
    COLLECTING: N_("Collecting"),
    COMPUTED: N_("Tallied"),
    PUBLICITY: N_("Published for objections"),
    FINAL: N_("Final"),
    SUPERSEDED: N_("Superseded"),
    WITHDRAWN: N_("Round withdrawn"),
}
BADGES = {
    DRAFT: "off", COLLECTING: "wait", COMPUTED: "info", PUBLICITY: "wait", FINAL: "ok", SUPERSEDED: "off",
    WITHDRAWN: "off",
}  # fmt: skip
# The way of a round; a superseded one has gone all of it.
STEPS = (DRAFT, COLLECTING, COMPUTED, PUBLICITY, FINAL)
PER = {PER_UNIT: N_("one ballot for each dwelling"), PER_OWNER: N_("one ballot for each owner")}
WHY_NOT = {
    NO_COMPANY: N_("no contract of a company"),
    TOO_SHORT: N_("its company has not served long enough"),
    ELSEWHERE: N_("another round rates it for this time"),
}
APPEALS = {
    GATHERING: N_("gathers supporters"),
    OPEN: N_("waits for a ruling"),
    UPHELD: N_("upheld"),
    REJECTED: N_("rejected"),
    LAPSED: N_("too few supporters"),
    RETRACTED: N_("withdrawn by who raised it"),
}
APPEAL_BADGES = {
    GATHERING: "info",
    OPEN: "wait",
    UPHELD: "ok",
    REJECTED: "no",
    LAPSED: "off",
    RETRACTED: "off",
}
SIGNED = {PAPER: N_("signed on paper"), VISIT: N_("signed at a visit")}
SIDES = {COMPANY: N_("Appeal of the company"), OWNERS: N_("Appeal of owners")}
VETO_STATUS = {ALLEGED: N_("alleged, does not count"), VETO_CONFIRMED: N_("confirmed by a decision")}
GONE = {REPLACED: N_("replaced"), TAKEN_BACK: N_("taken back")}
