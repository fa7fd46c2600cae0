"""Notices: frozen when posted, confirmed by somebody else after their time, withdrawn with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from pointsys.core.activity_log.policy import OFF, SECOND_PERSON
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.database import TRIGGERS
from pointsys.core.objections import services as objections
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.people.merging import merge_people
from pointsys.core.publicity import services
from pointsys.core.publicity.models import CONFIRMED, POSTED, SUPERSEDED, WITHDRAWN, Publicity
from pointsys.core.publicity.queries import content_of, decisions_of
from pointsys.core.publicity.services import Notice
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.publicity import PublicColumn, hash_of
from tests.conftest import FixedClock
from tests.core.test_decisions import refused
from tests.factories import make_person, make_tree

NOTICE = Notice(
    kind="points.sheet",
    title="幸福社区党员积分公示",
    period="2026",
    columns=[PublicColumn("姓名"), PublicColumn("总分", "end")],
    rows=[["张*", "12.50"], ["李*", "3.00"]],
    days=5,
)


@dataclass
class Board:
    """One community's board of notices, in an open unit of work."""

    session: Session
    areas: dict[str, Area]
    clock: FixedClock

    def publisher(self) -> Actor:
        """A community worker."""
        return Actor("lin", account_id=1, grants=(Grant("community_worker", self.areas["happy"].id),))

    def second(self) -> Actor:
        """Another one, of the sub-district."""
        return Actor("zhou", account_id=2, grants=(Grant("subdistrict_office", self.areas["street"].id),))

    def post(self, notice: Notice = NOTICE, **kwargs: str) -> Publicity:
        """A posted notice of the community."""
        return services.publish(self.session, self.areas["happy"], notice, self.publisher(), **kwargs)

    def wait_until(self, local: str) -> None:
        """Move the clock to a local time in UTC+8."""
        self.clock.now = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)


@pytest.fixture
def board(site: Site, clock: FixedClock) -> Iterator[Board]:
    """A board without notices, on Friday, 10 July 2026."""
    with unit_of_work(drain=False) as session:
        yield Board(session, make_tree(session), clock)


def test_a_notice_is_frozen_with_everything_it_shows(board: Board) -> None:
    set_setting(board.session, board.areas["street"], "site.supervision_phone", "0991-1234567", SYSTEM)
    posted = board.post()

    assert (posted.state, posted.row_count) == (POSTED, 2)
    assert (posted.first_day, posted.last_day) == (date(2026, 7, 13), date(2026, 7, 17))
    content = json.loads(posted.text)
    assert content["rows"] == [["张*", "12.50"], ["李*", "3.00"]]
    assert content["area"] == "幸福社区"
    assert content["phone"] == "0991-1234567"
    assert content["id"] == posted.public_id
    assert posted.sha256 == hash_of(posted.text)
    # A setting that changes later changes no notice that hangs already.
    set_setting(board.session, board.areas["street"], "site.supervision_phone", "0991-7654321", SYSTEM)
    assert content_of(posted)["phone"] == "0991-1234567"
    assert content_of(posted)["intact"] is True


@pytest.mark.parametrize("table", ["publicity", "publicity_decision", "objection"])
def test_what_is_frozen_cannot_be_changed_by_sql(board: Board, table: str) -> None:
    posted = board.post()
    objections.take_objection(board.session, PUBLICITY, posted.public_id, "少一次", "王五", board.second())
    services.withdraw(board.session, posted, services.MISTAKE, "多一人", board.second())
    frozen = next(t.columns for t in TRIGGERS if t.table == table and t.columns)
    assert table == "objection" or {"sha256", "text"} & set(frozen) or table == "publicity_decision"

    for column in frozen:
        with pytest.raises(DBAPIError, match="append-only"), board.session.begin_nested():
            board.session.execute(text(f'UPDATE {table} SET "{column}" = "{column}"'))
    with pytest.raises(DBAPIError, match="append-only"), board.session.begin_nested():
        board.session.execute(text(f"DELETE FROM {table}"))


