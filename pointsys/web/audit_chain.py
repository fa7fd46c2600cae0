"""The proof of the logs, for the auditor: how the chain stands, a check, heads to print, and how long rows are kept."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField

from pointsys.core.audit import retention
from pointsys.core.audit.anchors import add_anchor, anchor_file, read_anchors
from pointsys.core.audit.blocks import LOGS, head
from pointsys.core.audit.findings import LOG_TITLES, TEXTS, Finding
from pointsys.core.audit.jobs import VERIFY
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.state import chain_state
from pointsys.core.jobs.models import OPEN, Job
from pointsys.core.jobs.services import enqueue
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.forms import Form, needed
from pointsys.web.frame import flash_done, show
from pointsys.web.scope import missing

blueprint = Blueprint("audit_chain", __name__)

View = Response | tuple[str, int]
SHOWN = 60


class KeepForm(Form):
    """How many days."""

    days = IntegerField(lazy_gettext("Days that lines are kept"), [needed()])


@blueprint.get("/a/<code>/audit/proof")
@area_scope("audit.view")
def proof(code: str) -> View:
    """How the chain stands, and the heads that lie outside of the database."""
    _root_only()
    return _page(None)


def _page(form: KeepForm | None) -> tuple[str, int]:
    with read_scope() as session:
        days = retention.keep_days(session)
        if form is None:
            form = KeepForm(formdata=None, days=days)
        anchors = read_anchors()
        state = chain_state(session)
        running = session.scalar(select(Job).where(Job.kind == VERIFY, Job.state.in_(OPEN)).limit(1))
        return show(
            "audit/proof.html",
            422 if form.errors or form.problems else 200,
            state=state,
            head=head(session),
            logs=[(log, LOG_TITLES[log]) for log in LOGS],
            finding=finding_in(state.broken),
            anchors=list(reversed(anchors.lines))[:SHOWN],
            broken=anchors.broken,
            place=anchor_file(),
            running=running,
            form=form,
            days=days,
            least=retention.LEAST_DAYS,
            manages=may("audit.manage"),
        )


def finding_in(what: str) -> Problem | None:
    """What the last check found first, from the words that it left in the log."""
    code, *rest = what.split(" ") if what else [""]
    if code not in TEXTS:
        return None
    log = rest[0] if len(rest) > 1 else ""
    number = int(rest[-1]) if rest and rest[-1].isdigit() else 0
    title = str(lazy_gettext(LOG_TITLES[log])) if log in LOG_TITLES else ""
    return Finding(code, log, number, number).problem(title)


@blueprint.post("/a/<code>/audit/proof/check")
@area_scope("audit.manage")
def check(code: str) -> View:
    """Order a check of everything; it goes on in the background."""
    _root_only()
    with unit_of_work(drain=False) as session:
        require_again(session, "audit.manage", current_area().id)
        enqueue(session, VERIFY, current_area().id, {}, current_actor(), total=_length(session))
    flash_done(N_("The check has begun; its outcome appears here."))
    return redirect(url_for("audit_chain.proof", code=code), 303)


def _length(session: Session) -> int:
    return head(session).position


@blueprint.post("/a/<code>/audit/proof/head")
@area_scope("audit.manage")
def put_outside(code: str) -> View:
    """Append the present head to the file of heads, to be printed or copied."""
    _root_only()
    seal()
    with unit_of_work(drain=False) as session:
        require_again(session, "audit.manage", current_area().id)
        add_anchor(session, current_actor())
    flash_done(
        N_("The head is appended to the file. Print it, or copy its line to where nobody here can change it.")
    )
    return redirect(url_for("audit_chain.proof", code=code, _anchor="heads"), 303)


@blueprint.post("/a/<code>/audit/proof/keep")
@area_scope("audit.manage")
def keep(code: str) -> View:
    """Decide how long lines are kept."""
    _root_only()
    form = KeepForm()
    if form.validate_on_submit():
        try:
            with unit_of_work(drain=False) as session:
                require_again(session, "audit.manage", current_area().id)
                retention.set_keep_days(session, current_area(), form.days.data or 0, current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Noted."))
            return redirect(url_for("audit_chain.proof", code=code, _anchor="keep"), 303)
    return _page(form)


def _root_only() -> None:
    """There is one chain for the whole site."""
    if current_area().parent_id is not None:
        missing()
