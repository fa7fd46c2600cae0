"""Letters in the background: writing those of a large result, and one PDF of very many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    JobKind,
    JobRun,
    Problem,
    documents_pdf,
    enqueue_job,
    may,
    read_scope,
    unit_of_work,
)

from ..annual.models import PointsAnnual
from .annual_letter import due, send_due
from .reading import LetterFilters, letters_below, papers

SEND = "points.letters_send"
PRINT = "points.letters_print"
# So many are written, or printed, while somebody waits for the page.
AT_ONCE = 60
# So many letters are one transaction.
STEP = 25
MOST_PRINTED = 2_000
_PERMISSION = "points.letters"


def start_sending(session: Session, annual: PointsAnnual, lines: Sequence[int], actor: Actor) -> str:
    """Let the letters of these lines be written in the background; returns the job's outside id."""
    args = {"result": annual.public_id, "lines": list(lines)}
    return enqueue_job(session, SEND, annual.area_id, args, actor, total=len(lines)).public_id


def start_printing(session: Session, area_id: int, filters: LetterFilters, count: int, actor: Actor) -> str:
    """Let one PDF of all letters that the filters leave be made; returns the job's outside id."""
    return enqueue_job(session, PRINT, area_id, vars(filters), actor, total=count).public_id


def _send(run: JobRun) -> Mapping[str, object]:
    """Letters that were written already are not due any more, so a second try goes on where the first one ended."""
    with read_scope() as session:
        annual_id = session.scalars(
            select(PointsAnnual.id).where(PointsAnnual.public_id == run.args["result"])
        ).one()
        wanted = set(run.args["lines"])
        lines = [one.line_id for one in due(session, annual_id) if one.line_id in wanted]
    sent = 0
    for start in range(0, len(lines), STEP):
        run.step(len(wanted) - len(lines) + start, len(wanted), N_("Letters are written"))
        with unit_of_work() as session:
            _check(session, run)
            annual = session.get_one(PointsAnnual, annual_id)
            sent += send_due(session, annual, lines[start : start + STEP], run.actor)
    return {"letters": sent}


def _print(run: JobRun) -> Mapping[str, object]:
    filters = LetterFilters(**run.args)
    with read_scope() as session:
        _check(session, run)
        rows, _total = letters_below(session, run.area_id or 0, filters, limit=MOST_PRINTED, offset=0)
        documents = papers(session, [row.letter_id for row in rows])
        if not documents:
            raise nothing_to_print()
        data = documents_pdf(documents)
    run.step(len(documents), len(documents), N_("The PDF is made"))
    run.file("letters.pdf", "application/pdf").write_bytes(data)
    return {"letters": len(documents)}


def _check(session: Session, run: JobRun) -> None:
    """The permission must still be there when the work is done."""
    if run.area_id is None or not may(session, run.actor, _PERMISSION, run.area_id):
        raise Problem("not_allowed", N_("You may not do this here any more."))


def nothing_to_print() -> Problem:
    """None of the letters is still valid."""
    return Problem(
        "nothing_to_print",
        N_("No valid letter is among these: replaced and revoked ones are not printed again."),
    )


JOBS: tuple[Any, ...] = (
    JobKind(SEND, N_("Write letters to units"), _send),
    JobKind(PRINT, N_("Print letters to units"), _print),
)
