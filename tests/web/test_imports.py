"""The import wizard: upload or paste, name columns, look, import, undo; and the page for a chat's list."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsys.core.activity_log.models import Entry
from pointsys.core.batches import Batch, BatchRow
from pointsys.core.jobs import queue, services
from pointsys.core.jobs.running import run_waiting
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.spreadsheet import read_rows
from pointsys.web import background
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import HAPPY, SUNNY
from tests.sheets import LOG_HEADER, csv_of, id_number, xlsx_of

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
START = f"/a/{HAPPY}/imports/"
PEOPLE = csv_of(
    ("姓名", "手机", "身份证号"), ("张伟", "13900001234", id_number(15)), ("李静", "13900001235", "")
)
BAD = csv_of(
    ("姓名", "手机", "身份证号"), ("张伟", "13900001234", id_number(15)), ("王芳", "139", ""), ("", "", "1")
)
RECENT = csv_of(LOG_HEADER, ("2026-07-01", "清洁家园", "志愿服务", "李一", "13800138003", "09:00", "11:00"))


def upload(
    browser: Browser, data: bytes, kind: str = "people", name: str = "名册.csv", **form: str
) -> TestResponse:
    """Send a file to the wizard."""
    fields = {"kind": kind, "file": (io.BytesIO(data), name), **form}
    return browser.post(START, fields, content_type="multipart/form-data")


def page_of(browser: Browser, response: TestResponse) -> BeautifulSoup:
    """The page that an answer leads to."""
    assert response.status_code == 303, BeautifulSoup(response.data, "html.parser").get_text()
    return browser.page(response.location)


def batch_path(response: TestResponse) -> str:
    """The address of the batch that an upload made."""
    assert response.status_code == 303
    return str(response.location).partition("?")[0]


def at(tag: Tag, selector: str) -> Tag:
    """The one element there."""
    found = tag.select_one(selector)
    assert found is not None, selector
    return found


def cards(page: BeautifulSoup) -> dict[str, str]:
    """The number cards of a page."""
    return {
        at(card, ".number-title").get_text(strip=True): at(card, ".number-value").get_text(strip=True)
        for card in page.select(".number-card")
    }


def number_of(app: Flask, model: type) -> int:
    """The rows of a table."""
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_roster_goes_from_file_to_preview_to_people(app: Flask, worker: Browser) -> None:
    before = number_of(app, Person)
    answer = upload(worker, PEOPLE)
    page = page_of(worker, answer)

    assert cards(page)["新增"] == "2"
    assert number_of(app, Person) == before
    result = page_of(worker, worker.post(batch_path(answer) + "/apply"))
    assert cards(result)["新增"] == "2"
    assert number_of(app, Person) == before + 2
    assert "139****1234" in worker.page(f"/a/{HAPPY}/people?q=张伟").get_text()


def test_the_sample_workbooks_through_the_browser(app: Flask, worker: Browser) -> None:
    for kind, file, created in (
        ("people", "people.xlsx", EXPECTED["people"]["created"]),
        ("activity_log", "activity-log.xlsx", EXPECTED["activity_log"]["entries"]),
        ("activity_log", "activity-log-gbk.csv", EXPECTED["csv"]["entries"]),
    ):
        answer = upload(worker, (SAMPLES / file).read_bytes(), kind, file)
        page = page_of(worker, answer)
        assert cards(page)["新增"] == f"{created:,}", page.get_text()
        worker.post(batch_path(answer) + "/apply", {"skip_errors": "1"})
    assert number_of(app, Entry) == EXPECTED["activity_log"]["entries"] + EXPECTED["csv"]["entries"]


def test_the_preview_shows_every_fault_by_row_and_column_and_gives_the_rows_back(worker: Browser) -> None:
    answer = upload(worker, BAD)
    page = page_of(worker, answer)
    text = page.get_text(" ", strip=True)

    assert cards(page)["有误"] == "2"
    rows = [
        [cell.get_text(strip=True) for cell in row.select("td")]
        for row in page.select("#rows ~ .list-wrap tr")
    ]
    assert [row[:2] for row in rows if row] == [["3", "手机"], ["4", "姓名"]]
    # The phones of the good rows stay out of the page.
    assert "13900001234" not in text
    file = worker.get(batch_path(answer) + "/errors.xlsx")
    book = read_rows(file.data, "errors.xlsx")
    assert book.rows[0] == ["姓名", "手机", "身份证号", "错误原因"]
    assert [row[0] for row in book.rows[1:]] == ["王芳", ""]
    assert all(str(row[3]) for row in book.rows[1:])


def test_rows_at_fault_are_left_out_only_when_the_user_says_so(app: Flask, worker: Browser) -> None:
    before = number_of(app, Person)
    path = batch_path(upload(worker, BAD))

    worker.post(path + "/apply")
    assert number_of(app, Person) == before
    worker.post(path + "/apply", {"skip_errors": "1"})
    assert number_of(app, Person) == before + 1
    # The faulty rows can still be fetched afterwards.
    assert worker.get(path + "/errors.xlsx").status_code == 200


def test_a_double_click_makes_one_batch_and_the_same_file_later_is_told(app: Flask, worker: Browser) -> None:
    first, second = upload(worker, PEOPLE), upload(worker, PEOPLE)
    assert batch_path(first) == batch_path(second)
    for _ in range(2):
        worker.post(batch_path(first) + "/apply")
    assert number_of(app, Batch) == 1
    again = page_of(worker, upload(worker, PEOPLE))

    assert "这个文件以前导入过" in again.get_text()
    assert cards(again)["已存在"] == "2"


def test_pasted_cells_are_a_file_too(worker: Browser) -> None:
    answer = worker.post(START, {"kind": "people", "text": "姓名\t手机\n赵敏\t13900009999\n"})

    assert cards(page_of(worker, answer))["新增"] == "1"


ROSTER = csv_of(("姓名", "性别", "手机号码", "所在网格"), ("张伟", "男", "13900001234", "第1网格"))


@pytest.mark.parametrize(
    ("data", "kind", "likelier"),
    [
        (RECENT, "people", "活动记录表"),
        (ROSTER, "activity_log", "人员名册"),
        (RECENT, "activity_log", None),
        (ROSTER, "people", None),
    ],
)
def test_a_sheet_of_the_other_kind_is_told_before_it_makes_people(
    worker: Browser, data: bytes, kind: str, likelier: str | None
) -> None:
    page = page_of(worker, upload(worker, data, kind))

    told = [text for notice in page.select(".notice-warning") if "看起来是" in (text := notice.get_text())]
    assert [likelier in text for text in told if likelier] == ([True] if likelier else [])
    assert bool(told) == bool(likelier)


def test_an_empty_file_is_not_taken_for_none(worker: Browser) -> None:
    answer = upload(worker, b"", name="签到表.csv")

    assert answer.status_code == 422
    assert "“签到表.csv”是空的" in answer.get_data(as_text=True)


def test_columns_that_nobody_knows_are_asked_for_once(app: Flask, worker: Browser) -> None:
    rows = [("花名册",), ("谁", "号码"), ("张伟", "13900001234")]
    answer = upload(worker, csv_of(*rows))
    page = page_of(worker, answer)
    assert [option["value"] for option in page.select("#header-row option")] == ["-1", "0", "1", "2"]

    worker.post(batch_path(answer) + "/columns", {"header": "1", "column-0": "name", "column-1": "phone"})
    assert cards(worker.page(batch_path(answer)))["新增"] == "1"
    worker.post(batch_path(answer) + "/discard")
    again = upload(worker, csv_of(*rows, ("李静", "13900001235")))
    assert cards(page_of(worker, again))["新增"] == "2"


def test_columns_without_a_name_among_them_are_refused_with_a_sentence(worker: Browser) -> None:
    answer = upload(worker, csv_of(("谁", "号码"), ("张伟", "13900001234")))
    page = page_of(worker, worker.post(batch_path(answer) + "/columns", {"header": "0", "column-1": "phone"}))

    assert "姓名" in at(page, ".notice-danger").get_text()


def test_a_workers_old_entries_wait_and_the_page_says_for_whom(
    app: Flask, world: World, worker: Browser
) -> None:
    rows = [("2026-05-01", "清洁家园", "志愿服务", "李一", "13800138003", "09:00", "11:00")]
    answer = upload(worker, csv_of(LOG_HEADER, *rows), "activity_log")

    assert "office" in at(page_of(worker, answer), ".notice-warning").get_text()
    worker.post(batch_path(answer) + "/apply")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Entry.status)).all() == ["pending"]
    assert "office" in worker.page(batch_path(answer)).get_text()


def test_an_import_is_undone_with_a_reason(app: Flask, worker: Browser) -> None:
    path = batch_path(upload(worker, RECENT, "activity_log"))
    worker.post(path + "/apply")

    worker.post(path + "/undo", {"reason": ""})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Entry.status)).all() == ["pending"]
    worker.post(path + "/undo", {"reason": "传错了"})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Entry.status)).all() == ["voided"]
        assert session.scalars(select(Batch.state)).all() == ["undone"]


def test_a_discarded_import_is_gone_with_its_rows(app: Flask, worker: Browser) -> None:
    path = batch_path(upload(worker, PEOPLE))
    worker.post(path + "/discard")

    assert number_of(app, BatchRow) == 0
    assert worker.post(path + "/apply").status_code == 303
    assert number_of(app, Person) == 5


@pytest.mark.parametrize(
    ("data", "name", "form"),
    [
        (b"", "", {"text": " "}),
        (b"not a workbook", "x.xlsx", {}),
        (PEOPLE, "x.exe", {}),
        (PEOPLE, "x.csv", {"text": "姓名\n张伟"}),
        (xlsx_of(("姓名",), ("张伟",)), "x.xlsx", {"sheet": "没有"}),
        (PEOPLE, "x.csv", {"accept_late": "长" * 300}),
    ],
)
def test_what_cannot_be_read_is_refused_on_the_form(
    worker: Browser, data: bytes, name: str, form: dict[str, str]
) -> None:
    answer = upload(worker, data, name=name, **form)

    assert answer.status_code == 422
    assert BeautifulSoup(answer.data, "html.parser").select_one(".notice-danger") is not None


def work_off(app: Flask) -> None:
    """Do the jobs that wait, as a worker's thread would."""
    with app.app_context():
        run_waiting("test:1")
        queue.close_queue()


