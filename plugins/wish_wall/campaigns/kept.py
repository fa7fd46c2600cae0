"""The cells of a sheet while it is kept, sealed, and what was wrong with the rows that could not be taken in."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Problem, current_site, normalise_text, unit_of_work

from .models import DROPPED, OPEN, WishesSheet

COLUMN = "wishes_sheet.cells"
KEPT_DAYS = 7


def sealed(public_id: str, cells: object, faults: Mapping[int, Problem] | None = None) -> bytes:
    """What a sheet keeps: its cells, and by the index of its row why something was not taken in."""
    told = {
        str(index): {"code": fault.code, "message": fault.message, "params": fault.params}
        for index, fault in (faults or {}).items()
    }
    text = json.dumps({"cells": cells, "faults": told}, ensure_ascii=False, default=str)
    return current_site().keyring.encrypt(COLUMN, public_id, text)


def _opened(sheet: WishesSheet) -> dict[str, object]:
    if sheet.cells_sealed is None:
        return {"cells": [], "faults": {}}
    found: dict[str, object] = json.loads(
        current_site().keyring.decrypt(COLUMN, sheet.public_id, sheet.cells_sealed)
    )
    return found


def cells_of(sheet: WishesSheet) -> list[list[object]]:
    """The cells that are kept: all while it is open, afterwards the titles and the rows at fault; none after a week."""
    found = _opened(sheet)["cells"]
    assert isinstance(found, list)
    return found


def faults_of(sheet: WishesSheet) -> dict[int, Problem]:
    """Why rows were not taken in, by their index, in the order of the sheet; nothing while it is open."""
    found = _opened(sheet)["faults"]
    assert isinstance(found, dict)
    return {
        int(index): Problem(one["code"], one["message"], **one["params"])
        for index, one in sorted(found.items(), key=lambda item: int(item[0]))
    }


def forget_rows(session: Session, names: Collection[str]) -> None:
    """Empty the rows of all kept cells in which one of these names stands."""
    wanted = {normalise_text(name) for name in names}
    for sheet in session.scalars(select(WishesSheet).where(WishesSheet.cells_sealed.is_not(None))):
        cells = cells_of(sheet)
        rows = [[] if wanted & {normalise_text(cell) for cell in row} else row for row in cells]
        if rows != cells:
            faults = {index: fault for index, fault in faults_of(sheet).items() if rows[index]}
            sheet.cells_sealed = sealed(sheet.public_id, rows, faults)
    session.flush()


def drop_old(now: datetime) -> None:
    """Forget cells a week after the sheet came, and drop sheets that nobody took in by then."""
    with unit_of_work(drain=False) as session:
        query = select(WishesSheet).where(
            WishesSheet.cells_sealed.is_not(None), WishesSheet.created_at < now - timedelta(days=KEPT_DAYS)
        )
        for sheet in session.scalars(query):
            sheet.cells_sealed = None
            if sheet.state == OPEN:
                sheet.state, sheet.closed_at = DROPPED, now
