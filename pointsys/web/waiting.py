"""Words for what waits for a second person: why it waits, and what the rules of an area mean."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext

from pointsys.core.activity_log.by_hand import ByHand
from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.policy import (
    BACK_DATED,
    EVERYTHING,
    HIGH_VALUE,
    IMPORTED,
    LONG_DAY,
    LONG_LIST,
    NO_RIGHT,
    OWN,
    SUPPLIED_LATER,
    TURNED_DOWN,
    Rules,
)
from pointsys.core.activity_log.second_person import rules_in
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import current_actor
from pointsys.web.frame import flash_done

# Each is the end of a sentence that begins with "It waits, because".
WHY = {
    NO_RIGHT: N_("who records it here may not confirm"),
    OWN: N_("who recorded it took part in it"),
    SUPPLIED_LATER: N_("its times were supplied after the day"),
    EVERYTHING: N_("here a second person confirms everything"),
    IMPORTED: N_("it comes from a sheet"),
    LONG_LIST: N_("the list has %(bulk_from)s people or more"),
    LONG_DAY: N_("one person recorded %(day_total)s entries or more that day"),
    BACK_DATED: N_("it was recorded more than %(back_dated_days)s days later"),
    HIGH_VALUE: N_("somebody gets more than %(high_hours)s hours, or %(high_quantity)s units, on one day"),
    TURNED_DOWN: N_("somebody rejected this before"),
}


def numbers_of(rules: Rules) -> dict[str, object]:
    """The numbers of rules as texts name them; hours without needless zeros."""
    hours, rest = divmod(rules.high_minutes, 60)
    return {
        "bulk_from": rules.bulk_from,
        "day_total": rules.day_total,
        "back_dated_days": rules.back_dated_days,
        "high_hours": f"{hours}.{rest * 10 // 6:02d}".rstrip("0") if rest else hours,
        "high_quantity": rules.high_quantity,
    }


def why_text(why: Collection[str], rules: Rules) -> str:
    """Why entries wait, in the reader's language; "" for no reason."""
    numbers = numbers_of(rules)
    return "；".join(str(gettext(WHY[reason], **numbers)) for reason in why if reason in WHY)


def names_text(found: Collection[Decider]) -> str:
    """The people who may confirm, with their areas, in one line."""
    return "、".join(f"{decider.shown}（{decider.area_name}）" for decider in found)


def tell_waiting(area_id: int, done: ByHand, people: Collection[int]) -> None:
    """Say on the next page that what was just recorded waits, why, and who may confirm it; ``people`` took part.

    About six statements.
    """
    own = current_actor().account_id
    with read_scope() as session:
        found = deciders(session, area_id, but_accounts=[] if own is None else [own], but_people=people)
        why = why_text(done.why, rules_in(session, area_id))
    if found:
        flash_done(
            N_(
                "Entries recorded: %(n)s. They wait for a second person (%(why)s). These may confirm: %(names)s."
            ),
            n=done.created,
            why=why,
            names=names_text(found),
        )
    else:
        flash_done(
            N_(
                "Entries recorded: %(n)s. They wait for a second person (%(why)s), but nobody else here may confirm "
                "yet: ask whoever manages the accounts."
            ),
            n=done.created,
            why=why,
        )
