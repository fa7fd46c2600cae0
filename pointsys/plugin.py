"""The one module of this project that a plugin imports: everything here stays as it is for interface version 1."""

from __future__ import annotations

from pointsys.commands.console import emit, json_option, progress
from pointsys.commands.console import table as print_table
from pointsys.commands.frame import site_command
from pointsys.commands.texts import _ as cli_text
from pointsys.core import audit
from pointsys.core.activity_log.credit import EntryFact, credited, entry_facts
from pointsys.core.activity_log.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    VOIDED,
    Activity,
    ActivityKind,
    BigId,
    Decision,
    Entry,
)
from pointsys.core.activity_log.record import EntryDraft, Recorded, record
from pointsys.core.actors import Actor, operator
from pointsys.core.areas.models import Area, AreaClosure, ancestors, subtree
from pointsys.core.areas.services import children_of, find_area, path_of
from pointsys.core.batches import UNDONE, Batch
from pointsys.core.database import Base, UtcDateTime, append_only, new_public_id, table_of, upsert
from pointsys.core.hookspecs import hookimpl
from pointsys.core.pages import Card, MenuItem, Panel
from pointsys.core.pending import (
    drain,
    mark_people,
    mark_query,
    pending_people,
    waiting,
    waiting_count,
    waiting_in,
)
from pointsys.core.people.consent import ranking_opt_ins
from pointsys.core.people.groups import canonical_ids, chunks, groups
from pointsys.core.people.models import Person, PersonAlias, PersonArea
from pointsys.core.people.search import name_condition
from pointsys.core.permissions import may, visible_areas
from pointsys.core.plugin_info import ImportColumn, KindInfo, Permission, PluginInfo, Setting
from pointsys.core.settings import get_setting, get_setting_by_area, get_settings, set_setting
from pointsys.core.site import Site, current_site
from pointsys.core.switches import enabled_by_area, enabled_in
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.identity import normalise_text
from pointsys.kit.intervals import Credit, format_hours
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.kit.publicity import PublicColumn, closes_before, nth_day
from pointsys.kit.spreadsheet import is_blank, parse_date, parse_text
from pointsys.web.access import area_scope, current_actor, current_area, public, signed_in
from pointsys.web.access import may as may_here
from pointsys.web.forms import Form, at_most, needed, optional
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.lists import ListArgs, Paged, list_args

__all__ = [
    "CONFIRMED",
    "N_",
    "PENDING",
    "REJECTED",
    "UNDONE",
    "VOIDED",
    "Activity",
    "ActivityKind",
    "Actor",
    "Area",
    "AreaClosure",
    "Base",
    "Batch",
    "BigId",
    "Card",
    "Credit",
    "Decision",
    "Entry",
    "EntryDraft",
    "EntryFact",
    "Form",
    "ImportColumn",
    "KindInfo",
    "ListArgs",
    "MenuItem",
    "Paged",
    "Panel",
    "Permission",
    "Person",
    "PersonAlias",
    "PersonArea",
    "PluginInfo",
    "Problem",
    "PublicColumn",
    "Recorded",
    "Setting",
    "Site",
    "UtcDateTime",
    "ancestors",
    "append_only",
    "area_scope",
    "at_most",
    "audit",
    "canonical_ids",
    "children_of",
    "chunks",
    "cli_text",
    "closes_before",
    "credited",
    "current_actor",
    "current_area",
    "current_site",
    "drain",
    "emit",
    "enabled_by_area",
    "enabled_in",
    "entry_facts",
    "find_area",
    "flash_done",
    "flash_problem",
    "format_hours",
    "get_setting",
    "get_setting_by_area",
    "get_settings",
    "groups",
    "hookimpl",
    "is_blank",
    "json_option",
    "list_args",
    "mark_people",
    "mark_query",
    "mask_name",
    "may",
    "may_here",
    "name_condition",
    "needed",
    "new_public_id",
    "normalise_text",
    "nth_day",
    "operator",
    "optional",
    "parse_date",
    "parse_text",
    "path_of",
    "pending_people",
    "print_table",
    "progress",
    "public",
    "ranking_opt_ins",
    "read_scope",
    "record",
    "set_setting",
    "show",
    "signed_in",
    "site_command",
    "subtree",
    "table_of",
    "unit_of_work",
    "upsert",
    "visible_areas",
    "waiting",
    "waiting_count",
    "waiting_in",
]
