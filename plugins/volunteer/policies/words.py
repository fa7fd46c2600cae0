"""What pages say about crediting: flags, states, levels, classes of hours, kinds of changes, and rules."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from pointsys.plugin import N_

from .crediting import (
    APPROVED,
    CREDIT,
    DISTRICT,
    HONOUR,
    NEEDS_REVIEW,
    PENDING,
    REJECTED,
    STREET,
)
from .journal import ADJUST, APPROVE, MERGE, POLICY, REVERSE
from .policy import CHOICE, ROUNDINGS, RULES, SWITCH, Value

# How a credit came about, in the reader's words.
FLAG_TEXTS: Mapping[str, str] = {
    "clipped": N_("only time within the planned hours counts"),
    "overlap": N_("overlaps other service; each minute counts once"),
    "break": N_("break taken off"),
    "untimed": N_("counted as recorded, without start and end"),
    "open": N_("no end recorded: nothing is credited until it is corrected"),
    "no_start": N_("no start recorded: nothing is credited until it is corrected"),
    "too_long": N_("more than 24 hours at a stretch: not credited; ask for a correction"),
    "no_time": N_("no hours recorded: nothing is credited until it is corrected"),
    "end_before_start": N_("ends before it starts: not credited; ask for a correction"),
    "too_many_pairs": N_("more check-ins for one activity than a day may have: not credited"),
    "travel": N_("minutes for the way added"),
    "raised": N_("counted as the least of a service"),
    "capped": N_("no more than the most of an activity"),
    "plan_length": N_("no more than the planned length, for nobody timed it"),
    "refused": N_("rejected, for it went beyond the day's limit"),
    "midnight": N_("minutes after midnight count on the next date"),
}
STATE_TITLES: Mapping[str, str] = {
    APPROVED: N_("Counts"),
    PENDING: N_("Waits for approval"),
    NEEDS_REVIEW: N_("To be looked into"),
    REJECTED: N_("Not credited"),
}
STATE_KINDS: Mapping[str, str] = {APPROVED: "ok", PENDING: "wait", NEEDS_REVIEW: "wait", REJECTED: "no"}
LEVEL_TITLES: Mapping[str, str] = {
    STREET: N_("sub-district"),
    DISTRICT: N_("above the sub-district"),
}
KLASS_TITLES: Mapping[str, str] = {
    CREDIT: N_("timed by the system"),
    HONOUR: N_("written down by somebody"),
}
CHANGE_TITLES: Mapping[str, str] = {
    ADJUST: N_("Other service changed"),
    REVERSE: N_("Counted no more"),
    MERGE: N_("Records of one person joined or parted"),
    APPROVE: N_("Decision on hours above the day's limit"),
    POLICY: N_("Computed anew by other rules"),
}


def value_text(name: str, value: Value) -> str:
    """A rule's value in the reader's words."""
    rule = RULES[name]
    if rule.kind == SWITCH:
        return str(gettext("yes") if value else gettext("no"))
    if rule.kind == CHOICE:
        return str(gettext(ROUNDINGS[str(value)]))
    if value == 0 and name in ("min_session_minutes", "max_activity_minutes"):
        return str(gettext("none"))
    return f"{value} {gettext(rule.unit)}"


def rule_title(name: str) -> str:
    """A rule's name in the reader's words."""
    return str(gettext(RULES[name].title))


def choices(name: str) -> list[tuple[str, str]]:
    """What can be chosen for a rule that is no number, as the form sends it and as it reads."""
    if RULES[name].kind == SWITCH:
        return [("true", str(gettext("yes"))), ("false", str(gettext("no")))]
    return [(key, str(gettext(text))) for key, text in ROUNDINGS.items()]
