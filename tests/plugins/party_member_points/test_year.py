"""A whole year by the forms of the pages, each step by the role that does it: from check-in to acknowledged letter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.documents.models import Document
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.core.work_calendar import import_calendar
from pointsys.plugins.party_member_points.letters.models import PointsLetter
from pointsys.plugins.party_member_points.quarters import chain
from pointsys.plugins.party_member_points.quarters.models import PointsSheet
from tests.browsers import SignIn, World
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

BRANCH, UNIT = "第一党支部", "区税务局"
# The first notice of 2027: without one nobody can say when five working days are over.
HOLIDAYS = "2027-01-01,holiday\n2027-02-06,holiday\n"
ACTIVITY = {"kind": "volunteer_service", "start": "09:00", "end": "12:00"}


@dataclass
class Office:
    """People at their browsers, on a clock that moves on."""

    sign_in: SignIn
    world: World
    clock: FixedClock

    @property
    def here(self) -> str:
        """The community's address."""
        return f"/a/{self.world.codes['happy']}"

    def on(self, day: date) -> None:
        """Ten in the morning of a day; everybody signs in anew."""
        self.clock.now = datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)

    def page(self, login: str, path: str) -> BeautifulSoup:
        """A page as somebody sees it."""
        return self.sign_in(self.world.accounts[login]).page(path)

    def send(self, login: str, path: str, action: str = "", **typed: Any) -> BeautifulSoup:
        """Open a page, fill in the form that leads to ``action``, send it, and see where it ends."""
        browser = self.sign_in(self.world.accounts[login])
        form = form_of(browser.page(path), path, action, typed)
        given = {**values_of(form), **typed}
        answer = browser.post(str(form.get("action") or path), given)
        if answer.status_code == 303:
            ended = browser.page(str(answer.location))
            told = [notice.get_text(" ", strip=True) for notice in ended.select(".notice-danger")]
            assert not told, (login, path, told)
            return ended
        page = BeautifulSoup(answer.data, "html.parser")
        told = [tag.get_text(" ", strip=True) for tag in page.select(".notice, .invalid-feedback")]
        raise AssertionError((login, path, answer.status_code, told))

    def refused(self, login: str, path: str, **typed: Any) -> None:
        """The act is not this one's: the server says no, or says who may."""
        answer = self.sign_in(self.world.accounts[login]).post(path, typed, follow_redirects=True)
        told = BeautifulSoup(answer.data, "html.parser").select(".alert-danger, .notice-danger")
        assert answer.status_code in (403, 404, 422) or told, (login, path)


def form_of(page: BeautifulSoup, path: str, action: str, typed: dict[str, Any]) -> Tag:
    """The form whose address ends with ``action`` and that has a place for everything typed."""
    places = {name.partition("-")[0] for name in typed}
    for form in page.select("main form[method=post]"):
        names = {
            str(tag.get("name", "")).partition("-")[0]
            for tag in form.select("input, select, textarea, button")
        }
        targets = [str(form.get("action") or path)]
        targets += [str(button["formaction"]) for button in form.select("[formaction]")]
        found = next((target for target in targets if target.endswith(action)), None)
        if found is not None and places <= names:
            form["action"] = found
            return form
    raise AssertionError((action, typed, [str(form.get("action")) for form in page.select("form")]))


