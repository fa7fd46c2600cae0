"""What those who attack the logs have in common: acts to chain, a way past the triggers, and what was found first."""

from __future__ import annotations

from sqlalchemy import text

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.audit.findings import Report
from pointsys.core.database import TRIGGERS, create_triggers, drop_triggers
from pointsys.core.unit_of_work import unit_of_work

STAFF = Actor("worker", address="10.0.0.7", account="staffaccountaaaa")


def act(number: int, actor: Actor = STAFF) -> None:
    with unit_of_work(drain=False) as session:
        audit.write(session, actor, "person.updated", "person", f"p{number}", after={"number": number})


def tamper(*statements: str, **values: object) -> None:
    """As somebody with the database would: past the triggers, which are there again afterwards."""
    tables = {trigger.table for trigger in TRIGGERS}
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), tables)
        for statement in statements:
            session.execute(text(statement), values)
        create_triggers(session.connection())


def first_of(report: Report) -> tuple[str, str, int]:
    assert not report.ok
    assert report.first is not None
    return report.first.code, report.first.log, report.first.row