def test_a_text_that_was_changed_behind_the_database_s_back_is_noticed(board: Board) -> None:
    posted = board.post()
    forged = Publicity(text=posted.text.replace("12.50", "99.50"), sha256=posted.sha256)

    assert content_of(forged)["intact"] is False


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("notice", "code"),
    [
        (replace(NOTICE, rows=[]), "nothing_to_publish"),
        (replace(NOTICE, title=" "), "too_long_text"),
        (replace(NOTICE, title="公" * 201), "too_long_text"),
        (replace(NOTICE, days=0), "bad_days"),
        (replace(NOTICE, days=61), "bad_days"),
        (replace(NOTICE, rows=[["张*", "1"]] * 3001), "too_many_rows"),
        (replace(NOTICE, rows=[["张三 13800138000", "1"]]), "not_masked"),
        (replace(NOTICE, rows=[["张*", "11010119900307001X"]]), "not_masked"),
        (replace(NOTICE, rows=[["张*", "110101900307001"]]), "not_masked"),
    ],
)
def test_what_cannot_be_published(board: Board, notice: Notice, code: str) -> None:
    refused(code, lambda: board.post(notice))
    assert board.session.scalar(select(Publicity.id)) is None


def test_what_was_previewed_is_what_is_published(board: Board) -> None:
    changed = replace(NOTICE, rows=[["张*", "12.50"], ["李*", "4.00"]])

    refused("list_changed", lambda: board.post(changed, shown=NOTICE.digest))
    # The days are chosen after the preview.
    assert board.post(replace(NOTICE, days=3), shown=NOTICE.digest).state == POSTED


def test_a_notice_of_a_year_without_a_calendar_is_refused(board: Board) -> None:
    board.wait_until("2026-12-30T10:00")
    refused("calendar_year_missing", board.post)


def test_only_one_notice_of_the_same_thing_is_live(board: Board) -> None:
    first = board.post()
    refused("already_posted", board.post)
    assert board.post(replace(NOTICE, subject_ref="第一党支部")).state == POSTED
    assert board.post(replace(NOTICE, period="2025")).state == POSTED

    second = board.post(replacing="漏了一个人")

    assert (first.state, second.state) == (SUPERSEDED, POSTED)
    (decision,) = decisions_of(board.session, first)
    assert (decision.outcome, decision.replaced_by) == (SUPERSEDED, second.public_id)
    assert decision.role == "community_worker"
    again = services.publish(board.session, board.areas["sunny"], NOTICE, board.second())
    assert again.state == POSTED


def test_two_live_notices_of_one_thing_are_refused_by_the_database_too(board: Board) -> None:
    first = board.post()
    values = {c.name: getattr(first, c.name) for c in Publicity.__table__.columns if c.name != "id"}
    twin = insert(Publicity).values({**values, "public_id": "another"})
    with pytest.raises(IntegrityError), board.session.begin_nested():
        board.session.execute(twin)


def test_a_notice_with_an_open_objection_is_not_replaced(board: Board) -> None:
    posted = board.post()
    objections.take_objection(board.session, PUBLICITY, posted.public_id, "少一次", "王五", board.second())
    refused("open_objections", lambda: board.post(replacing="换一份"))


def test_a_notice_is_confirmed_once_its_time_is_over_and_not_a_moment_before(board: Board) -> None:
    posted = board.post()
    board.wait_until("2026-07-17T23:59")
    refused("not_over", lambda: services.confirm(board.session, posted, board.second()))

    board.wait_until("2026-07-18T00:00")
    services.confirm(board.session, posted, board.second())

    assert posted.state == CONFIRMED
    (decision,) = decisions_of(board.session, posted)
    assert (decision.actor, decision.role, decision.second_person) == ("zhou", "subdistrict_office", True)
    refused("wrong_state", lambda: services.confirm(board.session, posted, board.second()))


def test_further_days_to_object_keep_it_from_being_confirmed(board: Board) -> None:
    posted = board.post(replace(NOTICE, objection_days=3))
    board.wait_until("2026-07-22T23:59")
    refused("not_over", lambda: services.confirm(board.session, posted, board.second()))
    board.wait_until("2026-07-23T00:00")
    assert services.confirm(board.session, posted, board.second()).state == CONFIRMED


def test_who_published_does_not_confirm_unless_no_second_person_is_asked_for(board: Board) -> None:
    posted = board.post()
    board.wait_until("2026-07-18T09:00")
    refused("another_person_needed", lambda: services.confirm(board.session, posted, board.publisher()))

    set_setting(board.session, board.areas["happy"], SECOND_PERSON, OFF, SYSTEM)
    services.confirm(board.session, posted, board.publisher())

    assert decisions_of(board.session, posted)[0].second_person is False


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [
        (None, "open_objections"),
        ("upheld", "objection_upheld"),
        ("partly", "objection_upheld"),
        ("rejected", None),
    ],
)
def test_objections_decide_whether_it_can_be_confirmed(
    board: Board, outcome: str | None, refusal: str | None
) -> None:
    posted = board.post()
    objection = objections.take_objection(
        board.session, PUBLICITY, posted.public_id, "少一次", "王五", board.publisher()
    )
    board.wait_until("2026-07-18T09:00")
    if outcome:
        objections.answer(board.session, objection, outcome, "已核对", board.second())

    if refusal:
        refused(refusal, lambda: services.confirm(board.session, posted, board.second()))
        assert posted.state == POSTED
    else:
        assert services.confirm(board.session, posted, board.second()).state == CONFIRMED


