"""Pages of claims in a browser: whom a wish is for is told to its claimers alone, and only while their claim lives."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import Decision
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit.models import AuditRow
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.claims import personal
from pointsys.plugins.wish_wall.dispatch.models import (
    WishesLiaison,
    WishesOrganisation,
    WishesOrganisationMember,
)
from pointsys.plugins.wish_wall.models import WishesClaim, WishesWish
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.wish_wall.wall.hanging import hang

SECRET = "幸福路 3 栋 2 单元 502"


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


@pytest.fixture
def wish(app: Flask, world: World) -> str:
    """A wish of 钱福 with four places; its outside id."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        happy, wisher = world.areas["happy"], world.person_ids["happy"]
        return str(hang(session, happy, wisher, 1, slots=4, title="一盏台灯").public_id)


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一 on a phone."""
    return sign_in(world.accounts["member"])


@pytest.fixture
def wisher(app: Flask, sign_in: SignIn, world: World) -> Browser:
    """钱福 on a phone."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "qian", SYSTEM, person_id=world.person_ids["happy"])
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["happy"]), SYSTEM)
        account_id = account.id
    return sign_in(account_id)


def claimed(member: Browser, wish: str, **form: object) -> str:
    """The address of a new claim's page."""
    answer = member.post(f"/me/wishes/wall/{wish}/claim", {"qty": "1", **form})
    assert answer.status_code == 303, answer.text[-4000:]
    return str(answer.location)


def told(browser: Browser, path: str) -> str:
    """The words of a page."""
    return browser.page(path).get_text(" ", strip=True)


