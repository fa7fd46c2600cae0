"""The activity log of an area: the list with its batch bar, one entry's page, and decisions on entries.

``log_new`` records entries, ``activities`` shows what they belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.decisions import decide, history
from pointsys.core.activity_log.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    VOIDED,
    Activity,
    ActivityKind,
    Entry,
    EntryText,
)
from pointsys.core.activity_log.planning import plan_of
from pointsys.core.activity_log.queries import (
    ENTRY_SORTS,
    EntryFilters,
    EntryPage,
    EntryRow,
    entries_below,
    entry_below,
    kinds_in,
    list_entries,
    waiting_entries,
)
from pointsys.core.activity_log.second_person import rules_in, why_stored_wait
from pointsys.core.areas.models import Area
from pointsys.core.batches import Batch
from pointsys.core.objections.queries import of_subject
from pointsys.core.objections.subjects import ENTRY
from pointsys.core.pending import drain
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.background import INLINE_ROWS
from pointsys.web.effects import expected_effects
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.list_export import export_asked, send_list
from pointsys.web.lists import ListArgs, list_args
from pointsys.web.log_columns import ENTRY_COLUMNS, STATUSES
from pointsys.web.scope import in_area, missing, person_here
from pointsys.web.waiting import why_text

blueprint = Blueprint("log", __name__)

View = Response | tuple[str, int]

# Where an entry came from; plugins bring their own words (``PluginInfo.sources``).
SOURCES = {
    "form": N_("typed in"),
    "import": N_("imported sheet"),
    "roster": N_("chat list"),
    "command": N_("command line"),
    "api": N_("another program"),
}
DONE = {
    CONFIRMED: N_("Entries confirmed: %(n)s."),
    REJECTED: N_("Entries rejected: %(n)s."),
    VOIDED: N_("Entries voided: %(n)s."),
}
MAX_SELECTION = 500
# A whole import at once, and no more than one transaction should hold.
MAX_LIST = 20_000
FILTERS = ("status", "kind", "from", "to", "source", "batch", "person", "who")
LIST_ARGS = frozenset({*FILTERS, "q", "sort", "page", "size"})


def all_sources() -> dict[str, str]:
    """Source -> its words, those of plugins included."""
    return {
        **SOURCES,
        **{
            name: text for info in current_site().host.plugins.values() for name, text in info.sources.items()
        },
    }


def day_of(text: str) -> date | None:
    """A date from the address, None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _filters(session: Session, args: ListArgs) -> EntryFilters:
    person = person_here(session, args["person"]).id if args["person"] else None
    return EntryFilters(
        text=args.q,
        kind=args["kind"],
        status=args["status"] if args["status"] in STATUSES else "",
        from_on=day_of(args["from"]),
        to_on=day_of(args["to"]),
        source=args["source"],
        batch=args["batch"],
        person=person,
        elsewhere=args["who"] == "elsewhere",
    )


@blueprint.get("/a/<code>/log")
@area_scope("log.view")
def entries(code: str) -> View:
    """Entries of the area's activities, or what its people did elsewhere."""
    args = list_args(*FILTERS, sorts=ENTRY_SORTS, sort="-date")
    with read_scope() as session:
        filters = _filters(session, args)
        area_id = current_area().id

        def fetch(page: int, size: int) -> EntryPage:
            return list_entries(session, area_id, filters, page=page, size=size, sort=args.sort)

        if export_asked():
            return send_list(N_("Activity log"), ENTRY_COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "log/entries.html",
            args=args,
            page=page,
            expected=effects_of(session, page.rows),
            kinds=[(kind.code, kind.title) for kind in kinds_in(session, current_area().id)],
            statuses=STATUSES,
            sources=all_sources(),
            elsewhere=filters.elsewhere,
            deciding=may("log.decide") and not filters.elsewhere,
            # A list of what waits, as the workbench links to, says who may end the waiting.
            deciders=waiting_deciders(session, page.rows) if filters.status == PENDING else [],
            # Only these lead back: an address may hold anything, and the form must not send it.
            kept={name: request.args[name] for name in LIST_ARGS if name in request.args},
        )


def effects_of(session: Session, rows: Sequence[EntryRow]) -> dict[int, str]:
    """What those rows that wait would bring."""
    return expected_effects(
        session, {row.entry_id: row.person_area_id for row in rows if row.status == PENDING}
    )


