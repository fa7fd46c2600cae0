"""Who claims with whom: a team named on a phone, without a look at the roster, or people of an organisation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Person,
    Problem,
    current_actor,
    find_participants,
    limit_of_account,
    path_of,
    spend_alone,
    with_phone_ending,
)

from .. import rules

# A name and the last digits of the phone: nobody learns from an answer who is on the roster.
_LINE = re.compile(r"(?P<name>.*?\S)[\s,，、:：]*(?P<digits>\d{4})", re.ASCII)
LIMIT, TRIES, MINUTES = "wishes.team", 30, 60
LONGEST = 2_000


def named_people(session: Session, area: Area, text: str) -> list[Person]:
    """The people that lines like "张伟 0012" name: neighbours of the sub-district by name and last four digits.

    Raises Problem bad_team, which names the line; the caller counts it by ``spend_try``.
    """
    lines = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    if len(lines) >= rules.MOST_TEAM:
        raise unknown(lines[-1])
    top = next((one for one in path_of(session, area) if one.level == "subdistrict"), area)
    found = []
    for line in lines:
        written = _LINE.fullmatch(line)
        if written is None:
            raise unknown(line)
        named = find_participants(session, top.id, written["name"])
        people = with_phone_ending([one for part in named for one in part.people], written["digits"])
        if len(named) != 1 or len(people) != 1:
            raise unknown(line)
        found.append(people[0])
    return found


def unknown(line: str) -> Problem:
    """The refusal of a line that does not say clearly who is meant."""
    return Problem(
        "bad_team",
        N_("“%(line)s” is not clear: write the full name and the last four digits of the phone on record."),
        field="team",
        line=line[:40],
    )


def spend_try() -> None:
    """Count a team that was not found; raises the Problem of a limit that is used up. In a transaction of its own."""
    spend_alone(LIMIT, limit_of_account(current_actor()), TRIES, MINUTES)


def chosen(people: Sequence[Person], picked: Sequence[str]) -> list[int]:
    """Ids of those of ``people`` whose outside ids were picked; raises Problem bad_team for one that is not there."""
    known = {person.public_id: person.id for person in people}
    if any(one not in known for one in picked):
        raise Problem("bad_team", N_("Choose people of the list."), field="team")
    return [known[one] for one in dict.fromkeys(picked)]
