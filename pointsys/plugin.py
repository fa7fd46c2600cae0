"""The one module of this project that a plugin imports: everything here stays as it is for interface version 1."""

from __future__ import annotations

from pointsys.core import audit
from pointsys.core.activity_log.credit import EntryFact, credited, entry_facts
from pointsys.core.activity_log.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    VOIDED,
    Activity,
    ActivityKind,
    Entry,
)
from pointsys.core.activity_log.record import EntryDraft, Recorded, record
from pointsys.core.actors import Actor, operator
from pointsys.core.areas.models import Area, AreaClosure, ancestors, subtree
from pointsys.core.areas.services import find_area, path_of
from pointsys.core.database import Base, UtcDateTime, append_only, new_public_id, table_of, upsert
from pointsys.core.hookspecs import hookimpl
from pointsys.core.pages import Card, MenuItem, Panel
from pointsys.core.pending import drain, mark_people, pending_people
from pointsys.core.people.groups import canonical_ids, chunks, groups
from pointsys.core.people.models import Person, PersonAlias, PersonArea
from pointsys.core.permissions import may, visible_areas
from pointsys.core.plugin_info import ImportColumn, KindInfo, Permission, PluginInfo, Setting
from pointsys.core.settings import get_setting, get_settings, set_setting
from pointsys.core.site import Site, current_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, public, signed_in

__all__ = [
    "CONFIRMED",
    "N_",
    "PENDING",
    "REJECTED",
    "VOIDED",
    "Activity",
    "ActivityKind",
    "Actor",
    "Area",
    "AreaClosure",
    "Base",
    "Card",
    "Entry",
    "EntryDraft",
    "EntryFact",
    "ImportColumn",
    "KindInfo",
    "MenuItem",
    "Panel",
    "Permission",
    "Person",
    "PersonAlias",
    "PersonArea",
    "PluginInfo",
    "Problem",
    "Recorded",
    "Setting",
    "Site",
    "UtcDateTime",
    "ancestors",
    "append_only",
    "area_scope",
    "audit",
    "canonical_ids",
    "chunks",
    "credited",
    "current_actor",
    "current_area",
    "current_site",
    "drain",
    "enabled_in",
    "entry_facts",
    "find_area",
    "get_setting",
    "get_settings",
    "groups",
    "hookimpl",
    "mark_people",
    "mask_name",
    "may",
    "new_public_id",
    "operator",
    "path_of",
    "pending_people",
    "public",
    "read_scope",
    "record",
    "set_setting",
    "signed_in",
    "subtree",
    "table_of",
    "unit_of_work",
    "upsert",
    "visible_areas",
]