@blueprint.get("/a/<code>/log/<entry>")
@area_scope("log.view")
def entry_page(code: str, entry: str) -> View:
    """One entry: the fact, what was decided, what it may bring, and who may decide."""
    with read_scope() as session:
        found = entry_below(session, current_area().id, entry)
        if found is None:
            missing()
        kept = canonical_ids(session, [found.person_id])[found.person_id]
        person = session.get_one(Person, kept)
        activity = session.get_one(Activity, found.activity_id)
        waiting = found.status == PENDING
        return show(
            "log/entry.html",
            entry=found,
            person=person,
            person_here=in_area(session, person.area_id),
            activity=activity,
            plan=plan_of(activity),
            kind=session.get_one(ActivityKind, found.kind_id).title,
            area=session.get_one(Area, found.area_id),
            person_area=session.get_one(Area, found.person_area_id),
            text=session.get(EntryText, found.id),
            history=history(session, found),
            objections=of_subject(session, ENTRY, found.public_id),
            sources=all_sources(),
            batch=session.get(Batch, found.batch_id) if found.batch_id is not None else None,
            expected=expected_effects(session, {found.id: found.person_area_id}) if waiting else {},
            deciders=_deciders(session, [found.id], found.area_id) if waiting else [],
            why=why_text(why_stored_wait(session, found), rules_in(session, found.area_id))
            if waiting
            else "",
        )


def _deciders(session: Session, entry_ids: Collection[int], area_id: int) -> list[Decider]:
    """Who may confirm all of these entries of an area: neither recorders nor participants."""
    accounts: set[int] = set()
    people: set[int] = set()
    query = select(Entry.recorded_by_account, Entry.person_id).where(Entry.id.in_(list(entry_ids)))
    for account_id, person_id in session.execute(query):
        people.add(person_id)
        if account_id is not None:
            accounts.add(account_id)
    return deciders(session, area_id, but_accounts=accounts, but_people=people)


def waiting_deciders(session: Session, rows: Sequence[EntryRow]) -> list[Decider]:
    """Who may confirm all that waits of a page of entries; five statements, none where nothing waits."""
    waiting = [row for row in rows if row.status == PENDING]
    if not waiting:
        return []
    # The nearest area that holds all of them is the page's own, where they do not share one.
    areas = {row.area_id for row in waiting}
    area_id = areas.pop() if len(areas) == 1 else current_area().id
    return _deciders(session, [row.entry_id for row in waiting], area_id)


@blueprint.post("/a/<code>/log/decide")
@area_scope("log.decide")
def decide_on(code: str) -> View:
    """Confirm, reject or void a selection: all of it or nothing."""
    ids = set(request.form.getlist("id"))
    outcome = request.form.get("outcome", "")
    reason = request.form.get("reason", "")
    area_id = current_area().id
    try:
        if outcome not in DONE:
            raise Problem("unknown_outcome", N_("Choose what to do with the entries."))
        if not ids or len(ids) > MAX_SELECTION:
            raise Problem("bad_selection", N_("Select between 1 and %(most)s entries."), most=MAX_SELECTION)
        with unit_of_work() as session:
            require_again(session, "log.decide", area_id)
            found = entries_below(session, area_id, ids)
            changed = None if found is None else decide(session, found, outcome, reason, current_actor())
        if changed is None:
            missing()
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(DONE[outcome], n=changed)
    return redirect(_back(code), 303)


@blueprint.post("/a/<code>/log/confirm-list")
@area_scope("log.decide")
def confirm_list(code: str) -> View:
    """Confirm everything that waits in a list, told by its filters in the address: a whole import in one act."""
    args = list_args(*FILTERS)
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, "log.decide", area_id)
            found = waiting_entries(
                session, area_id, replace(_filters(session, args), elsewhere=False), MAX_LIST
            )
            if len(found) > MAX_LIST or str(len(found)) != request.form.get("count"):
                # Somebody agreed to a number: what came or went since then is for them to see first.
                raise Problem(
                    "list_changed", N_("The list has changed meanwhile. Look at it again, then confirm.")
                )
            changed = decide(session, found, CONFIRMED, "", current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(DONE[CONFIRMED], n=changed)
        if changed <= INLINE_ROWS:
            # More people than a commit drains by itself; larger lists are left to the server's own thread.
            drain()
    kept = {name: value for name, value in request.args.items() if name in LIST_ARGS and value}
    return redirect(url_for("log.entries", code=code, **kept), 303)  # type: ignore[arg-type]


def _back(code: str) -> str:
    """Where the decision was made: one entry's page, an activity's, or the list with its filters."""
    entry, activity = request.form.get("entry", ""), request.form.get("activity", "")
    if entry:
        return url_for("log.entry_page", code=code, entry=entry)
    if activity:
        return url_for("activities.page", code=code, activity=activity)
    kept = {name: value for name, value in request.form.items() if name in LIST_ARGS and value}
    return url_for("log.entries", code=code, **kept)  # type: ignore[arg-type]
