"""The register of personal data: every column of the core's tables, and those that plugins declare (S-02).

``register()`` is asked by the notice, by one's own page, by erasing, and by the test that no column is left out.
"""

from __future__ import annotations

from pointsys.core.privacy.held import (
    ACCOUNT,
    ACCOUNT_GROUP,
    ACTS,
    AGREED,
    BASICS,
    CLEARED,
    CONTACT,
    DOCUMENTS,
    EXPIRES,
    GROUPS,
    IDENTITY,
    KEPT,
    LABEL,
    NUMBERS,
    PASSING,
    PLACE,
    RECORD,
    REQUESTS,
    SEARCHED,
    Group,
    Held,
    held,
    plain,
)
from pointsys.core.site import current_site

_PEOPLE = (
    held("person", "name pinyin sort_key sex birth_date note died_on", BASICS, CLEARED),
    held("person", "phone_sealed phone_index", CONTACT, CLEARED),
    held("person", "id_number_sealed id_number_index", IDENTITY, CLEARED),
    held("person", "area_id left_on", PLACE),
    plain("person", "id public_id created_at batch_id closed"),
    held("person_area", "person_id area_id from_on to_on", PLACE),
    plain("person_area", "id"),
    held("person_alias", "merged_id kept_id into_id merged_at", BASICS),
    held("person_alias", "merged_by", ACTS, LABEL),
    held("person_distinct", "low_id high_id decided_at", BASICS),
    held("person_distinct", "decided_by", ACTS, LABEL),
    held("person_consent", "person_id kind version method given_at withdrawn_at", AGREED),
    held("person_consent", "by_whom relation", AGREED, CLEARED),
    held("person_consent", "recorded_by", ACTS, LABEL),
    plain("person_consent", "id"),
    held("person_unmasking", "person_id field at", ACTS),
    held("person_unmasking", "reason", ACTS, CLEARED),
    held("person_unmasking", "actor", ACTS, LABEL),
    plain("person_unmasking", "id"),
    held("person_vault", "person_id sealed frozen_at", IDENTITY, CLEARED),
    held("person_month", "person_id month person_area_id area_id entries unconfirmed activities", RECORD),
    held(
        "privacy_request", "person_id area_id kind asked_for_by asked_at due_on state answered_at", REQUESTS
    ),
    held("privacy_request", "text answer", REQUESTS, CLEARED),
    held("privacy_request", "asked_by answered_by", ACTS, LABEL),
    held("privacy_request", "asked_by_account", ACTS),
    plain("privacy_request", "id public_id"),
    plain("privacy_notice", "id version area_id content changes published_at"),
    held("privacy_notice", "published_by", ACTS, LABEL),
    held("erasure", "public_id act why at", ACTS),
    held("erasure", "by", ACTS, LABEL),
    plain("erasure", "id"),
)

_LOG = (
    plain(
        "activity", "id public_id kind_id title title_key area_id local_date starts_at ends_at break_minutes"
    ),
    plain("activity", "organiser place created_at"),
    held("activity", "created_by", ACTS, LABEL),
    plain("activity_kind", "id code title service area_id"),
    held(
        "entry",
        "activity_id area_id person_id person_area_id kind_id title local_date starts_at ends_at start_key quantity "
        "unit role source source_ref accepted_late batch_id recorded_at status",
        RECORD,
    ),
    held("entry", "recorded_by", ACTS, LABEL),
    held("entry", "recorded_by_account", ACTS),
    plain("entry", "id public_id mark"),
    held("entry_text", "entry_id evidence note", RECORD, CLEARED),
    held("decision", "entry_id outcome second_person at", RECORD),
    held("decision", "reason", RECORD, CLEARED),
    held("decision", "actor", ACTS, LABEL),
    held("decision", "account_id", ACTS),
    plain("decision", "id mark"),
    plain("pending", "plugin person_id n"),
    plain("area_month", "tier area_id month activities entries people unconfirmed"),
    plain("area_people", "area_id people"),
    held("attachment", "subject_type subject_id sha256", RECORD, CLEARED),
    plain("attachment", "id public_id area_id bytes width height created_at"),
    held("attachment", "created_by", ACTS, LABEL),
    held("attachment", "created_by_account", ACTS),
)

_PAPERS = (
    held("document", "snapshot", DOCUMENTS, CLEARED),
    held("document", "number token check_code area_id person_id title sha256 issued_at state", DOCUMENTS),
    held("document", "issued_by", ACTS, LABEL),
    held("document", "issued_by_account", ACTS),
    plain("document", "id public_id kind template replaces_id"),
    held("document_event", "reason", DOCUMENTS, CLEARED),
    held("document_event", "actor", ACTS, LABEL),
    plain("document_event", "id document_id state reason_class at"),
    plain("document_item", "document_id entry_id"),
    plain("document_series", "key last"),
    # Names stand masked in a notice, and its rows lead to nobody.
    held("publicity", "text", RECORD),
    held("publicity", "posted_by", ACTS, LABEL),
    held("publicity", "posted_by_account", ACTS),
    plain("publicity", "id public_id area_id kind title period subject_ref sha256 row_count days posted_at"),
    plain("publicity", "first_day last_day objections_until closes_before state"),
    held("publicity_decision", "reason", RECORD, NUMBERS),
    held("publicity_decision", "actor", ACTS, LABEL),
    held("publicity_decision", "account_id role second_person", ACTS),
    plain("publicity_decision", "id publicity_id outcome why replaced_by at"),
    held("objection", "person_id subject_type subject_id area_id raised_at due_on state outcome", REQUESTS),
    held("objection", "title text answer", REQUESTS, CLEARED),
    held("objection", "raised_by taken_by answered_by", ACTS, LABEL),
    held(
        "objection", "raised_by_account taken_by_account answered_by_account answered_role answered_at", ACTS
    ),
    plain("objection", "id public_id open_key"),
)

