"""The one module of this project that a plugin imports: everything here stays as it is for interface version 1."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pointsys.commands.console import emit, json_option, progress
from pointsys.commands.console import table as print_table
from pointsys.commands.frame import site_command
from pointsys.commands.texts import _ as cli_text
from pointsys.core import audit
from pointsys.core.accounts.holders import Holder, holders, logins_of, people_who_may
from pointsys.core.accounts.humans import accounts_of as accounts_of_people
from pointsys.core.accounts.liaisons import AccountLinks, LinkLine
from pointsys.core.accounts.sessions import token_hash
from pointsys.core.activity_log.by_hand import ByHand, may_confirm_at_once, record_by_hand, undo_recorded
from pointsys.core.activity_log.credit import (
    DRAFT_IDS,
    EntryFact,
    credited,
    draft_facts,
    entry_facts,
    has_time,
    minutes_noted,
)
from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.decisions import decide, readable_reason
from pointsys.core.activity_log.home import at_home
from pointsys.core.activity_log.kinds import kinds_by_area, kinds_for
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
    EntryText,
)
from pointsys.core.activity_log.participants import Named, find_participants, people_below
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.policy import Who
from pointsys.core.activity_log.queries import activity_below
from pointsys.core.activity_log.recent import Group, last_group
from pointsys.core.activity_log.record import EntryDraft, Recorded, check_draft, record
from pointsys.core.activity_log.second_person import who_acts
from pointsys.core.activity_log.taking_part import leaders_of, refused_people, who_is_expected
from pointsys.core.activity_log.told import device_uses
from pointsys.core.actors import RECIPIENT_LABEL, SYSTEM, Actor, operator
from pointsys.core.areas.models import Area, AreaClosure, ancestors, subtree
from pointsys.core.areas.services import children_of, find_area, path_of
from pointsys.core.attachments import services as attachments
from pointsys.core.attachments.models import Attachment
from pointsys.core.attachments.pictures import Picture
from pointsys.core.batches import COMMITTED, UNDONE, Batch
from pointsys.core.database import Base, UtcDateTime, append_only, new_public_id, table_of, upsert
from pointsys.core.documents.models import Document
from pointsys.core.documents.participation import issuer, issuing_area
from pointsys.core.documents.services import PUBLIC_REASONS as PUBLIC_REVOKE_REASONS
from pointsys.core.documents.services import REASON_CLASSES as REVOKE_REASONS
from pointsys.core.documents.services import by_number as document_by_number
from pointsys.core.documents.services import history as document_history
from pointsys.core.documents.services import issue as issue_document
from pointsys.core.documents.services import mark_stale as mark_documents_stale
from pointsys.core.documents.services import replaced_by as document_replaced_by
from pointsys.core.documents.services import revoke as revoke_document
from pointsys.core.hookspecs import hookimpl
from pointsys.core.imports.undo import people_leave as take_people_off
from pointsys.core.jobs import JobKind, JobRun, Periodic
from pointsys.core.jobs import enqueue as enqueue_job
from pointsys.core.jobs.services import job_open
from pointsys.core.objections.models import Objection
from pointsys.core.objections.services import mine as own_objections
from pointsys.core.objections.services import raise_objection, take_objection
from pointsys.core.objections.subjects import Subject, SubjectKind
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
    SetupOption,
)
from pointsys.core.parts import Counts, Part, Parts
from pointsys.core.pending import (
    drain,
    mark_people,
    mark_query,
    pending_people,
    waiting,
    waiting_count,
    waiting_in,
)
from pointsys.core.people.consent import ranking_opt_ins, ranking_people
from pointsys.core.people.groups import Memberships, canonical_ids, chunks, groups, rows_of, rows_of_actor
from pointsys.core.people.matching import Match, PeopleIndex
from pointsys.core.people.models import Person, PersonAlias, PersonArea
from pointsys.core.people.records import masked as masked_person
from pointsys.core.people.records import refuse_closed
from pointsys.core.people.search import (
    PeopleFilters,
    name_condition,
    person_below,
    search_people,
    with_phone_ending,
)
from pointsys.core.people.services import PersonData, create_person, move_person
from pointsys.core.permissions import acting_role, may, visible_areas
from pointsys.core.plugin_info import DemoDay, ImportColumn, KindInfo, Permission, PluginInfo, Setting
from pointsys.core.privacy.held import (
    ACTS as HELD_ACTS,
)
from pointsys.core.privacy.held import (
    CLEARED,
    EXPIRES,
    LABEL,
    Held,
    held,
    plain,
)
from pointsys.core.privacy.held import (
    MEMBERSHIP as HELD_MEMBERSHIP,
)
from pointsys.core.privacy.held import (
    PASSING as HELD_PASSING,
)
from pointsys.core.privacy.held import (
    RECORD as HELD_RECORD,
)
from pointsys.core.public_page import public_settings
from pointsys.core.publicity.models import Publicity
from pointsys.core.publicity.services import Notice, public_names
from pointsys.core.publicity.services import confirm as confirm_notice
from pointsys.core.publicity.services import live_of as live_notice
from pointsys.core.publicity.services import publish as publish_notice
from pointsys.core.publicity.services import withdraw as withdraw_notice
from pointsys.core.rate_limits import of_account as limit_of_account
from pointsys.core.rate_limits import of_address as limit_of_address
from pointsys.core.rate_limits import spend_alone
from pointsys.core.rate_limits import used as limit_used
from pointsys.core.sealed_columns import SealedColumn
from pointsys.core.settings import (
    get_setting,
    get_setting_by_area,
    get_settings,
    ruling_setting,
    set_setting,
)
from pointsys.core.site import Site, current_site
from pointsys.core.switches import enabled_by_area, enabled_in, switched_on
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.core.upserts import upsert_many
from pointsys.core.work_calendar import site_calendar
from pointsys.kit.charts import About, Bucket, Figure, Series, bucket_edges, buckets
from pointsys.kit.charts import distribution as distribution_figure
from pointsys.kit.charts import heat_table as heat_figure
from pointsys.kit.charts import ranking as ranking_figure
from pointsys.kit.charts import trend as trend_figure
from pointsys.kit.documents import canonical
from pointsys.kit.documents import digest as sha256_of
from pointsys.kit.identity import (
    clean_lines,
    clean_text,
    normalise_name,
    normalise_text,
    parse_id_number,
    parse_phone,
)
from pointsys.kit.intervals import Credit, format_hours
from pointsys.kit.masking import mask_name
from pointsys.kit.months import MonthSpan, add_months
from pointsys.kit.problems import N_, Conflict, Problem, Refused
from pointsys.kit.publicity import PublicColumn, closes_before, nth_day
from pointsys.kit.spreadsheet import (
    ColumnSpec,
    HeaderMatch,
    OutColumn,
    OutSheet,
    cell,
    column_letter,
    data_rows,
    find_header,
    is_blank,
    parse_bool,
    parse_date,
    parse_name,
    parse_text,
    read_in_subprocess,
    read_text,
    write_workbook,
)
from pointsys.kit.suppression import hide_rows, hide_small
from pointsys.kit.tables import HIDDEN, Table, TableColumn, change_tenths
from pointsys.kit.tables import table as make_table
from pointsys.language import say
from pointsys.web.access import area_scope, current_actor, current_area, public, require_again, signed_in
from pointsys.web.access import may as may_here
from pointsys.web.access import sees as sees_here
from pointsys.web.accounts.frame import base_url
from pointsys.web.downloads import send_bytes
from pointsys.web.feed import calendar_text, serve_calendar
from pointsys.web.files import photo_in, send_picture
from pointsys.web.forms import Form, at_most, chosen_day, needed, optional
from pointsys.web.frame import flash_done, flash_outcome, flash_problem, show
from pointsys.web.idempotent import idempotent_form
from pointsys.web.list_export import ListColumn, export_asked, send_list, send_registered
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.log_new import offer_undo, read_photos
from pointsys.web.printing import document_pdf, documents_pdf, paper_pdf
from pointsys.web.public_frame import public_here, show_unlisted
from pointsys.web.scope import missing, own_person
from pointsys.web.sheet_choice import read_table
from pointsys.web.waiting import tell_waiting

if TYPE_CHECKING:
    from pointsys.rest import fields as rest_fields
    from pointsys.rest.blueprint import RestBlueprint
    from pointsys.rest.fields import RestSchema
    from pointsys.rest.scope import person_here as rest_person

# fmt: off
__all__ = [
    "CLEARED", "COMMITTED", "CONFIRMED", "DRAFT_IDS", "EXPIRES", "HELD_ACTS", "HELD_MEMBERSHIP", "HELD_PASSING",
    "HELD_RECORD", "HIDDEN", "LABEL", "N_", "PENDING", "PUBLIC_REVOKE_REASONS", "RECIPIENT_LABEL", "REJECTED",
    "REVOKE_REASONS", "SYSTEM", "UNDONE", "VOIDED", "About", "AccountLinks", "Activity", "ActivityKind", "Actor",
    "Area", "AreaClosure", "Attachment", "Base", "Batch", "BigId", "Bucket", "ByHand", "CalendarItem", "Card",
    "ColumnSpec", "Conflict", "CountedCards", "Counts", "Credit", "Decider", "Decision", "DemoDay", "DeviceUse",
    "Document", "Entry", "EntryDraft", "EntryFact", "EntryText", "Expected", "ExpectedPerson", "Figure", "Form",
    "Group", "HeaderMatch", "Held", "Holder", "ImportColumn", "JobKind", "JobRun", "KindInfo", "LinkLine", "ListArgs",
    "ListColumn", "Match", "Memberships", "MenuItem", "MonthSpan", "Named", "Notice", "Objection", "OutColumn",
    "OutSheet", "Paged", "Panel", "Part", "Parts", "PeopleFilters", "PeopleIndex", "Periodic", "Permission",
    "Person", "PersonAlias", "PersonArea", "PersonData", "Picture", "Plan", "PluginInfo", "Problem", "PublicBlock",
    "PublicColumn", "Publicity", "Recorded", "Refused", "ReportSection", "RestApi", "RestBlueprint", "RestSchema",
    "SealedColumn", "Series", "Setting", "SetupChoice", "SetupOption", "Site", "Subject", "SubjectKind", "Table",
    "TableColumn", "UtcDateTime", "Who", "accounts_of_people", "acting_role", "activity_below", "add_months",
    "ancestors", "append_only", "area_scope", "at_home", "at_most", "attachments", "audit", "base_url",
    "bucket_edges", "buckets", "calendar_text", "canonical", "canonical_ids", "cell", "change_tenths", "check_draft",
    "children_of", "chosen_day", "chunks", "clean_lines", "clean_text", "cli_text", "closes_before", "column_letter",
    "confirm_notice", "create_person", "credited", "current_actor", "current_area", "current_site", "data_rows",
    "decide", "deciders", "device_uses", "distribution_figure", "document_by_number", "document_history",
    "document_pdf", "document_replaced_by", "documents_pdf", "draft_facts", "drain", "emit", "enabled_by_area",
    "enabled_in", "enqueue_job", "entry_facts", "export_asked", "find_area", "find_header", "find_participants",
    "flash_done", "flash_outcome", "flash_problem", "format_hours", "get_setting", "get_setting_by_area",
    "get_settings", "groups", "has_time", "heat_figure", "held", "hide_rows", "hide_small", "holders", "hookimpl",
    "idempotent_form", "is_blank", "issue_document", "issuer", "issuing_area", "job_open", "json_option",
    "kinds_by_area", "kinds_for", "last_group", "leaders_of", "limit_of_account", "limit_of_address", "limit_used",
    "list_args", "live_notice", "logins_of", "make_table", "mark_documents_stale", "mark_people", "mark_query",
    "mask_name", "masked_person", "may", "may_confirm_at_once", "may_here", "minutes_noted", "missing",
    "move_person", "name_condition", "needed", "new_public_id", "normalise_name", "normalise_text", "nth_day",
    "offer_undo", "operator", "optional", "own_objections", "own_person", "paper_pdf", "parse_bool", "parse_date",
    "parse_id_number", "parse_name", "parse_phone", "parse_text", "path_of", "pending_people", "people_below",
    "people_who_may", "person_below", "photo_in", "plain", "plan_activity", "print_table", "progress", "public",
    "public_here", "public_names", "public_settings", "publish_notice", "raise_objection", "ranking_figure",
    "ranking_opt_ins", "ranking_people", "read_in_subprocess", "read_photos", "read_scope", "read_table",
    "read_text", "readable_reason", "record", "record_by_hand", "refuse_closed", "refused_people", "require_again",
    "rest_fields", "rest_person", "revoke_document", "rows_of", "rows_of_actor", "ruling_setting", "say",
    "search_people", "sees_here", "send_bytes", "send_list", "send_picture", "send_registered", "serve_calendar",
    "set_setting", "sha256_of", "show", "show_unlisted", "signed_in", "site_calendar", "site_command", "spend_alone",
    "subtree", "switched_on", "table_of", "take_objection", "take_people_off", "tell_waiting", "token_hash",
    "trend_figure", "undo_recorded", "unit_of_work", "upsert", "upsert_many", "visible_areas", "waiting",
    "waiting_count", "waiting_in", "who_acts", "who_is_expected", "with_phone_ending", "withdraw_notice",
    "write_workbook",
]
# fmt: on

# Asked for by the REST parts of plugins alone: commands do not pay for what stands behind them.
_REST = {
    "RestBlueprint": ("blueprint", "RestBlueprint"),
    "RestSchema": ("fields", "RestSchema"),
    "rest_person": ("scope", "person_here"),
}


def __getattr__(name: str) -> Any:
    """Names of the REST interface, imported when somebody asks for them."""
    if name == "rest_fields":
        return import_module("pointsys.rest.fields")
    if name in _REST:
        module, own_name = _REST[name]
        return getattr(import_module(f"pointsys.rest.{module}"), own_name)
    raise AttributeError(name)