def test_a_large_sheet_is_worked_on_while_the_page_shows_how_far_it_is(
    app: Flask, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "INLINE_ROWS", 0)
    answer = upload(worker, PEOPLE)
    assert worker.page(batch_path(answer)).select_one("progress") is not None
    work_off(app)
    assert cards(worker.page(batch_path(answer)))["新增"] == "2"
    worker.post(batch_path(answer) + "/apply")
    assert b"hx-get" in worker.get(batch_path(answer) + "/progress").data
    work_off(app)

    assert number_of(app, Person) == 7
    assert worker.get(batch_path(answer) + "/progress").headers["HX-Refresh"] == "true"


def test_a_large_import_that_was_cut_off_is_finished_by_another_process(
    app: Flask, worker: Browser, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "INLINE_ROWS", 0)
    answer = upload(worker, PEOPLE)
    work_off(app)
    worker.post(batch_path(answer) + "/apply")
    with app.app_context():
        with unit_of_work(drain=False) as session:
            (public_id,) = services.sweep(session)
            assert services.claim(session, public_id, "dead:1") is not None
            batch = session.scalars(select(Batch)).one()
            batch.state, batch.beat_at = "applying", clock.now
    clock.advance(minutes=4)
    work_off(app)

    assert number_of(app, Person) == 7