_ACCOUNTS = (
    held("account", "login name person_id password_hash letters totp", ACCOUNT_GROUP, CLEARED),
    held("account", "created_at disabled_at enabled_at last_seen_at", ACCOUNT_GROUP),
    held("account", "password_at totp_at totp_step", ACCOUNT_GROUP),
    plain("account", "id public_id"),
    held("account_notice", "account_id kind detail made_by at seen_at", ACCOUNT_GROUP, ACCOUNT),
    plain("account_notice", "id"),
    held("api_token", "account_id name token_hash hint permissions read_only", ACCOUNT_GROUP, CLEARED),
    held("api_token", "created_at expires_on last_used_at revoked_at", ACCOUNT_GROUP),
    held("api_token", "revoked_by", ACTS, LABEL),
    plain("api_token", "id public_id"),
    plain("api_token_area", "token_id area_id"),
    plain("api_usage", "token_id since count"),
    held("feed_token", "token_hash account_id created_at revoked_at", ACCOUNT_GROUP, ACCOUNT),
    held("login_failure", "subject count since", ACCOUNT_GROUP, CLEARED),
    held("login_session", "token_hash account_id created_at last_seen_at", ACCOUNT_GROUP, ACCOUNT),
    held("login_session", "address browser opened_by pending fresh_at", ACCOUNT_GROUP, ACCOUNT),
    held("one_time_link", "token_hash purpose account_id expires_at used_at retired", ACCOUNT_GROUP, ACCOUNT),
    held("password_history", "account_id password_hash at", ACCOUNT_GROUP, ACCOUNT),
    plain("password_history", "id"),
    held("recovery_code", "account_id code_hash", ACCOUNT_GROUP, ACCOUNT),
    held("sign_in_code", "account_id code_hash expires_at failures", ACCOUNT_GROUP, ACCOUNT),
    held("sign_in_record", "account_id at way result address browser", ACCOUNT_GROUP, ACCOUNT),
    plain("sign_in_record", "id"),
    held("role_grant", "account_id role area_id granted_at ended_at", ACTS),
    held("role_grant", "granted_by", ACTS, LABEL),
    plain("role_grant", "id"),
)

_SITE = (
    held("audit", "actor address before_digest after_digest", ACTS, CLEARED),
    held("audit", "object_type object_id event area_id result at count", ACTS),
    plain("audit", "id sealed_hash account mark"),
    held("audit", "nonce forgotten", ACTS, CLEARED),
    plain("audit_block", "position log version first_id last_id sealed_at content hash digests pruned_at"),
    held("export_file", "account_id at area_id list_name title form rows identifiers state", ACTS),
    held("export_file", "arguments reason", ACTS, SEARCHED),
    held("export_file", "created_by decided_by", ACTS, LABEL),
    plain("export_file", "id public_id number sha256 decided_at fetched_at expires_at"),
    held("security_alert", "subject by detail", ACTS, NUMBERS),
    held("security_alert", "seen_by", ACTS, LABEL),
    plain("security_alert", "id public_id kind day count first_at at seen_at"),
    held("rate_window", "who", ACCOUNT_GROUP, EXPIRES),
    plain("rate_window", "name begins used"),
    held("batch", "file_name options", PASSING, NUMBERS),
    held("batch", "created_by", ACTS, LABEL),
    held("batch", "created_by_account", ACTS),
    plain(
        "batch",
        "id public_id kind area_id sha256 state layout counts done total created_at beat_at finished_at",
    ),
    held("batch_row", "payload", PASSING, CLEARED),
    plain("batch_row", "id batch_id number verdict"),
    held("idempotency_key", "answer subject", PASSING, CLEARED),
    plain("idempotency_key", "key_hash digest status created_at"),
    held("job", "file file_name", PASSING, CLEARED),
    held("job", "args result problem", PASSING, NUMBERS),
    held("job", "created_by", ACTS, LABEL),
    held("job", "created_by_account", ACTS),
    plain("job", "id public_id kind area_id state done total step attempts worker lease_until cancel_asked"),
    plain("job", "created_at started_at finished_at file_type expires_at"),
    plain("periodic_tick", "name slot attempts lease_until started_at finished_at error"),
    plain("key_use", "purpose version since moved_at"),
    plain("plugin_failure", "id plugin hook error at"),
    plain("plugin_quarantine", "plugin since failures"),
    plain("plugin_switch", "area_id plugin enabled locked"),
    plain("area", "id code name level parent_id closed_on"),
    plain("area_closure", "ancestor_id descendant_id depth"),
    plain("area_old_code", "code area_id"),
    plain("area_setting", "area_id key value changed_at"),
    plain("header_mapping", "area_id kind title field"),
    held("setup_draft", "data", ACCOUNT_GROUP, EXPIRES),
    plain("setup_draft", "id version changed_at"),
)

CORE = (*_PEOPLE, *_LOG, *_PAPERS, *_ACCOUNTS, *_SITE)

__all__ = ["CORE", "KEPT", "columns_with", "groups_held", "register"]


def register() -> tuple[Held, ...]:
    """What the core and the loaded plugins of this site say of their tables."""
    infos = current_site().host.plugins.values()
    return (*CORE, *(item for info in infos for item in info.held))


def columns_with(erasure: str) -> list[tuple[str, str]]:
    """(table, column) of everything that erasing treats like this."""
    return [(item.table, name) for item in register() if item.erasure == erasure for name in item.columns]


def groups_held() -> list[Group]:
    """The groups that this site's tables hold, in the order of the register."""
    there = {item.group.key for item in register() if item.group is not None}
    return [group for group in GROUPS if group.key in there]
