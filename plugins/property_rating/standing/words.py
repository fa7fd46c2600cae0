"""Words of standing as pages show them."""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.plugin import N_

from .following import RECTIFIED, SUPERSEDED
from .models import (
    BASE,
    CANCELLED,
    DONE,
    LISTED,
    MANUAL,
    OPEN,
    RECEPTION,
    RECTIFY,
    REPLACE,
    REPORTED,
    TALK,
    PropertyCreditItem,
)

MEASURES: Mapping[str, str] = {
    TALK: N_("Talk with the company"),
    RECTIFY: N_("Repair what is wrong"),
    REPLACE: N_("Replace the manager"),
}
STATES: Mapping[str, str] = {
    OPEN: N_("to be done"),
    REPORTED: N_("reported, to be looked at"),
    DONE: N_("found done"),
    CANCELLED: N_("cancelled"),
}
BADGES: Mapping[str, str] = {OPEN: "wait", REPORTED: "info", DONE: "ok", CANCELLED: "off"}
COLOURS: Mapping[str, str] = {"red": N_("Red list"), "black": N_("Black list")}
SOURCES: Mapping[str, str] = {
    BASE: N_("Base"),
    MANUAL: N_("Entered"),
    LISTED: N_("Red and black list"),
    RECEPTION: N_("Reception days"),
}
_VOIDED: Mapping[str, str] = {
    RECTIFIED: N_("repaired by the deadline"),
    SUPERSEDED: N_("the round was replaced by another"),
}


def void_reason(row: PropertyCreditItem) -> str:
    """Why an item counts no longer, to be translated where the reason is a rule."""
    return _VOIDED.get(row.void_reason, row.void_reason)


def finding(text: str) -> str:
    """What somebody found, to be translated where it is a rule."""
    return _VOIDED.get(text, text)