def test_a_refusal_in_the_background_is_kept_for_the_page(
    app: Flask, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "INLINE_ROWS", 0)
    answer = upload(worker, BAD)
    work_off(app)
    worker.post(batch_path(answer) + "/apply")
    work_off(app)

    assert worker.page(batch_path(answer)).select_one(".notice-danger") is not None


@pytest.mark.parametrize("state", ["staging", "applying"])
def test_an_interrupted_import_offers_to_go_on_or_discard(app: Flask, worker: Browser, state: str) -> None:
    path = batch_path(upload(worker, PEOPLE))
    with app.app_context(), unit_of_work(drain=False) as session:
        session.scalars(select(Batch)).one().state = state
    at_work = worker.get(path + "/progress")
    assert b"hx-get" in at_work.data
    with app.app_context(), unit_of_work(drain=False) as session:
        batch = session.scalars(select(Batch)).one()
        batch.beat_at -= timedelta(minutes=5)
    page = worker.page(path)
    assert page.select_one(f'form[action="{path}/discard"]') is not None
    assert (page.select_one(f'form[action="{path}/apply"]') is not None) == (state == "applying")
    worker.post(path + ("/apply" if state == "applying" else "/discard"))

    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Batch.state)).one() == (
            "committed" if state == "applying" else "discarded"
        )


