"""Every hook a plugin may answer. Verbs tell the time: ``register_x`` at start, past tense for events.

Each docstring names: Called (when), Transaction (what it may do), Returns, Errors (what happens when it raises).
No hook may commit, call ``record()`` while deriving, widen rights, or write tables of the core.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pluggy
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    import click
    from flask import Flask

    from pointsys.core.activity_log.record import EntryDraft
    from pointsys.core.actors import Actor
    from pointsys.core.areas.models import Area
    from pointsys.core.pages import (
        CalendarItem,
        Card,
        CountedCards,
        DeviceUse,
        Expected,
        ExpectedPerson,
        MenuItem,
        Panel,
        PublicBlock,
        ReportSection,
        RestApi,
        SetupChoice,
    )
    from pointsys.core.people.models import Person
    from pointsys.kit.charts import Figure
    from pointsys.kit.months import MonthSpan
    from pointsys.kit.problems import Problem

hookspec = pluggy.HookspecMarker("pointsys")
hookimpl = pluggy.HookimplMarker("pointsys")


@hookspec
def register_blueprints(app: Flask) -> None:
    """Add the plugin's pages.

    Called: once in create_app. Transaction: none. Returns: nothing.
    Errors: a bundled plugin that raises stops the start, another one is skipped.
    """


@hookspec
def register_rest(api: RestApi) -> None:
    """Add the plugin's part of the REST interface.

    Called: once in create_app, after the pages. Transaction: none. Returns: nothing.
    Errors: a bundled plugin that raises stops the start; of another one this part is missing.
    """


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands below ``pointsys <slug>``.

    Called: when the command line starts. Transaction: none. Returns: nothing. Errors: as register_blueprints.
    """


