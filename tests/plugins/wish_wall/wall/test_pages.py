"""The board, the list, one wish, and the walls: who sees what, and with how many statements."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask

from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.wall import reading
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, SUNNY

from .conftest import Wall
from .hanging import claimed, hang

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

PRIVATE = ("幸福路 3 栋", "13800138003")


def titles(browser: Browser, path: str, of: str = ".wish-title") -> list[str]:
    return [found.get_text(strip=True) for found in browser.page(path).select(of)]


def column(browser: Browser, key: str, path: str = f"/a/{HAPPY}/wishes/") -> list[str]:
    found = browser.page(path).select_one(f"section[aria-labelledby=column-{key}]")
    assert found is not None
    return [one.get_text(strip=True) for one in found.select(".wish-slip-title")]


def test_the_board_sorts_wishes_by_what_is_to_be_done(worker: Browser, wall: Wall) -> None:
    assert column(worker, "review") == ["请打 13900139000"]
    assert sorted(column(worker, "waiting")) == ["一盏台灯", "学用手机", "悄悄的心愿"]
    assert column(worker, "running") == ["陪伴散步"]
    assert column(worker, "confirming") == ["修水龙头"]
    assert column(worker, "done") == ["一副老花镜"]


def test_the_list_behind_a_column_holds_what_the_column_counts(worker: Browser, wall: Wall) -> None:
    at = f"/a/{HAPPY}/wishes/list?state="
    waiting = titles(worker, f"{at}published", "td.lead a")
    assert sorted(waiting) == ["一盏台灯", "学用手机", "悄悄的心愿"]
    # What was brought is no longer under way: it has a choice and a mark of its own.
    assert titles(worker, f"{at}claimed", "td.lead a") == ["陪伴散步"]
    assert titles(worker, f"{at}confirming", "td.lead a") == ["修水龙头"]
    assert "待确认" in worker.page(f"{at}confirming").select_one("table.list tbody").get_text()  # type: ignore[union-attr]


def test_the_card_of_claims_without_a_contact_leads_to_as_many(
    app: Flask, worker: Browser, wall: Wall, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        now = current_site().now()
        wish = hang(
            session,
            world.areas["grid1"],
            world.person_ids["grid1"],
            50,
            title="快到期的",
            state="claimed",
            taken=1,
        )
        claimed(
            session, wish, world.person_ids["happy"], contact_due=now + timedelta(days=1), reminded_at=now
        )
    card = worker.page(f"/a/{HAPPY}/").select_one('a[href*="claims?state=silent"]')
    assert card is not None
    assert card.select_one(".number-value").get_text(strip=True) == "1"  # type: ignore[union-attr]
    assert titles(worker, str(card["href"]), "td.lead a") == ["快到期的"]


def test_the_board_marks_personal_data_and_contacts_that_are_late(worker: Browser, wall: Wall) -> None:
    page = worker.page(f"/a/{HAPPY}/wishes/")
    review = page.select_one("section[aria-labelledby=column-review] .wish-warn")
    late = page.select_one("section[aria-labelledby=column-running] .wish-warn-late")
    assert review is not None
    assert late is not None


def test_the_board_is_narrowed_by_words_kind_and_round(worker: Browser, wall: Wall) -> None:
    at = f"/a/{HAPPY}/wishes/"
    assert column(worker, "waiting", f"{at}?q=悄悄") == ["悄悄的心愿"]
    assert column(worker, "waiting", f"{at}?q=2026-0002") == ["一盏台灯"]
    assert column(worker, "waiting", f"{at}?category=skill") == ["学用手机"]
    assert column(worker, "waiting", f"{at}?theme={wall.theme}") == ["一盏台灯"]


def test_a_column_says_how_many_it_has_beyond_those_it_shows(
    worker: Browser, wall: Wall, app: Flask, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        for number in range(100, 115):
            hang(session, world.areas["grid1"], world.person_ids["grid1"], number)
    page = worker.page(f"/a/{HAPPY}/wishes/")
    waiting = page.select_one("section[aria-labelledby=column-waiting]")
    assert waiting is not None
    assert len(waiting.select(".wish-slip")) == 10
    assert waiting.select_one("h2 span").get_text() == "18"  # type: ignore[union-attr]
    more = waiting.select_one("a.wish-more")
    assert more is not None
    assert "state=published" in str(more["href"])


def test_board_and_list_cost_the_same_whatever_hangs_there(
    app: Flask, worker: Browser, wall: Wall, world: World
) -> None:
    def cost(path: str) -> int:
        worker.get(path)
        with counted(app) as statements:
            worker.get(path)
        return len(statements)

    paths = [f"/a/{HAPPY}/wishes/", f"/a/{HAPPY}/wishes/list", f"/public/{HAPPY}/wishes/"]
    before = [cost(path) for path in paths]
    with app.app_context(), unit_of_work(drain=False) as session:
        for number in range(100, 110):
            hang(session, world.areas["grid1"], world.person_ids["grid1"], number)
    assert [cost(path) for path in paths] == before
    # Five of the frame of a plugin's page; the board asks for its slips and the rounds, the list for one thing more.
    assert before[0] <= 7
    assert before[1] <= 8


def test_the_list_finds_by_name_state_and_day_and_goes_into_a_file(worker: Browser, wall: Wall) -> None:
    at = f"/a/{HAPPY}/wishes/list"
    found = titles(worker, f"{at}?state=returned", "td.lead a")
    assert found == ["退回的心愿"]
    assert titles(worker, f"{at}?q=nobodyhere", "td.lead a") == []
    assert titles(worker, f"{at}?from=2026-07-11", "td.lead a") == []
    assert len(titles(worker, f"{at}?from=2026-07-02&to=2026-07-02", "td.lead a")) == 9
    # The first and the last day of all are no instants in every zone.
    assert found == titles(worker, f"{at}?state=returned&from=0001-01-01&to=9999-12-31", "td.lead a")
    sheet = openpyxl.load_workbook(io.BytesIO(worker.get(f"{at}?state=published&export=xlsx").data)).active
    assert sheet is not None
    text = str([tuple(row) for row in sheet.iter_rows(values_only=True)])
    assert "一盏台灯" in text
    assert "80.5" in text
    assert "退回的心愿" not in text
    assert "13800138003" not in text


def test_a_wish_shows_its_claims_its_history_and_what_can_be_done(worker: Browser, wall: Wall) -> None:
    page = worker.page(f"/a/{HAPPY}/wishes/wish/{wall.wishes['brought']}")
    text = page.get_text()
    assert "修好了" in text
    assert "13800138003" in text
    forms = [str(form["action"]) for form in page.select("#claims form")]
    assert [action.rsplit("/", 1)[-1].partition("#")[0] for action in forms] == ["confirm", "void"]
    returned = worker.page(f"/a/{HAPPY}/wishes/wish/{wall.wishes['returned']}")
    assert "请写具体一些" in returned.get_text()


def test_who_may_look_but_not_decide_sees_neither_buttons_nor_the_private_text(
    sign_in: SignIn, world: World, wall: Wall
) -> None:
    browser = sign_in(world.accounts["secretary"])
    page = browser.page(f"/a/{HAPPY}/wishes/wish/{wall.wishes['brought']}")
    assert page.select("#claims form") == []
    assert not any(words in page.get_text() for words in PRIVATE)


def test_a_wish_of_another_community_is_none(sign_in: SignIn, world: World, wall: Wall) -> None:
    browser = sign_in(world.accounts["sunny_worker"])
    assert browser.get(f"/a/{SUNNY}/wishes/wish/{wall.wishes['lamp']}").status_code == 404
    assert titles(browser, f"/a/{SUNNY}/wishes/list", "td.lead a") == []


def test_strangers_read_wish_and_code_and_nothing_of_the_wisher(app: Flask, wall: Wall) -> None:
    stranger = Browser(app)
    assert sorted(titles(stranger, f"/public/{HAPPY}/wishes/")) == ["一盏台灯", "学用手机"]
    assert titles(stranger, f"/public/{HAPPY}/wishes/?state=realized") == ["一副老花镜", "很久以前"]
    assert titles(stranger, f"/public/{HAPPY}/wishes/?category=skill") == ["学用手机"]
    assert titles(stranger, f"/public/{HAPPY}/wishes/?theme={wall.theme}") == ["一盏台灯"]
    assert titles(stranger, f"/public/{HAPPY}/wishes/?q=2026-0004") == ["学用手机"]
    page = stranger.get(f"/public/{HAPPY}/wishes/{wall.wishes['lamp']}")
    text = page.get_data(as_text=True)
    assert "2026-0002" in text
    assert "80.50" in text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert not any(words in text for words in (*PRIVATE, "周二", "李一"))


@pytest.mark.parametrize("name", ["new", "hidden", "returned"])
def test_what_does_not_hang_in_public_is_not_there(app: Flask, wall: Wall, name: str) -> None:
    stranger = Browser(app)
    missing = stranger.get(f"/public/{HAPPY}/wishes/nothing")
    hidden = stranger.get(f"/public/{HAPPY}/wishes/{wall.wishes[name]}")
    assert (missing.status_code, hidden.status_code) == (404, 404)


def test_the_signed_in_see_hidden_wishes_of_the_sub_district_too(
    sign_in: SignIn, world: World, wall: Wall
) -> None:
    browser = sign_in(world.accounts["member"])
    assert sorted(titles(browser, "/me/wishes/wall")) == ["一盏台灯", "学用手机", "悄悄的心愿"]
    page = browser.page(f"/me/wishes/wall/{wall.wishes['hidden']}")
    assert not any(words in page.get_text() for words in PRIVATE)
    assert browser.get(f"/me/wishes/wall/{wall.wishes['new']}").status_code == 404


def test_whoever_wished_for_it_or_is_on_it_is_not_asked_to_claim(
    sign_in: SignIn, world: World, wall: Wall, app: Flask
) -> None:
    browser = sign_in(world.accounts["member"])
    with app.app_context(), unit_of_work(drain=False) as session:
        mine = world.person_ids["grid1"]
        own = hang(session, world.areas["grid1"], mine, 50, title="自己的心愿").public_id
        shared = hang(session, world.areas["happy"], world.person_ids["happy"], 51, slots=3, taken=1)
        claimed(session, shared, mine)
        on_it = shared.public_id

    def offers(wish: str) -> bool:
        links = browser.page(f"/me/wishes/wall/{wish}").select(".wish-call a")
        return any(str(link["href"]).endswith("/claim") for link in links)

    found = browser.page("/me/wishes/wall").select(".wish-card")
    cards = {str(card.select_one(".wish-title a").string): card for card in found}  # type: ignore[union-attr]
    assert cards["一盏台灯"].select_one("a.btn") is not None
    assert cards["自己的心愿"].select_one("a.btn") is None
    assert cards["心愿51"].select_one("a.btn") is None
    assert offers(wall.wishes["lamp"])
    assert not offers(own)
    assert not offers(on_it)


def test_cards_are_printed_for_public_wishes_alone(worker: Browser, wall: Wall) -> None:
    at = f"/a/{HAPPY}/wishes/cards"
    answer = worker.post(at, {"wish": [wall.wishes["lamp"], wall.wishes["hidden"]], "size": "a4"})
    assert answer.data.startswith(b"%PDF")
    # A server that writes headers as bytes can send the file's Chinese name.
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert all(value.isascii() for value in answer.headers.values())
    refused = worker.post(at, {"wish": wall.wishes["hidden"], "size": "a6"})
    assert refused.status_code == 303
    assert len(titles(worker, at)) == 2


def test_the_first_pages_lead_to_the_wall(sign_in: SignIn, app: Flask, world: World, wall: Wall) -> None:
    member = sign_in(world.accounts["member"]).page("/me")
    assert member.select_one('a[href="/me/wishes/wall"]') is not None
    public = Browser(app).page(f"/public/{HAPPY}/").get_text()
    assert "一盏台灯" in public
    assert "悄悄的心愿" not in public


@pytest.mark.parametrize(
    ("title", "text", "more"),
    [
        ("一盏台灯", "一盏台灯", ""),
        ("一盏台灯", "一盏台灯，孩子写作业用", "孩子写作业用"),
        ("一盏台灯", "孩子写作业用", "孩子写作业用"),
        ("一盏台灯", "", ""),
    ],
)
def test_what_the_title_says_is_not_said_twice(
    app: Flask, world: World, title: str, text: str, more: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        wish = hang(
            session, world.areas["happy"], world.person_ids["happy"], 1, title=title, public_text=text
        )
        assert reading.wall_line(session, wish.id).more == more