def test_a_notice_is_withdrawn_with_a_class_of_reason_and_words(board: Board) -> None:
    posted = board.post()
    refused(
        "reason_needed",
        lambda: services.withdraw(board.session, posted, services.MISTAKE, " ", board.second()),
    )
    refused("unknown_reason", lambda: services.withdraw(board.session, posted, "why", "x", board.second()))
    refused(
        "too_long_text",
        lambda: services.withdraw(board.session, posted, services.OTHER, "长" * 501, board.second()),
    )

    services.withdraw(board.session, posted, services.MISTAKE, "多了一人", board.publisher())

    assert posted.state == WITHDRAWN
    refused(
        "wrong_state",
        lambda: services.withdraw(board.session, posted, services.MISTAKE, "再撤", board.publisher()),
    )
    # What was withdrawn makes room for a corrected one.
    assert board.post().state == POSTED


def test_each_act_leaves_its_row_in_the_audit_log(board: Board) -> None:
    first = board.post()
    board.post(replacing="更正")
    (second,) = (row for row in board.session.scalars(select(Publicity)) if row.state == POSTED)
    board.wait_until("2026-07-18T09:00")
    services.confirm(board.session, second, board.second())
    services.withdraw(board.session, second, services.OTHER, "撤", board.second())

    events = select(AuditRow.event, AuditRow.object_id).where(AuditRow.object_type == "publicity")
    rows = [tuple(row) for row in board.session.execute(events.order_by(AuditRow.id))]
    assert rows == [
        ("publicity.posted", first.public_id),
        ("publicity.superseded", first.public_id),
        ("publicity.posted", second.public_id),
        ("publicity.confirmed", second.public_id),
        ("publicity.withdrawn", second.public_id),
    ]


def test_the_public_sees_what_is_up_and_what_was_confirmed_of_late(board: Board) -> None:
    posted = board.post()
    gone = board.post(replace(NOTICE, period="2025"))
    services.withdraw(board.session, gone, services.MISTAKE, "错", board.second())

    def shown(area: str = "street") -> list[tuple[str, str]]:
        rows = services.current_public(board.session, board.areas[area].id)
        return [(row.public_id, row.code) for row in rows]

    code = board.areas["happy"].code
    assert shown() == shown("happy") == [(posted.public_id, code)]
    assert shown("sunny") == []
    board.wait_until("2026-07-18T09:00")
    services.confirm(board.session, posted, board.second())
    board.wait_until("2026-08-16T09:00")
    assert shown() == [(posted.public_id, code)]
    board.wait_until("2026-08-17T09:00")
    assert shown() == []


def test_the_staff_s_list_counts_open_objections_and_finds_what_is_due(board: Board) -> None:
    first = board.post()
    second = board.post(replace(NOTICE, period="2025", days=10))
    for name in ("王五", "赵六"):
        objections.take_objection(board.session, PUBLICITY, first.public_id, "少", name, board.second())
    board.wait_until("2026-07-18T09:00")

    rows, total = services.list_notices(board.session, board.areas["street"].id)
    assert total == 2
    assert {row.public_id: row.open for row in rows} == {first.public_id: 2, second.public_id: 0}
    due, _total = services.list_notices(board.session, board.areas["happy"].id, state="due")
    assert [row.public_id for row in due] == [first.public_id]
    assert services.list_notices(board.session, board.areas["sunny"].id) == ([], 0)
    assert services.notice_below(board.session, board.areas["sunny"].id, first.public_id) is None


def test_a76_people_are_masked_and_children_left_out_whatever_they_agreed_to(board: Board) -> None:
    grid = board.areas["grid1"]
    old = make_person(board.session, grid, "欧阳娜娜")
    young = make_person(board.session, grid, "小宝", birth_date=date(2012, 7, 11))
    just = make_person(board.session, grid, "大宝", birth_date=date(2012, 7, 10))
    twin = make_person(board.session, grid, "小宝儿", birth_date=date(2013, 1, 1))
    kept = make_person(board.session, grid, "小宝儿")
    merge_people(board.session, kept, twin, SYSTEM)

    ids = [old.id, young.id, just.id, kept.id]
    assert services.public_names(board.session, ids) == {old.id: "欧*", just.id: "大*"}