@hookspec
def validate_entries(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Sequence[Problem] | None:
    """Refuse entries before they are recorded.

    Called: by record(), before inserting, for the plugins that are on in ``area``. Transaction: the caller's, to
    read in. Returns: problems, none if all is well. Errors: one that raises refuses the batch (plugin_failed).
    """


@hookspec
def derive(session: Session, people: Sequence[int]) -> None:
    """Compute the plugin's results of ``people`` (kept ids) anew from the log.

    Called: after commit, from the pending marks, in batches. Transaction: one of the plugin's own; write only the
    plugin's tables, do not commit. The same marks may come again: the outcome depends on the log alone.
    Returns: nothing. Errors: the marks stay and are tried again; five failures in ten minutes quarantine the plugin.
    """


@hookspec
def people_imported(
    session: Session, area: Area, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor
) -> None:
    """Take over the values of the plugin's import columns: (person id, {column key: parsed value}).

    Called: when an import of people is applied, for plugins on in ``area``. Transaction: the import's; write only
    the plugin's tables. Returns: nothing. Errors: one that raises undoes the import (plugin_failed).
    """


@hookspec
def area_started(session: Session, area: Area, actor: Actor, choices: Mapping[str, str]) -> None:
    """Give a new root area what the plugin needs to work: a published preset, say.

    Called: by ``pointsys init`` and the first start, after the plugin was switched on; ``choices`` are the answers to
    its ``setup_choices`` by key, empty where nobody was asked. Transaction: the caller's. Returns: nothing.
    Errors: one that raises undoes the whole start.
    """


@hookspec
def setup_choices() -> Sequence[SetupChoice]:
    """Ask something of whoever sets a site up in a browser; ``area_started`` gets the answers.

    Called: on pages of the first start, for loaded plugins. Transaction: none. Returns: choices, each with options.
    Errors: the plugin asks nothing and begins as it does without answers.
    """


@hookspec
def merge_people(session: Session, kept: int, merged: int) -> None:
    """Two rows are the same human being from now on; rebuild what is keyed by person.

    Called: on merging and on un-merging, for all loaded plugins, on or off. Transaction: the caller's.
    Returns: nothing. Errors: one that raises undoes the whole act.
    """


@hookspec
def erase_person(session: Session, person: int, rows: Sequence[int]) -> None:
    """A person is erased: take away what of the plugin's tells who they were, and keep what was done.

    Called: in the erasure, for all loaded plugins, on or off; ``rows`` are all row ids of the human being, ``person``
    the kept one. Transaction: the erasure's. Returns: nothing. Errors: one that raises undoes the erasure.
    """


@hookspec
def export_person(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object] | None:
    """What the plugin keeps of a person, for the copy that they take away.

    Called: when somebody asks for their own data, for all loaded plugins; arguments as for erase_person.
    Transaction: read only. Returns: JSON values by name. Errors: the copy says that this part is missing.
    """


@hookspec
def menu_items(area: Area, actor: Actor) -> Sequence[MenuItem]:
    """Entries of an area's menu; those the actor may not open are left out by the page.

    Called: for each page of an area, for plugins on there. Transaction: read only. Returns: menu items.
    Errors: the plugin's entries are missing and the failure is noted.
    """


@hookspec
def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    """Cards on an area's first page.

    Called: on that page, for plugins on there. Transaction: read only. Returns: cards. Errors: a labelled gap.
    """


@hookspec
def dashboard_counts(area: Area, actor: Actor) -> Sequence[CountedCards]:
    """Cards on an area's first page that need nothing but counts, asked together with those of the other plugins.

    Called: on that page, for plugins on there. Transaction: none; the page runs the counts. Returns: counts with what
    is made of them. Errors: a labelled gap, also for counts that the database refuses.
    """


@hookspec
def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """Titled tables for an area's month report; ``month`` is "2026-03".

    Called: on that page and its export, for plugins on there. Transaction: read only. Returns: sections.
    Errors: a labelled gap.
    """


@hookspec
def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """Pictures of an area's figures over some months; ``actor`` is who looks, so that their own place can be marked.

    Called: on the page of figures and its exports, for plugins on there. Transaction: read only. Returns: figures.
    Errors: a labelled gap.
    """


@hookspec
def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """Panels on a person's page for staff.

    Called: on that page, for plugins on in ``area``. Transaction: read only. Returns: panels. Errors: a labelled gap.
    """


@hookspec
def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """Cards on one's own first page, on a phone.

    Called: on ``/me``, for plugins on where the person belongs. Transaction: read only. Returns: cards.
    Errors: a labelled gap.
    """


@hookspec
def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """Blocks of an area's public page, which strangers read: masked names, and only of people who agreed.

    Called: on ``/public/<code>/``, for plugins on there. Transaction: read only. Returns: blocks.
    Errors: the block is missing, without a word to strangers, and the failure is noted.
    """


@hookspec
def expected_effect(session: Session, entries: Collection[int]) -> Mapping[int, str] | None:
    """What unconfirmed entries would bring, in words: "2.50 hours", "+1.00 points".

    Called: on the log and on one's own page, for loaded plugins. Transaction: read only. Returns: entry id -> text.
    Errors: the texts are missing and the failure is noted.
    """


@hookspec
def expected_of_drafts(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> Expected | None:
    """What entries would bring if they were recorded in ``area`` and confirmed now.

    Called: by forms, before anything is recorded, for plugins on where the drafts' people belong. Transaction: read
    only. Returns: words for each draft by its place and for all together, or nothing. Errors: the words are missing
    and the failure is noted.
    """


@hookspec
def expected_people(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    """Who is expected at an activity: those whose sign-up was approved, say. Its attendance list offers them.

    Called: where such a list is shown or filled, for plugins on in the activity's area. Transaction: read only.
    Returns: people by any of their ids. Errors: the plugin expects nobody, and the failure is logged.
    """


@hookspec
def may_attend(
    session: Session, activity: int, people: Collection[int], at: datetime
) -> Mapping[int, Problem] | None:
    """Who of ``people`` may not take part in an activity at the instant ``at``, and why: a consent is missing, say.

    Called: before people sign up, are put on a list or check in, for plugins on in the activity's area.
    Transaction: the caller's, to read in. Returns: id as given -> Problem, only of those refused.
    Errors: one that raises refuses everybody (plugin_failed).
    """


@hookspec
def activity_leaders(session: Session, activities: Collection[int]) -> Mapping[int, Collection[int]] | None:
    """Who leads activities and so keeps their lists from pages of their own.

    Called: on these pages and before their acts, for plugins on in the activities' areas. Transaction: read only.
    Returns: activity -> kept ids of people, only of those asked about. Errors: nobody leads by this plugin, and the
    failure is logged.
    """


@hookspec
def unlisted_activities(session: Session, activities: Collection[int]) -> Collection[int] | None:
    """Which planned activities are not to be announced: drafts nobody is to see yet, and what was cancelled.

    Called: for the public page and the calendars of an area, for plugins on in the activities' areas.
    Transaction: read only. Returns: some of the activities asked about. Errors: the plugin holds nothing back, and the
    failure is logged.
    """


@hookspec
def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    """What a person has ahead or behind them, in the calendar that their phone subscribes to: shifts, say.

    Called: when that calendar is fetched, for plugins on where the person belongs. Transaction: read only.
    Returns: items from the day ``since`` on, told by what is on record alone. Errors: the items are missing, and the
    failure is logged.
    """


@hookspec
def devices_used(session: Session, area: Area, first: date, last: date) -> Sequence[DeviceUse]:
    """On which devices of their own people checked in from ``first`` to ``last``, in an area's activities and below.

    Called: on pages that look for what stands out, for plugins on in the area. Transaction: read only.
    Returns: uses of phones; devices that staff keep for everybody are left out. Errors: the plugin knows of no device,
    and the failure is logged.
    """
