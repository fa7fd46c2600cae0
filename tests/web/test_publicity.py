"""Pages of notices: the staff's centre, what the public reads and prints, and what is gone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest
from flask import Flask

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import rename_area
from pointsys.core.objections import services as objections
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.publicity import services
from pointsys.core.publicity.models import Publicity
from pointsys.core.publicity.services import Notice
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.core.test_publicity import NOTICE

Post = Callable[..., str]


@pytest.fixture
def post(app: Flask, world: World) -> Post:
    """Posts a notice of 幸福社区 in the name of its worker; returns its outside id."""

    def posted(notice: Notice = NOTICE, place: str = "happy", **kwargs: str) -> str:
        with app.app_context(), unit_of_work(drain=False) as session:
            account = session.get_one(Account, world.accounts["worker"])
            area = session.get_one(Area, world.areas[place])
            actor = Actor(account.login, account_id=account.id)
            return services.publish(session, area, notice, actor, **kwargs).public_id

    return posted


def state_of(app: Flask, public_id: str) -> str:
    """The state of a notice."""
    with app.app_context(), read_scope() as session:
        found = services.find_public(session, public_id)
        assert found is not None
        return found[0].state


def public(world: World, public_id: str, place: str = "happy") -> str:
    """The public address of a notice."""
    return f"/public/{world.codes[place]}/publicity/{public_id}"


def test_anybody_reads_a_notice_without_signing_in(app: Flask, world: World, post: Post) -> None:
    stranger = Browser(app)
    address = public(world, post())
    response = stranger.get(address)
    page = stranger.page(address)

    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.select_one('meta[name="robots"]')["content"] == "noindex, nofollow"  # type: ignore[index]
    assert [cell.get_text() for cell in page.select("table.list tbody tr:first-child td")] == [
        "1",
        "张*",
        "12.50",
    ]
    text = page.get_text(" ")
    assert "2026-07-13 – 2026-07-17" in text
    assert "2026-07-17（含当日）" in text
    assert page.select_one('a[href^="/me/publicity/"]') is not None


def test_the_printed_sheet_has_all_that_a_notice_needs(app: Flask, world: World, post: Post) -> None:
    public_id = post()
    page = Browser(app).page(public(world, public_id) + "/print")
    text = " ".join(page.get_text(" ").split())

    for part in ("幸福社区党员积分公示", "2026-07-13 – 2026-07-17", "5 个工作日", "监督电话", "（盖章）"):
        assert part in text
    image = page.select_one(".sheet-qr img")
    assert image is not None
    assert str(image["src"]).startswith("data:image/svg+xml")
    assert str(image["alt"]).endswith(public(world, public_id))
    assert page.select_one("thead th") is not None
    style = Browser(app).get("/static/publicity.css").text
    assert "counter(page)" in style
    assert "counter(pages)" in style
    assert "table-header-group" in style


def test_a33_what_is_withdrawn_says_when_and_why_and_nothing_more(
    app: Flask, world: World, post: Post, worker: Browser
) -> None:
    public_id = post()
    address = f"/a/{world.codes['happy']}/publicity/{public_id}/withdraw"
    worker.post(address, {"why": "mistake", "reason": "李四不该在名单上"})

    stranger = Browser(app)
    for path in (public(world, public_id), public(world, public_id) + "/print"):
        response = stranger.get(path)
        assert response.status_code == 410
        assert "名单有误" in response.text
        assert "2026-07-10" in response.text
        for hidden in ("张*", "12.50", "李四"):
            assert hidden not in response.text


def test_a_replaced_notice_leads_to_the_new_one(app: Flask, world: World, post: Post) -> None:
    first = post()
    second = post(replacing="漏了一人")
    page = Browser(app).page(public(world, first), 410)

    assert page.select_one(f'a[href="{public(world, second)}"]') is not None
    assert "漏了一人" not in page.get_text()


def test_a_notice_answers_under_its_own_area_alone_and_under_its_former_code(
    app: Flask, world: World, post: Post
) -> None:
    public_id = post()
    stranger = Browser(app)
    for path in (
        public(world, public_id, "sunny"),
        public(world, public_id, "street"),
        public(world, "zzzz"),
    ):
        assert stranger.get(path).status_code == 404
    former = public(world, public_id)
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["happy"])
        rename_area(session, area, area.name, SYSTEM, code="990101001009")
    assert stranger.get(former).status_code == 200
    assert stranger.get(f"/public/990101001009/publicity/{public_id}").status_code == 200


def test_the_centre_lists_notices_with_countdown_and_open_objections(
    app: Flask, world: World, post: Post, sign_in: SignIn, clock: FixedClock
) -> None:
    worker = sign_in(world.accounts["worker"])
    code = world.codes["happy"]
    assert "这里还没有公示" in worker.page(f"/a/{code}/publicity").get_text()
    public_id = post()
    with app.app_context(), unit_of_work(drain=False) as session:
        objections.take_objection(session, PUBLICITY, public_id, "少了", "王五", SYSTEM)
    assert "2026-07-13 起公示" in worker.page(f"/a/{code}/publicity").get_text()

    clock.now = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
    worker = sign_in(world.accounts["worker"])
    cells = [td.get_text(" ", strip=True) for td in worker.page(f"/a/{code}/publicity").select("tbody td")]
    assert cells[:6] == [
        "幸福社区党员积分公示", "幸福社区", "公示中", "2026-07-13 – 2026-07-17", "还剩 3 个工作日", "1",
    ]  # fmt: skip
    clock.now = datetime(2026, 7, 18, 2, 0, tzinfo=UTC)
    worker = sign_in(world.accounts["worker"])
    assert "待确认" in worker.page(f"/a/{code}/publicity?state=due").select("tbody td")[4].get_text()
    assert worker.page(f"/a/{code}/publicity?state=confirmed").select("tbody td") == []


def test_the_centre_costs_the_same_however_many_notices_there_are(
    app: Flask, world: World, post: Post, worker: Browser
) -> None:
    code = world.codes["happy"]

    def cost() -> int:
        with counted(app) as statements:
            worker.page(f"/a/{code}/publicity")
        return sum(statement != "BEGIN" for statement in statements)

    post()
    one = cost()
    for number in range(6):
        post(replace(NOTICE, period=str(2000 + number)))
    assert cost() == one <= 5


def test_a_notice_is_confirmed_on_its_page_by_somebody_else(
    app: Flask, world: World, post: Post, worker: Browser, sign_in: SignIn, clock: FixedClock
) -> None:
    public_id = post()
    page = f"/a/{world.codes['happy']}/publicity/{public_id}"
    assert "异议期到 2026-07-17 为止" in worker.page(page).get_text()
    worker.post(page + "/confirm")
    assert state_of(app, public_id) == "posted"

    clock.now = datetime(2026, 7, 18, 2, 0, tzinfo=UTC)
    worker, office = (sign_in(world.accounts[name]) for name in ("worker", "office"))
    refusal = worker.post(page + "/confirm", follow_redirects=True)
    assert "须由别人确认" in refusal.text
    assert state_of(app, public_id) == "posted"
    office.post(page + "/confirm")
    assert state_of(app, public_id) == "confirmed"
    assert "office 作为第二人确认" in office.page(page).get_text()


def test_a_call_is_written_down_and_keeps_the_notice_from_being_confirmed(
    app: Flask, world: World, post: Post, worker: Browser, sign_in: SignIn, clock: FixedClock
) -> None:
    public_id = post()
    page = f"/a/{world.codes['happy']}/publicity/{public_id}"
    worker.post(page + "/objections", {"caller": "王建国", "text": "第2行少了一次"})

    shown = worker.page(page).get_text(" ")
    assert "王*（电话或当面提出）" in " ".join(shown.split())
    assert "王建国" not in shown
    # The public reads that somebody objected, not who or what.
    text = Browser(app).page(public(world, public_id)).get_text()
    assert "收到 1 件，已答复 0 件" in text
    assert "第2行少了一次" not in text
    clock.now = datetime(2026, 7, 18, 2, 0, tzinfo=UTC)
    office = sign_in(world.accounts["office"])
    office.post(page + "/confirm")
    assert state_of(app, public_id) == "posted"


def test_the_spreadsheet_holds_the_frozen_rows(world: World, post: Post, worker: Browser) -> None:
    response = worker.get(f"/a/{world.codes['happy']}/publicity/{post()}/sheet.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]  # type: ignore[union-attr]
    assert rows[0][0] == "幸福社区党员积分公示 2026-07-13 – 2026-07-17"
    assert rows[1:] == [["姓名", "总分"], ["张*", "12.50"], ["李*", "3.00"]]


@pytest.mark.parametrize("act", ["", "/confirm", "/withdraw", "/objections", "/sheet.xlsx"])
def test_a_foreign_notice_looks_like_a_missing_one(
    world: World, post: Post, sign_in: SignIn, act: str, app: Flask
) -> None:
    public_id = post()
    sunny = sign_in(world.accounts["sunny_worker"])
    answers = set()
    for notice in (public_id, "zzzzzzzzzzzzzzzz"):
        path = f"/a/{world.codes['sunny']}/publicity/{notice}{act}"
        form = {"why": "mistake", "reason": "x", "caller": "王", "text": "x"}
        posts = act in ("/confirm", "/withdraw", "/objections")
        answers.add((sunny.post(path, form) if posts else sunny.get(path)).status_code)
    assert answers == {404}
    assert state_of(app, public_id) == "posted"


@pytest.mark.parametrize("role", ["grid_worker", "secretary"])
def test_those_who_only_look_find_no_button(world: World, post: Post, sign_in: SignIn, role: str) -> None:
    place = "grid1" if role == "grid_worker" else "happy"
    page = sign_in(world.accounts[role]).page(f"/a/{world.codes[place]}/publicity/{post(place=place)}")

    assert [form["action"] for form in page.select("main form")] == []


def test_a_stored_text_that_does_not_fit_its_hash_is_said_so(
    app: Flask, world: World, post: Post, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = post()
    monkeypatch.setattr("pointsys.core.publicity.queries.hash_of", lambda text: "0" * 64)

    assert "与校验值不符" in Browser(app).page(public(world, public_id)).get_text()
    assert "与校验值不符" in worker.page(f"/a/{world.codes['happy']}/publicity/{public_id}").get_text()


def test_a_notice_shows_no_digits_of_phones_or_ids(app: Flask, world: World, post: Post) -> None:
    with app.app_context(), read_scope() as session:
        assert session.get(Publicity, 1) is None
    text = Browser(app).get(public(world, post()) + "/print").text
    assert re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.sub(r"99010100\d+", "", text)) is None
