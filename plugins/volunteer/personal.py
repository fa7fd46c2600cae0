"""What the plugin holds of one person: for the copy that they take away, and what goes when they are erased.

Credits stand under the person's id and say how long somebody served, never who; what the parts hold in words goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Entry

from .models import VolunteerBalance, VolunteerCredit
from .parts import PARTS


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Credited minutes of a person (kept id) by entry and by period, and what the parts hold of all their rows."""
    credit, balance = VolunteerCredit, VolunteerBalance
    credited = session.execute(
        select(
            Entry.public_id, credit.local_date, credit.minutes, credit.gross_minutes, credit.flags, credit.klass,
            credit.state, credit.worth, credit.rule_version,
        )
        .join(credit, credit.entry_id == Entry.id)
        .where(credit.person_id == person)
        .order_by(credit.local_date, credit.entry_id)
    )  # fmt: skip
    periods = session.execute(
        select(balance.period, Area.name, balance.minutes, balance.entries)
        .join(Area, Area.id == balance.area_id)
        .where(balance.person_id == person)
        .order_by(balance.period, Area.name)
    )
    return {
        "entries": [
            {
                "entry": row[0],
                "date": row[1].isoformat(),
                "minutes": row[2],
                "gross_minutes": row[3],
                "notes": row[4],
                "class": row[5],
                "state": row[6],
                "worth": row[7],
                "rules": row[8],
            }
            for row in credited
        ],
        "periods": [
            {"period": row[0], "area": row[1], "minutes": row[2], "entries": row[3]} for row in periods
        ],
        **PARTS.export_person(session, person, rows),
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Take away what the parts hold in words of a person (all row ids, ``person`` the kept one)."""
    PARTS.erase_person(session, person, rows)