def test_templates_hold_every_column_and_can_be_imported_back(worker: Browser) -> None:
    for kind in ("people", "activity_log"):
        book = read_rows(worker.get(f"{START}templates/{kind}.xlsx").data, "template.xlsx")
        assert "姓名" in book.rows[0]
        assert "手机号码" in book.rows[0]
    assert worker.get(f"{START}templates/other.xlsx").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 403), ("grid_worker", 404), ("sunny_worker", 404), ("member", 404)]
)
def test_only_staff_of_the_area_import(
    sign_in: SignIn, world: World, worker: Browser, who: str, status: int
) -> None:
    path = batch_path(upload(worker, PEOPLE))
    other = sign_in(world.accounts[who])

    for address in (START, path, path + "/errors.xlsx"):
        assert other.get(address).status_code == status
    for address in (START, path + "/apply", path + "/undo", path + "/discard", path + "/columns"):
        assert other.post(address, {"kind": "people"}).status_code == status


def test_a_batch_of_another_area_looks_like_a_missing_one(
    sign_in: SignIn, world: World, worker: Browser
) -> None:
    path = batch_path(upload(worker, PEOPLE))
    office = sign_in(world.accounts["office"])

    assert office.get(path).status_code == 200
    assert office.get(path.replace(HAPPY, SUNNY)).status_code == 404


CHAT = "#接龙\n清洁家园\n1. 钱福(带手套)\n2. 外来客\n3. 钱福\n4. 李一\n"


def test_a_chat_list_is_looked_up_and_recorded(app: Flask, world: World, worker: Browser) -> None:
    page = BeautifulSoup(worker.post(f"{START}roster", {"text": CHAT}).data, "html.parser")
    assert cards(page) == {"在册": "2", "不在册": "1", "重复": "1"}
    ticked = [box["value"] for box in page.select('input[name="people"][checked]')]
    assert ticked == [world.people["happy"], world.people["grid1"]]
    kind = at(page, "#kind option")
    form = {
        "text": CHAT, "people": ticked, "new": ["外来客"], "kind": kind["value"], "title": "清洁家园",
        "day": "2026-07-04", "start": "09:00", "end": "11:00",
    }  # fmt: skip
    refused = worker.post(f"{START}roster/record", {**form, "end": "08:00"})
    assert refused.status_code == 422
    answer = worker.post(f"{START}roster/record", form)

    assert answer.status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 3
        assert (
            session.scalars(select(Person.area_id).where(Person.name == "外来客")).one()
            == world.areas["happy"]
        )


def test_the_text_above_a_chat_list_fills_the_form_in(worker: Browser) -> None:
    text = "#接龙\n7月4日(周六)下午2:00-4:30清洁家园\n1. 钱福"
    page = BeautifulSoup(worker.post(f"{START}roster", {"text": text}).data, "html.parser")

    assert [at(page, f"#{name}")["value"] for name in ("day", "start", "end")] == [
        "2026-07-04",
        "14:00",
        "16:30",
    ]


def test_a_text_without_names_is_refused_on_the_form(worker: Browser) -> None:
    answer = worker.post(f"{START}roster", {"text": "大家好"})

    assert answer.status_code == 422
    assert b"invalid-feedback" in answer.data
