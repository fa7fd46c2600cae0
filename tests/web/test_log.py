"""The log's pages: lists, one entry, decisions in batches, foreign ids, and what it all costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log import queries
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, VOIDED, Activity, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, SUNNY, make_draft, make_person

LOG = f"/a/{HAPPY}/log"


@dataclass
class Scribe:
    """Records entries into the world, as somebody else would have."""

    app: Flask
    world: World

    def __call__(
        self,
        place: str = "happy",
        people: Sequence[str] = ("grid1",),
        *,
        title: str = "清洁家园",
        confirm: bool = False,
        account: str | None = None,
        **draft: object,
    ) -> list[str]:
        """Entries of ``people`` at an activity of ``place``; returns their outside ids."""
        actor = Actor(account, account_id=self.world.accounts[account]) if account else SYSTEM
        with self.app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, self.world.areas[place])
            rows = [session.get_one(Person, self.world.person_ids[name]) for name in people]
            drafts = [make_draft(session, area, person, title=title, **draft) for person in rows]  # type: ignore[arg-type]
            results = record(session, area, drafts, actor, "test", confirm=confirm)
            ids = [result.entry_id for result in results]
            return [session.get_one(Entry, entry_id).public_id for entry_id in ids]

    def statuses(self) -> list[str]:
        """Of all entries, in order of recording."""
        with self.app.app_context(), read_scope() as session:
            return list(session.scalars(select(Entry.status).order_by(Entry.id)))

    def activity(self, title: str) -> str:
        """The outside id of an activity."""
        with self.app.app_context(), read_scope() as session:
            return session.scalars(select(Activity.public_id).where(Activity.title == title)).one()


@pytest.fixture
def scribe(app: Flask, world: World) -> Scribe:
    """Somebody who records."""
    return Scribe(app, world)


def names(browser: Browser, path: str) -> list[str]:
    return [cell.get_text(strip=True) for cell in browser.page(path).select("table.list td.lead")]


def test_the_list_shows_the_entries_of_the_areas_activities(worker: Browser, scribe: Scribe) -> None:
    scribe(people=("grid1", "sunny"))
    scribe("sunny", ["sunny"])

    # 孙阳 belongs to 阳光社区 and took part here: the activity's area decides.
    assert sorted(names(worker, LOG)) == ["孙阳", "李一"]


def test_what_our_people_did_elsewhere_is_a_list_of_its_own(worker: Browser, scribe: Scribe) -> None:
    scribe(people=["grid1"])
    scribe("sunny", ["grid1"], title="阳光义诊")
    page = worker.page(f"{LOG}?who=elsewhere")

    assert "阳光义诊" in page.text
    assert "清洁家园" not in page.select_one("tbody").text  # type: ignore[union-attr]
    # Title, date and organiser, but neither a link into the other area nor anything to tick.
    assert "阳光社区" in page.select_one("tbody").text  # type: ignore[union-attr]
    assert page.select("tbody a") == []
    assert page.select("tbody input") == []


QUERIES = {
    "q=李一": 1,
    "q=liyi": 1,
    "q=ly": 1,
    "q=清洁": 2,
    "q=qingjie": 0,
    "q=%25": 1,
    "q=_": 0,
    "q=100%25": 1,
    "status=confirmed": 1,
    "status=pending": 2,
    "status=junk": 3,
    "kind=environment": 1,
    "kind=nothing": 0,
    "from=2026-07-02": 1,
    "to=2026-07-01": 2,
    "from=2026-07-01&to=2026-07-01": 2,
    "from=yesterday": 3,
    "source=test": 3,
    "source=import": 0,
    "batch=99": 0,
    "batch=x": 0,
    "batch=²": 0,
    "sort=points;drop table entry": 3,
    "page=99999999999999999999": 3,
    "size=100000": 3,
}


@pytest.mark.parametrize(("query", "count"), QUERIES.items())
def test_filters(worker: Browser, scribe: Scribe, query: str, count: int) -> None:
    scribe(people=["grid1"])
    scribe(people=["grid2"], confirm=True)
    scribe(people=["happy"], title="100%满意", kind="环境整治", day=date(2026, 7, 2))

    assert len(names(worker, f"{LOG}?{query}")) == count


def test_a81_a_text_of_ten_thousand_signs_is_cut_and_answered(worker: Browser, scribe: Scribe) -> None:
    scribe()

    assert names(worker, f"{LOG}?q={'%25' * 10_000}") == []


def test_one_person_s_entries_under_every_row_of_theirs(
    app: Flask, worker: Browser, scribe: Scribe, world: World
) -> None:
    scribe(people=["grid1"])
    scribe(people=["grid2"], title="浇水")
    with app.app_context(), unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, world.person_ids[name]) for name in ("grid1", "grid2"))
        merge_people(session, kept, merged, SYSTEM)

    assert names(worker, f"{LOG}?person={world.people['grid1']}") == ["李一", "李一"]
    assert "1 人" in worker.page(LOG).select_one("tfoot").text  # type: ignore[union-attr]


def test_totals_are_of_all_that_fits_and_count_only_what_is_live(worker: Browser, scribe: Scribe) -> None:
    scribe(people=["grid1", "grid2"])  # twice 120 minutes
    scribe(people=["grid1"], title="浇水", start=None, end=None, quantity=150, unit="hour")  # 1.50 hours
    (voided,) = scribe(people=["grid1"], title="错记")
    worker.post(f"{LOG}/decide", {"id": voided, "outcome": "voided", "reason": "错记"})

    total = worker.page(f"{LOG}?size=20").select_one("tfoot").text  # type: ignore[union-attr]
    assert "4 条记录" in total
    assert "2 人" in total
    assert "5.50" in total


def test_a_list_beyond_measure_says_so_instead_of_summing_it(
    worker: Browser, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "TOTALS_UP_TO", 2)
    scribe(people=["grid1", "grid2", "happy"])

    assert "超过 2 条" in worker.page(LOG).select_one("tfoot").text  # type: ignore[union-attr]
    assert "1 条记录" in worker.page(f"{LOG}?q=liyi").select_one("tfoot").text  # type: ignore[union-attr]


def test_the_number_of_statements_is_the_same_for_two_rows_and_two_hundred(
    app: Flask, worker: Browser, scribe: Scribe, world: World
) -> None:
    scribe(people=["grid1", "grid2"])

    def cost(path: str) -> int:
        with counted(app) as statements:
            worker.page(path)
        return len(statements)

    paths = [f"{LOG}?size=200", f"{LOG}?q=li", f"/a/{HAPPY}/activities?size=200", f"{LOG}?who=elsewhere"]
    few = [cost(path) for path in paths]
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        people = [make_person(session, area, f"李小{n:03d}") for n in range(40)]
        for turn in range(5):
            drafts = [make_draft(session, area, p, title=f"第{turn}次{p.id}") for p in people]
            record(session, area, drafts, SYSTEM, "test")
    many = [cost(path) for path in paths]

    assert many == few
    assert max(many) <= 16


# One entry.


def test_the_page_of_an_entry_tells_the_fact_and_its_history(worker: Browser, scribe: Scribe) -> None:
    (entry,) = scribe(account="worker", note="自带工具")
    page = worker.page(f"{LOG}/{entry}")

    for words in (
        "李一",
        "清洁家园",
        "志愿服务",
        "09:00–11:00",
        "2026-07-01",
        "自带工具",
        "待确认",
        "worker 录入",
    ):
        assert words in page.text, words


def test_the_recorder_is_told_who_may_confirm(worker: Browser, scribe: Scribe) -> None:
    (entry,) = scribe(account="worker")
    told = worker.page(f"{LOG}/{entry}").select_one(".notice").text  # type: ignore[union-attr]

    assert "office" in told
    assert "平安街道" in told
    assert "worker（" not in told
    assert "sunny_worker" not in told
    # Who only records or only administers may not confirm.
    assert "grid_worker" not in told
    assert "admin" not in told


def test_an_entry_that_waits_shows_what_it_would_bring(
    app: Flask, worker: Browser, scribe: Scribe, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    (entry,) = scribe()

    for path in (f"{LOG}/{entry}", LOG, f"/a/{HAPPY}/activities/{scribe.activity('清洁家园')}"):
        assert "2.00" in worker.page(path).text.split("预计")[1][:40], path


Path_ = Callable[[World, str, str], str]
FOREIGN: dict[str, Path_] = {
    "entry": lambda world, entry, activity: f"{LOG}/{entry}",
    "activity": lambda world, entry, activity: f"/a/{HAPPY}/activities/{activity}",
    "person": lambda world, entry, activity: f"{LOG}?person={world.people['sunny']}",
    "add to": lambda world, entry, activity: f"{LOG}/new?activity={activity}",
}


def _without_tokens(html: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", html)


@pytest.mark.parametrize("thing", FOREIGN)
def test_a22_a_foreign_id_looks_exactly_like_a_missing_one(
    app: Flask, worker: Browser, scribe: Scribe, world: World, thing: str
) -> None:
    (entry,) = scribe("sunny", ["sunny"], title="阳光义诊")
    path = FOREIGN[thing](world, entry, scribe.activity("阳光义诊"))
    foreign = worker.get(path)
    missing = worker.get(path[:-5] + "zzzzz")

    assert foreign.status_code == missing.status_code == 404
    assert _without_tokens(foreign.text) == _without_tokens(missing.text)
    with app.app_context(), read_scope() as session:
        denied = select(func.count()).select_from(AuditRow).where(AuditRow.result == DENIED)
        assert session.scalar(denied) == 2


def test_the_street_sees_what_its_communities_recorded(sign_in: SignIn, scribe: Scribe, world: World) -> None:
    (entry,) = scribe()
    office = sign_in(world.accounts["office"])

    assert names(office, f"/a/{STREET}/log") == ["李一"]
    assert "李一" in office.page(f"/a/{STREET}/log/{entry}").text


# Decisions.


def test_a_selection_is_confirmed_and_the_page_says_how_many(worker: Browser, scribe: Scribe) -> None:
    ids = scribe(people=["grid1", "grid2"])
    answer = worker.post(f"{LOG}/decide", {"id": ids, "outcome": "confirmed", "q": "清洁", "page": "1"})

    assert answer.status_code == 303
    assert answer.location.startswith(f"{LOG}?")
    assert "已确认 2 条记录" in worker.page(answer.location).text
    assert scribe.statuses() == [CONFIRMED, CONFIRMED]


def test_a27_a_selection_with_a_foreign_entry_changes_nothing(worker: Browser, scribe: Scribe) -> None:
    own = scribe(people=["grid1", "grid2"])
    foreign = scribe("sunny", ["sunny"], title="阳光义诊")

    assert worker.post(f"{LOG}/decide", {"id": [*own, *foreign], "outcome": "confirmed"}).status_code == 404
    assert set(scribe.statuses()) == {PENDING}


def test_a_selection_with_one_that_cannot_be_confirmed_changes_nothing(
    worker: Browser, scribe: Scribe
) -> None:
    own = scribe(people=["grid1", "grid2"])
    worker.post(f"{LOG}/decide", {"id": own[:1], "outcome": "voided", "reason": "重复"})
    answer = worker.post(f"{LOG}/decide", {"id": own, "outcome": "confirmed"})

    assert "已作废的记录不能恢复" in worker.page(answer.location).text
    assert scribe.statuses() == [VOIDED, PENDING]


REFUSED = [
    ({"outcome": "rejected"}, "原因"),
    ({"outcome": "voided", "reason": " "}, "原因"),
    ({"outcome": "paid"}, "请选择要对这些记录做什么"),
    ({"outcome": "confirmed", "id": []}, "请选择 1 至"),
]


@pytest.mark.parametrize(("form", "words"), REFUSED)
def test_a_decision_that_cannot_be_is_refused_with_its_cure(
    worker: Browser, scribe: Scribe, form: dict[str, object], words: str
) -> None:
    ids = scribe()
    answer = worker.post(f"{LOG}/decide", {"id": ids, **form})

    assert answer.status_code == 303
    assert words in worker.page(answer.location).select_one(".notice-danger").text  # type: ignore[union-attr]
    assert scribe.statuses() == [PENDING]


@pytest.mark.parametrize("role", ["grid_worker", "secretary"])
def test_who_may_only_look_decides_nothing(sign_in: SignIn, scribe: Scribe, world: World, role: str) -> None:
    ids = scribe("grid1")
    browser = sign_in(world.accounts[role])
    path = f"/a/{world.codes['grid1']}/log"

    assert browser.post(f"{path}/decide", {"id": ids, "outcome": "confirmed"}).status_code in (403, 404)
    assert scribe.statuses() == [PENDING]
    if role == "grid_worker":
        assert browser.page(path).select("input[data-pick]") == []


def test_a30_the_recorder_s_own_participation_is_refused(
    app: Flask, sign_in: SignIn, scribe: Scribe, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        from pointsys.core.accounts.models import Account

        session.get_one(Account, world.accounts["worker"]).person_id = world.person_ids["grid2"]
    ids = scribe(people=["grid2"], account="worker")
    worker = sign_in(world.accounts["worker"])
    answer = worker.post(f"{LOG}/decide", {"id": ids, "outcome": "confirmed"})

    assert "须由他人确认" in worker.page(answer.location).text
    assert scribe.statuses() == [PENDING]
    office = sign_in(world.accounts["office"])
    office.post(f"/a/{STREET}/log/decide", {"id": ids, "outcome": "confirmed"})
    assert scribe.statuses() == [CONFIRMED]


def test_a_decision_on_the_entry_s_page_leads_back_to_it(worker: Browser, scribe: Scribe) -> None:
    (entry,) = scribe()
    answer = worker.post(
        f"{LOG}/decide", {"id": entry, "entry": entry, "outcome": "voided", "reason": "记错了人"}
    )

    assert answer.location == f"{LOG}/{entry}"
    page = worker.page(answer.location)
    assert "worker 作废：记错了人" in page.text
    assert page.select("#decide") == []


def test_an_address_cannot_slip_entries_into_the_batch_form(worker: Browser, scribe: Scribe) -> None:
    (entry,) = scribe()
    bar = worker.page(f"{LOG}?id={entry}&outcome=voided&reason=x&q=清洁").select_one("form.batch-bar")

    hidden = {field["name"] for field in bar.select("input[type=hidden]")}  # type: ignore[union-attr]
    assert hidden == {"csrf_token", "q"}


def test_the_person_concerned_reads_the_reason(
    sign_in: SignIn, scribe: Scribe, world: World, app: Flask
) -> None:
    (entry,) = scribe(people=["grid1"])
    with app.app_context(), unit_of_work(drain=False) as session:
        found = session.scalars(select(Entry).where(Entry.public_id == entry)).one()
        decide(session, [found.id], VOIDED, "签到时间不符", SYSTEM)

    assert "签到时间不符" in sign_in(world.accounts["member"]).page("/me").text


def test_a_person_s_page_lists_what_they_did_here(worker: Browser, scribe: Scribe, world: World) -> None:
    scribe()
    scribe("sunny", ["grid1"], title="阳光义诊")
    section = worker.page(f"/a/{HAPPY}/people/{world.people['grid1']}").select_one("#entries")

    assert section is not None
    assert "清洁家园" in section.text
    # The link leads to this very person's entries, not to everybody's of that name.
    link = section.select_one("p a")
    assert link is not None
    assert names(worker, str(link["href"])) == ["李一"]


# Activities.


def test_the_list_of_activities_counts_people_hours_and_what_waits(worker: Browser, scribe: Scribe) -> None:
    scribe(people=["grid1", "grid2"])
    scribe("sunny", ["sunny"], title="阳光义诊")
    row = worker.page(f"/a/{HAPPY}/activities").select("tbody tr")

    assert len(row) == 1
    cells = {cell.get("data-label"): cell.get_text(strip=True) for cell in row[0].select("td")}
    assert cells["人员"] == "2"
    assert cells["到场时长"] == "4.00"
    assert "2" in cells["状态"]


def _plan(worker: Browser, activity: str, **form: str) -> int:
    start = {"start": "09:00", "end": "10:00", "break_minutes": "0", "organiser": "", "place": ""}
    return worker.post(f"/a/{HAPPY}/activities/{activity}/plan", {**start, **form}).status_code


def test_changing_the_plan_marks_everybody_who_took_part_and_is_audited(
    app: Flask, worker: Browser, scribe: Scribe, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    scribe(people=["grid1", "sunny"], confirm=True)
    activity = scribe.activity("清洁家园")
    assert _plan(worker, activity, organiser="社区居委会") == 303

    page = worker.page(f"/a/{HAPPY}/activities/{activity}")
    assert "2026-07-01 09:00 – 10:00" in page.text
    assert "社区居委会" in page.text
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "activity.planned")).one()
        assert (row.count, row.actor) == (2, "worker")


def test_the_plan_clips_what_is_credited(app: Flask, worker: Browser, scribe: Scribe, world: World) -> None:
    from pointsys.core.activity_log.credit import credited, entry_facts

    scribe(confirm=True)  # 09:00 to 11:00
    _plan(worker, scribe.activity("清洁家园"), start="09:30", end="10:30", break_minutes="15")

    with app.app_context(), read_scope() as session:
        (facts,) = entry_facts(session, [world.person_ids["grid1"]]).values()
        assert [credit.minutes for credit in credited(facts).values()] == [45]


BAD_PLANS: list[dict[str, str]] = [
    {"start": "09:00", "end": ""},
    {"start": "09:00", "end": "09:00"},
    {"break_minutes": "60"},
    {"break_minutes": "-5"},
    {"break_minutes": "many"},
    {"start": "25:00"},
    {"organiser": "长" * 101},
]


@pytest.mark.parametrize("form", BAD_PLANS)
def test_a_plan_that_cannot_be_is_refused_at_its_field(
    worker: Browser, scribe: Scribe, form: dict[str, str]
) -> None:
    scribe()

    assert _plan(worker, scribe.activity("清洁家园"), **form) == 422


def test_a_foreign_activity_cannot_be_planned(worker: Browser, scribe: Scribe) -> None:
    scribe("sunny", ["sunny"], title="阳光义诊")

    assert _plan(worker, scribe.activity("阳光义诊")) == 404


# Settings.


def test_who_confirms_is_set_for_the_area(sign_in: SignIn, worker: Browser, world: World, app: Flask) -> None:
    office = sign_in(world.accounts["office"])
    path = f"/a/{STREET}/settings"
    assert office.page(path).select_one("input[checked]")["value"] == "bulk"  # type: ignore[index]

    assert office.post(path, {"second_person": "always"}).status_code == 303
    assert office.page(path).select_one("input[checked]")["value"] == "always"  # type: ignore[index]
    assert office.page(f"/a/{SUNNY}/settings").select_one("input[checked]")["value"] == "always"  # type: ignore[index]
    assert worker.get(f"/a/{HAPPY}/settings").status_code == 403


def test_a_policy_that_does_not_exist_is_refused(sign_in: SignIn, world: World) -> None:
    office = sign_in(world.accounts["office"])
    office.post(f"/a/{STREET}/settings", {"second_person": "whatever"})

    chosen = office.page(f"/a/{STREET}/settings").select_one("input[checked]")
    assert chosen is not None
    assert chosen["value"] == "bulk"


def test_a_list_longer_than_its_page_is_confirmed_at_once_by_its_filters(
    worker: Browser, scribe: Scribe, app: Flask
) -> None:
    for number in range(21):
        scribe(title=f"清洁家园{number}")
    scribe(title="夜间巡逻")
    scribe("sunny", ("sunny",), title="清洁家园0")

    page = worker.page(f"{LOG}?q=清洁&size=20")
    form = page.select_one("form.list-act")
    assert form is not None
    assert "21" in form.get_text()
    worker.post(str(form["action"]), {"count": "21"})

    with app.app_context(), read_scope() as session:
        waiting = session.execute(select(Entry.title, Entry.area_id).where(Entry.status == PENDING)).all()
    assert sorted(title for title, _area in waiting) == ["夜间巡逻", "清洁家园0"]


def test_a_list_that_has_changed_since_it_was_looked_at_is_not_confirmed(
    worker: Browser, scribe: Scribe
) -> None:
    scribe()
    scribe(title="another")
    worker.post(f"{LOG}/confirm-list", {"count": "1"})

    assert scribe.statuses() == [PENDING, PENDING]


def test_a_list_with_ones_own_entry_is_not_confirmed(sign_in: SignIn, scribe: Scribe, world: World) -> None:
    scribe(people=("happy",))
    scribe(title="another")
    own = sign_in(world.accounts["worker"])
    with scribe.app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Account, world.accounts["worker"]).person_id = world.person_ids["happy"]
    own.post(f"{LOG}/confirm-list", {"count": "2"})

    assert scribe.statuses() == [PENDING, PENDING]
