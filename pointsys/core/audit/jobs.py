"""What is done about the log by itself: late rows each night, the head put outside, a check, and old rows let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.audit.anchors import add_anchor
from pointsys.core.audit.findings import Report
from pointsys.core.audit.retention import prune
from pointsys.core.audit.rows import FAILED, OK, write
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.jobs.kinds import JobKind, Periodic
from pointsys.core.jobs.running import JobRun
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_

VERIFIED = "audit.verified"
VERIFY = "audit.verify"
CHAIN = "chain"


def note_outcome(session: Session, report: Report, actor: Actor) -> None:
    """Write down how a verification ended, and tell the administrators where it found something."""
    from pointsys.core.alerts import raise_alert

    first = report.first
    what = f"{first.code} {first.log} {first.row}".strip() if first else str(report.head.position)
    write(
        session, actor, VERIFIED, CHAIN, what[:64], result=OK if report.ok else FAILED,
        count=sum(report.checked.values()), after={"position": report.head.position, "hash": report.head.hash},
    )  # fmt: skip
    if not report.ok:
        raise_alert(session, "audit.broken", what, found=report.found)


def verify_and_note(actor: Actor) -> Report:
    """Seal, verify, and write down the outcome."""
    seal()
    report = verify()
    with unit_of_work(drain=False) as session:
        note_outcome(session, report, actor)
    return report


def _verify_job(run: JobRun) -> Mapping[str, object]:
    seal()
    report = verify(lambda done, total: run.step(done, total))
    with unit_of_work(drain=False) as session:
        note_outcome(session, report, run.actor)
    return report.as_json()


def seal_late(now: datetime) -> None:
    """Rows whose transaction took longer than anybody's should."""
    seal(deep=True)


def anchor(now: datetime) -> None:
    """The day's head, outside of the database."""
    seal()
    with unit_of_work(drain=False) as session:
        add_anchor(session, SYSTEM)


def check(now: datetime) -> None:
    """The night's verification."""
    verify_and_note(SYSTEM)


def let_go(now: datetime) -> None:
    """Rows older than the site keeps them; the head of before is put outside first."""
    anchor(now)
    prune(now)


JOBS = (
    JobKind(VERIFY, N_("Check of the audit log"), _verify_job),
    Periodic("audit.late", N_("Late rows of the logs sealed"), seal_late, at="02:40"),
    Periodic("audit.anchor", N_("Head of the audit log put outside"), anchor, at="02:50"),
    Periodic("audit.check", N_("Audit log checked"), check, at="03:30"),
    Periodic("audit.prune", N_("Audit rows past their time"), let_go, at="04:10"),
)