def photo() -> tuple[io.BytesIO, str]:
    """A small photo."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "JPEG")
    data.seek(0)
    return data, "a.jpg"


def test_from_the_rules_to_the_thanks_on_two_phones(
    app: Flask, member: Browser, wisher: Browser, worker: Browser, world: World, wish: str
) -> None:
    start = f"/me/wishes/wall/{wish}/claim"
    assert SECRET not in told(member, start)
    assert "钱福" not in told(member, start)
    path = claimed(member, wish, qty="4")
    assert SECRET in told(member, path)
    assert "钱福" in told(member, path)
    assert "一盏台灯" in told(member, "/me/wishes/claims")
    # Whoever is on it is led to the claim, not asked to claim again.
    again = member.page(start)
    assert again.select_one("#team") is None
    assert again.select_one(f'a[href="{path}"]') is not None

    assert member.post(f"{path}/contact").status_code == 303
    nothing = member.post(f"{path}/deliver", {"proof": ""})
    assert nothing.status_code == 422
    assert "说说" in nothing.text or "照片" in nothing.text
    done = member.post(
        f"{path}/deliver", {"proof": "送到了", "photos": photo()}, content_type="multipart/form-data"
    )
    assert done.status_code == 303
    pictures = re.findall(r'src="([^"]*/photos/[^"]*)"', member.get(path).text)
    assert member.get(pictures[0]).mimetype == "image/jpeg"

    thanks = f"/me/wishes/thanks/{path.rsplit('/', 1)[1]}"
    page = wisher.page(thanks)
    assert wisher.get(page.select_one("ul.photos img")["src"]).mimetype == "image/jpeg"  # type: ignore[index,arg-type]
    assert "送到了" in page.get_text()
    assert wisher.post(thanks, {"rating": "9"}).status_code == 422
    said = {"rating": "4", "thanks": "太好了", "hours": "1", "more": "30"}
    assert wisher.post(thanks, said).status_code == 303
    assert "太好了" in told(wisher, thanks)
    # Nobody comes to know the address of a wish that is done.
    after = told(member, path)
    assert "太好了" in after
    assert SECRET not in after
    # Neither does the history of the entry say whose wish it was; the log keeps who confirmed.
    record = told(member, "/me/entries") + member.get("/me/entries.csv").text
    assert "qian" not in record
    assert record.count("服务对象") == 2
    with app.app_context(), read_scope() as session:
        decision = session.scalars(select(Decision)).one()
        account = session.scalars(select(Account).where(Account.login == "qian")).one()
        assert decision.account_id == account.id
        confirmed = select(AuditRow.actor).where(AuditRow.event == "entries.confirmed")
        assert session.scalars(confirmed).all() == ["qian"]
    staff = told(worker, f"/a/{world.codes['happy']}/wishes/claims")
    assert "一盏台灯" in staff
    assert "李一" in staff
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesClaim.minutes)).one() == 90


def test_what_one_knew_is_hidden_when_the_claim_ends(
    member: Browser, wisher: Browser, worker: Browser, world: World, wish: str
) -> None:
    path = claimed(member, wish)
    assert member.post(f"{path}/release").status_code == 303
    text = told(member, path)
    assert SECRET not in text
    assert "钱福" not in text
    again = claimed(member, wish)
    claim = again.rsplit("/", 1)[1]
    worker.post(
        f"/a/{world.codes['happy']}/wishes/wish/{wish}/revoke", {"claim": claim, "reason": "电话打不通"}
    )
    text = told(member, again)
    assert "电话打不通" in text
    assert SECRET not in text
    # Of others' claims nobody reads anything, the wisher included.
    assert wisher.get(again).status_code == 404
    assert member.get(f"/me/wishes/thanks/{claim}").status_code == 404
    assert worker.get(again).status_code == 404


def test_a_team_is_named_by_name_and_phone_and_nothing_is_told_of_the_roster(
    member: Browser, world: World, wish: str
) -> None:
    address = f"/me/wishes/wall/{wish}/claim"
    for line in ("周二", "周二 0004", "没有人 8004", "周二 李一 8004"):
        answer = member.post(address, {"qty": "1", "team": line})
        assert answer.status_code == 422
        assert "不明确" in answer.text, line
    assert member.post(address, {"qty": "1", "team": "钱福 8001"}).status_code == 422
    path = claimed(member, wish, team="周二 8004\n孙阳，8002")
    assert "李一、周二、孙阳" in told(member, path)


def test_a_claim_that_comes_too_late_says_so_and_leads_back_to_the_wall(
    app: Flask, member: Browser, world: World, wish: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        row = session.scalars(select(WishesWish)).one()
        row.taken, row.state = 4, "claimed"
    answer = member.post(f"/me/wishes/wall/{wish}/claim", {"qty": "1"})
    assert answer.status_code == 422
    assert "/me/wishes/wall" in answer.text
    with app.app_context(), unit_of_work(drain=False) as session:
        session.scalars(select(WishesWish)).one().state = "submitted"
    assert member.get(f"/me/wishes/wall/{wish}/claim").status_code == 404
    assert member.post(f"/me/wishes/wall/{wish}/claim", {"qty": "1"}).status_code == 404


def test_pressing_twice_claims_once(member: Browser, wish: str) -> None:
    form = {"qty": "1", "idempotency_key": "0123456789abcdef"}
    first = claimed(member, wish, **form)
    assert claimed(member, wish, **form) == first


def test_a_liaison_claims_for_the_unit_with_people_of_it(
    app: Flask, sign_in: SignIn, world: World, wish: str
) -> None:
    now_worker = sign_in(world.accounts["liaison"])
    with app.app_context(), unit_of_work(drain=False) as session:
        site = current_site()
        unit = WishesOrganisation(
            area_id=world.areas["happy"], name="供电所", kind="unit", created_at=site.now(), created_by="t"
        )
        session.add(unit)
        session.flush()
        session.add(
            WishesLiaison(
                organisation_id=unit.id, account_id=world.accounts["liaison"], from_on=site.today(),
                linked_at=site.now(), linked_by="t",
            )
        )  # fmt: skip
        session.add(
            WishesOrganisationMember(
                organisation_id=unit.id,
                person_id=world.person_ids["grid2"],
                added_at=site.now(),
                added_by="t",
            )
        )
        unit_id = unit.public_id
    page = now_worker.page(f"/me/wishes/wall/{wish}/claim")
    assert "供电所" in page.get_text()
    path = claimed(now_worker, wish, qty="2", organisation=unit_id)
    assert SECRET in told(now_worker, path)
    refused = now_worker.post(f"{path}/deliver", {"proof": "好了", "member": world.people["street"]})
    assert refused.status_code == 422
    assert (
        now_worker.post(f"{path}/deliver", {"proof": "好了", "member": world.people["grid2"]}).status_code
        == 303
    )
    assert "周二" in told(now_worker, path)
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesClaim.person_id)).one() is None
        assert (
            session.scalars(select(Person.name).where(Person.id == world.person_ids["grid2"])).one() == "周二"
        )


def test_the_office_relists_and_confirms_on_the_page_of_the_wish(
    app: Flask, member: Browser, worker: Browser, wisher: Browser, world: World, wish: str
) -> None:
    base = f"/a/{world.codes['happy']}/wishes/wish/{wish}"
    with app.app_context(), unit_of_work(drain=False) as session:
        session.scalars(select(WishesWish)).one().state = "expired"
    assert worker.post(f"{base}/relist").location == base
    path = claimed(member, wish, qty="4")
    claim = path.rsplit("/", 1)[1]
    worker.post(f"{base}/confirm", {"claim": claim, "rating": "5"})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesClaim.state)).one() == "active"
    member.post(f"{path}/deliver", {"proof": "送到了"})
    worker.post(f"{base}/confirm", {"claim": claim, "rating": "5", "minutes": "45"})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesWish.state)).one() == "realized"
    worker.post(f"{base}/void", {"claim": claim, "reason": "没有送到"})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesWish.state)).one() == "published"
    # The wisher reads that it hangs again, and not why: that is between the office and the claimers.
    own = [told(wisher, path) for path in ("/me/wishes", f"/me/wishes/{wish}")]
    assert all("认领已撤销，心愿重新挂出" in text and "没有送到" not in text for text in own)
    path = claimed(member, wish, qty="4")
    assert "认领已撤销，心愿重新挂出" not in told(wisher, "/me/wishes")
    # Nothing is cut without a word.
    revoke = {"claim": path.rsplit("/", 1)[1], "reason": "长" * 201}
    worker.post(f"{base}/revoke", revoke)
    assert "理由最多200字" in worker.get(base).text
    assert worker.post(f"{base}/void", {"claim": "nothing", "reason": "x"}).status_code == 404
    assert member.post(f"{base}/confirm", {"claim": claim, "rating": "5"}).status_code == 404


def test_lists_ask_as_many_statements_whatever_the_numbers(
    app: Flask, member: Browser, worker: Browser, world: World, wish: str
) -> None:
    found: dict[str, list[int]] = {}
    for round_no in range(2):
        with app.app_context(), unit_of_work(drain=False) as session:
            for number in range(1 + 2 * round_no):
                row = hang(
                    session, world.areas["happy"], world.person_ids["happy"], 100 + 10 * round_no + number
                )
                from tests.plugins.wish_wall.wall.hanging import claimed as put

                put(session, row, world.person_ids["grid1"])
        for browser, path in (
            (member, "/me/wishes/claims"),
            (worker, f"/a/{world.codes['happy']}/wishes/claims"),
        ):
            browser.get(path)
            with counted(app) as statements:
                assert browser.get(path).status_code == 200
            found.setdefault(path, []).append(len(statements))
    assert all(len(set(counts)) == 1 for counts in found.values()), found


def test_the_phone_and_the_workbench_say_what_waits(
    member: Browser, worker: Browser, wisher: Browser, world: World, wish: str
) -> None:
    path = claimed(member, wish)
    assert "联系" in told(member, "/me")
    member.post(f"{path}/deliver", {"proof": "送到了"})
    assert "心愿已送达" in told(wisher, "/me") or "送到" in told(wisher, "/me")
    assert "/wishes/claims?state=delivered" in worker.get(f"/a/{world.codes['happy']}/").text


def test_the_office_speaks_for_a_unit_without_an_account_and_somebody_else_confirms(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, wish: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.scalars(select(WishesWish)).one().state = "expired"
        now = current_site().now()
        unit = WishesOrganisation(
            area_id=world.areas["street"], name="供电所", kind="unit", created_at=now, created_by="t"
        )
        session.add(unit)
        session.flush()
        session.add(
            WishesOrganisationMember(
                organisation_id=unit.id, person_id=world.person_ids["grid2"], added_at=now, added_by="t"
            )
        )
    page = f"/a/{world.codes['happy']}/wishes/wish/{wish}"
    chosen = worker.page(page).select_one("select[name=organisation] option")
    assert chosen is not None
    assert worker.post(f"{page}/assign", {"organisation": chosen["value"]}).status_code == 303
    form = worker.page(page).select_one(f"form[action^='{page}/deliver#claim-']")
    assert form is not None
    claim = form.select_one("input[name=claim]")
    member = form.select_one("input[name=member]")
    assert claim is not None
    assert member is not None
    # Each form of each claim is known again when what was typed is given back after a refusal.
    kept = {str(one["action"]) for one in worker.page(page).select("form[data-keep]")}
    assert {f"{page}/{act}#claim-{claim['value']}" for act in ("deliver", "revoke")} <= kept
    worker.post(f"{page}/contact", {"claim": claim["value"]})
    worker.post(
        f"{page}/deliver",
        {"claim": claim["value"], "proof": "装好了", "member": member["value"], "photos": photo()},
        content_type="multipart/form-data",
    )
    shown = worker.page(page)
    picture = shown.select_one("ul.photos img")
    assert picture is not None
    assert worker.get(str(picture["src"])).mimetype == "image/jpeg"
    worker.post(f"{page}/confirm", {"claim": claim["value"], "rating": "5"})
    assert "须由未参与此事的人来确认" in worker.get(page).text
    sign_in(world.accounts["office"]).post(f"{page}/confirm", {"claim": claim["value"], "rating": "5"})
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(WishesWish.state)).one() == "realized"


def test_erasing_takes_the_words_and_leaves_that_a_wish_was_fulfilled(
    app: Flask, member: Browser, wisher: Browser, world: World, wish: str
) -> None:
    path = claimed(member, wish)
    member.post(f"{path}/deliver", {"proof": "送到了"})
    wisher.post(f"/me/wishes/thanks/{path.rsplit('/', 1)[1]}", {"rating": "5", "thanks": "谢谢小李"})
    with app.app_context(), unit_of_work(drain=False) as session:
        row = world.person_ids["grid1"]
        held = personal.export(session, row, [row])["claims"]
        assert isinstance(held, list)
        assert (held[0]["what_was_brought"], held[0]["thanks"]) == ("送到了", "谢谢小李")
        assert SECRET not in str(held)
        theirs = world.person_ids["happy"]
        assert "谢谢小李" in str(personal.export(session, theirs, [theirs])["brought_to_me"])
        personal.erase(session, row, [row])
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(WishesClaim)).one()
        assert (found.state, found.delivery_note, found.thanks) == ("confirmed", "", "")