def values_of(form: Tag) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched."""
    values: dict[str, Any] = {}
    for tag in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(tag["name"]), str(tag.get("type", ""))
        if kind in ("checkbox", "radio") and not tag.has_attr("checked"):
            continue
        if kind == "file" or name == "csrf_token":
            continue
        if tag.name == "select":
            chosen = tag.select_one("option[selected]") or tag.select_one("option")
            values[name] = str(chosen.get("value", "")) if chosen else ""
        elif tag.name == "textarea":
            values[name] = tag.get_text()
        else:
            values[name] = str(tag.get("value", ""))
    return values


@pytest.fixture
def office(world_party: Party, sign_in: SignIn, world: World, clock: FixedClock) -> Office:
    """A community where the plugin is on and the sample scheme rules."""
    return Office(sign_in, world, clock)


def link_in(page: BeautifulSoup, pattern: str) -> str:
    """The address of the first link that fits."""
    for link in page.select("main a[href]"):
        if re.search(pattern, str(link["href"])):
            return str(link["href"])
    raise AssertionError((pattern, [link["href"] for link in page.select("main a[href]")]))


def test_a_year_from_check_in_to_the_acknowledged_letter(app: Flask, office: Office) -> None:
    check_in(office)
    serve_and_claim(office)
    be_praised_and_warned(office)
    see_the_quarter_confirmed(app, office)
    be_graded(app, office)
    be_written_about(app, office)


def check_in(office: Office) -> None:
    """双报到: the member asks on the phone, a worker answers."""
    office.on(date(2026, 1, 5))
    office.send(
        "member", "/me/points/checkin", home_unit=UNIT, branch=BRANCH, on="2026-01-05",
        area=office.world.codes["happy"],
    )  # fmt: skip
    request = link_in(office.page("worker", f"{office.here}/points/checkins"), r"/points/checkins/\w{10,}")
    office.refused("member", f"{request}/answer", act="confirm")
    office.send("worker", request, "/answer", act="confirm")
    assert "10.00" in office.page("member", "/me/points").get_text()


def serve_and_claim(office: Office) -> None:
    """An activity is recorded once; the member claims a wish that nobody recorded."""
    office.on(date(2026, 2, 2))
    person = office.world.people["grid1"]
    for day in ("2026-01-10", "2026-02-01"):
        answer = office.sign_in(office.world.accounts["worker"]).post(
            f"{office.here}/log/new",
            {**ACTIVITY, "title": f"清洁家园 {day}", "day": day, "act": "record", "person": person},
        )
        assert answer.status_code == 303
    office.send(
        "member", "/me/points/claims/new/wish", title="帮邻居修水龙头", day="2026-02-01", words="漏了三天"
    )
    claim = link_in(office.page("member", "/me/points/claims"), r"/me/points/claims/\w{10,}")
    office.send("member", claim, "/submit")
    queue = f"{office.here}/points/claims"
    seen = link_in(office.page("secretary", queue), r"/points/claims/\w{10,}")
    office.send("secretary", seen, "/verify")
    office.refused("secretary", f"{queue}/confirm", id=seen.rsplit("/", 1)[1])
    office.send("committee", seen, "/confirm")


def be_praised_and_warned(office: Office) -> None:
    """An award by three people, and a deduction that the member hears of before anybody decides."""
    office.on(date(2026, 3, 10))
    new, name = f"{office.here}/points/awards/new", office.world.people["grid1"]
    office.send(
        "secretary", f"{new}?person={name}&item=honour&on_date=2026-03-08", on_date="2026-03-08",
        reason="守护河堤三晚", title="防汛先进", choice="street", matter="防汛",
    )  # fmt: skip
    award = link_in(office.page("worker", f"{office.here}/points/awards"), r"/points/awards/\w{10,}")
    office.send("worker", award, outcome="verified")
    office.refused("worker", award, outcome="confirmed")
    office.send("committee", award, outcome="confirmed")
    office.send(
        "secretary", f"{new}?person={name}&item=noshow&on_date=2026-03-09", on_date="2026-03-09",
        reason="认领后缺席",
    )  # fmt: skip
    waiting = link_in(
        office.page("worker", f"{office.here}/points/awards?queue=told"), r"/points/awards/\w{10,}"
    )
    office.refused("committee", waiting, outcome="confirmed")
    office.send("worker", waiting, outcome="told", how="visit", on_date="2026-03-10")
    assert "认领后缺席" in office.page("member", "/me/points/awards").get_text()
    office.send("committee", waiting, outcome="confirmed")


def see_the_quarter_confirmed(app: Flask, office: Office) -> None:
    """The sheet is up, the member objects, somebody without a part in it answers, a third one confirms."""
    office.on(date(2026, 4, 3))
    sheets = f"{office.here}/points/sheets"
    office.send("worker", f"{sheets}?year=2026", "/points/sheets", cut="2026-Q1")
    sheet = link_in(office.page("worker", f"{sheets}?year=2026"), r"/points/sheets/\w{10,}")
    office.send("worker", f"{sheet}/publish", "/publish", days="5")
    own = link_in(office.page("member", "/me/points/sheets"), r"/me/points/sheets/\w{10,}/objection")
    office.on(date(2026, 4, 8))
    office.send("member", own, text="二月的活动少算了")
    objection = link_in(office.page("office", f"{office.here}/objections"), r"/objections/\w{10,}")
    office.send("office", objection, outcome="rejected", text="二月只有一次活动，已按签到表核对")
    office.on(date(2026, 4, 30))
    office.refused("worker", f"{sheet}/confirm")
    office.refused("office", f"{sheet}/confirm")
    office.send("committee", sheet, "/confirm")
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(PointsSheet)).one()
        assert found.state == "confirmed"
        assert not chain.verify(session).faults
        assert chain.rebuild(session, found).equal
    # Six hours, a wish for two, an honour of the street for five; what was taken off is no matter of the wallet.
    assert "+13.00" in office.page("member", "/me/points/wallet").get_text()


def be_graded(app: Flask, office: Office) -> None:
    """The scorer proposes, the committee decides with a reason, the public sees it, somebody else confirms."""
    office.on(date(2027, 1, 20))
    with app.app_context():
        import_calendar(current_site().home, HOLIDAYS.encode())
    annual = f"{office.here}/points/annual"
    office.send("worker", annual, "/compute", period="2026", quota="1/3")
    result = link_in(office.page("worker", annual), r"/points/annual/\w{10,}")
    office.send("worker", result, "/propose")
    office.refused("worker", f"{result}/rest")
    office.send("committee", result, "/rest")
    office.send("committee", result, "/close", reference="党委会议纪要第 3 号")
    office.send("worker", f"{result}/publish", "/publish", days="5")
    office.on(date(2027, 2, 26))
    office.refused("committee", f"{result}/confirm")
    office.send("office", result, "/confirm")
    assert "不合格" in office.page("member", "/me/points/annual").get_text()


def be_written_about(app: Flask, office: Office) -> None:
    """The unit's liaison reads what concerns the unit's own people, and says so."""
    office.on(date(2027, 3, 1))
    office.send(
        "office", f"{office.here}/points/liaisons", "/liaisons", unit=UNIT, account=office_account(app)
    )
    letters = f"{office.here}/points/letters"
    chosen = office.page("worker", f"{letters}/new").select_one("main form[method=post] input[name=line]")
    assert chosen is not None
    office.send("worker", f"{letters}/new", "/letters/new", line=str(chosen["value"]))
    letter = link_in(office.page("liaison", "/me/points/unit"), r"/me/points/unit/letters/\w{10,}$")
    office.refused("secretary", f"{letter}/acknowledge")
    office.send("liaison", letter, "/acknowledge", note="已存入年度考核材料")
    pdf = office.sign_in(office.world.accounts["liaison"]).get(f"{letter}/pdf")
    assert pdf.data.startswith(b"%PDF")
    with app.app_context(), read_scope() as session:
        row = session.scalars(select(PointsLetter)).one()
        assert row.state == "acknowledged"
        document = session.get_one(Document, row.document_id)
        assert json.loads(document.snapshot)["holder"] == "李一"
        token = document.token
    checked = app.test_client().get(f"/verify/{token}").text
    assert "参考" in checked
    assert "李一" not in checked


def office_account(app: Flask) -> str:
    """The outside id of the liaison's account."""
    with app.app_context(), read_scope() as session:
        return str(session.scalar(select(Account.public_id).where(Account.login == "liaison")))
