"""Checking in by oneself (S-53): replayed, forged, forwarded and raced codes, and the whole way on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.rate_limits import RateWindow
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.attendance.models import AttendanceMark, AttendanceSheet
from pointsys.plugins.attendance.scan.checking import listed
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import HAPPY, make_person
from tests.plugins.attendance.test_pages import make_list

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@dataclass
class Street:
    """A list of today from 09:00 to 11:00 with 李一 and 周二 on it; it is ten o'clock."""

    app: Flask
    path: str
    clock: FixedClock
    sign_in: SignIn
    world: World

    @property
    def sheet(self) -> str:
        """The list's outside id."""
        return self.path.rpartition("/")[2]

    def code(self, what: str = "screen") -> str:
        """The address in the picture that is shown now, or the six digits."""
        with self.app.app_context(), read_scope() as session:
            codes = listed(session.scalars(select(AttendanceSheet)).one())
            if what == "digits":
                return str(codes.spoken(self.clock()))
            token = codes.poster() if what == "poster" else codes.screen(self.clock())
            return f"/public/{HAPPY}/attendance/{self.sheet}/{token}"

    def marks(self) -> list[tuple[str, str, str, bool]]:
        """Name, method, state and whether it is to be verified, of those who have a stamp."""
        with self.app.app_context(), read_scope() as session:
            query = select(Person.name, AttendanceMark).join(Person, Person.id == AttendanceMark.person_id)
            return [
                (name, mark.method or mark.out_method, "out" if mark.out_at else "in", mark.verify)
                for name, mark in session.execute(query.order_by(AttendanceMark.id))
                if mark.in_at or mark.out_at
            ]

    def phone(self, place: str) -> Browser:
        """Somebody's phone, signed in; 李一 has an account already."""
        if place not in self.world.accounts:
            with self.app.app_context(), unit_of_work(drain=False) as session:
                person = session.get_one(Person, self.world.person_ids[place])
                account = accounts.create_account(session, f"phone_{place}", SYSTEM, person_id=person.id)
                self.world.accounts[place] = account.id
        return self.sign_in(self.world.accounts[place])


@pytest.fixture
def street(app: Flask, world: World, worker: Browser, clock: FixedClock, sign_in: SignIn) -> Street:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "attendance", True, SYSTEM)
    return Street(app, make_list(worker), clock, sign_in, world)


def scan(browser: Browser, address: str) -> str:
    """Open what a picture holds; where it leads to."""
    answer = browser.get(address)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_the_whole_way_from_the_screen_to_home(street: Street, worker: Browser) -> None:
    screen = worker.page(f"{street.path}/screen")
    assert screen.select_one("img[data-picture]") is not None
    now = worker.get(f"{street.path}/screen/now").json
    assert now is not None
    assert (now["came"], now["people"], now["step"]) == (0, 2, 15)
    phone = street.phone("member")

    button = scan(phone, street.code())
    page = phone.page(button)
    # Looking is not checking in, however often: previews of links look too.
    phone.page(button)
    assert street.marks() == []
    assert page.select_one("button[value=in]") is not None
    done = phone.post(button, {"act": "in"})

    assert (done.status_code, done.location) == (303, "/me/attendance")
    assert street.marks() == [("李一", "qr", "in", False)]
    assert "在场" in phone.page("/me/attendance").text or "清洁家园" in phone.page("/me/attendance").text
    street.clock.advance(minutes=20)
    phone.post(scan(phone, street.code()), {"act": "out"})
    assert street.marks() == [("李一", "qr", "out", False)]


def test_replay_of_a_code_and_of_a_press(street: Street) -> None:
    phone = street.phone("member")
    address = street.code()
    button = scan(phone, address)
    phone.post(button, {"act": "in"})
    phone.post(button, {"act": "in"})
    assert len(street.marks()) == 1
    street.clock.advance(minutes=1)
    phone.post(button, {"act": "out"})

    street.clock.advance(minutes=4, seconds=1)
    assert phone.get(address).status_code == 410
    assert phone.post(button, {"act": "in"}).status_code == 410
    assert street.marks() == [("李一", "qr", "out", False)]


def test_forged_codes_tickets_and_lists_are_nothing(street: Street) -> None:
    phone = street.phone("member")
    real = street.code()
    place, _slash, token = real.rpartition("/")
    step, _dot, signature = token.partition(".")
    for wrong in (f"{int(step, 16) + 1:x}.{signature}", f"{step}.{'A' * 16}", "p.AAAA", "x", "0"):
        assert phone.get(f"{place}/{wrong}").status_code == 410
    button = scan(phone, real)
    way, _slash, ticket = button.rpartition("/")
    for wrong in (ticket[:-1] + ("A" if ticket[-1] != "A" else "B"), "s1.x", "z" + ticket[1:]):
        assert phone.get(f"{way}/{wrong}").status_code == 410
        assert phone.post(f"{way}/{wrong}", {"act": "in"}).status_code == 410
    assert phone.get(real.replace(street.sheet, "nosuchsheet00000")).status_code == 404
    assert street.marks() == []


def test_forwarded_tickets_do_not_work_on_another_phone(street: Street) -> None:
    button = scan(street.phone("member"), street.code())
    other = street.phone("grid2")

    assert other.get(button).status_code == 410
    assert other.post(button, {"act": "in"}).status_code == 410
    # Nor does the address in the picture once two steps have passed.
    address = street.code()
    street.clock.advance(seconds=30)
    assert other.get(address).status_code == 410
    assert street.marks() == []


def test_somebody_who_still_has_to_sign_in_comes_back_to_the_button(street: Street) -> None:
    stranger = Browser(street.app)
    button = scan(stranger, street.code())
    answer = stranger.get(button)

    assert answer.status_code == 302
    assert urlsplit(answer.location).path.startswith("/sign-in") or "sign" in answer.location
    assert button.rpartition("/")[2] in unquote(answer.location)
    assert stranger.post(button, {"act": "in"}).status_code == 302
    assert street.marks() == []


def test_printed_static_code_only_yields_to_be_verified(street: Street, worker: Browser) -> None:
    assert worker.page(f"{street.path}/poster").select_one(".att-poster img") is not None
    phone = street.phone("member")
    street.clock.advance(minutes=10)
    phone.post(scan(phone, street.code("poster")), {"act": "in"})

    assert street.marks() == [("李一", "poster", "in", True)]
    row = worker.page(street.path).select_one("#row-1 .att-settle")
    assert row is not None
    worker.post(f"{street.path}/mark", {"row": "1", "act": "right"})
    assert street.marks() == [("李一", "poster", "in", False)]
    worker.post(f"{street.path}/renew")
    assert phone.get(street.code("screen")).status_code == 303


def test_renewed_codes_make_photos_and_posters_worthless(street: Street, worker: Browser) -> None:
    phone = street.phone("member")
    old = [street.code("poster"), street.code()]
    button = scan(phone, old[1])
    worker.post(f"{street.path}/renew")

    assert [phone.get(address).status_code for address in old] == [410, 410]
    assert phone.post(button, {"act": "in"}).status_code == 410


def test_six_digits_lead_to_the_button_and_tries_are_limited(street: Street) -> None:
    phone = street.phone("member")
    digits = street.code("digits")
    wrong = f"{(int(digits) + 7) % 1_000_000:06d}"
    answer = phone.post("/me/attendance/code", {"digits": f"{digits[:3]} {digits[3:]}"})
    assert answer.status_code == 303
    phone.post(str(answer.location), {"act": "in"})
    assert street.marks() == [("李一", "code", "in", False)]

    codes = [phone.post("/me/attendance/code", {"digits": wrong}).status_code for _try in range(10)]
    assert codes == [422] * 9 + [429]
    # Used up is used up, for the right ones too.
    assert phone.post("/me/attendance/code", {"digits": digits}).status_code == 429
    with street.app.app_context(), read_scope() as session:
        assert session.scalar(select(RateWindow.used).where(RateWindow.name == "attendance.code")) == 10
    # Lists of another community are not guessed at from here.
    assert street.phone("sunny").post("/me/attendance/code", {"digits": digits}).status_code == 422


def test_somebody_unexpected_walks_in_by_scanning(street: Street) -> None:
    phone = street.phone("sunny")
    phone.post(scan(phone, street.code()), {"act": "in"})

    assert street.marks() == [("孙阳", "qr", "in", False)]


def test_a_forgotten_sign_in_is_told_at_the_way_out(street: Street) -> None:
    phone = street.phone("member")
    button = scan(phone, street.code())
    assert phone.page(button).select_one("button[value=out]") is not None
    phone.post(button, {"act": "out"})

    assert street.marks() == [("李一", "qr", "out", False)]


def test_a_code_works_on_the_day_alone(street: Street) -> None:
    street.clock.advance(days=1)
    phone = street.phone("member")
    answer = phone.post(scan(phone, street.code()), {"act": "in"})

    assert answer.status_code == 422
    assert street.marks() == []


def test_a_press_without_network_arrives_later_and_waits_to_be_verified(
    street: Street, worker: Browser
) -> None:
    phone = street.phone("member")
    button = scan(phone, street.code())
    pressed = street.clock() + timedelta(minutes=1)
    street.clock.advance(minutes=25)
    # The phone's clock is ten minutes fast: the server's counts.
    fast = timedelta(minutes=10)
    late = {
        "act": "in",
        "said": str(int((pressed + fast).timestamp() * 1000)),
        "sent": str(int((street.clock() + fast).timestamp() * 1000)),
        "idempotency_key": "0123456789abcdef0123456789abcdef",
    }
    queued = button.replace("/here/", "/queued/")
    first, again = phone.post(queued, late), phone.post(queued, late)

    assert (first.json, again.json) == ({"state": "arrived", "text": first.json["text"]}, first.json)  # type: ignore[index]
    assert street.marks() == [("李一", "offline", "in", True)]
    with street.app.app_context(), read_scope() as session:
        mark = session.scalars(select(AttendanceMark).where(AttendanceMark.in_at.is_not(None))).one()
        assert mark.in_at == pressed
        assert mark.raw_in == pressed + fast
    # Longer than the ticket held, and before the phone was switched on: nothing.
    for said in (pressed + fast + timedelta(minutes=10), pressed - timedelta(days=3)):
        wrong = {**late, "said": str(int(said.timestamp() * 1000)), "idempotency_key": "f" * 32}
        assert phone.post(queued, wrong).status_code == 422
    # A clock at the end of the calendar would be no time of day here.
    last = {"said": "253402300799000", "sent": "253402300799000", "idempotency_key": "e" * 32}
    fresh = scan(phone, street.code()).replace("/here/", "/queued/")
    assert phone.post(fresh, {**late, **last, "act": "out"}).status_code == 422
    # What is not verified is not recorded.
    worker.post(f"{street.path}/close")
    assert "att-settle" in str(worker.page(street.path).select_one("#row-1"))


def test_a_phone_leaves_the_same_mark_wherever_it_is_used_and_nothing_else(street: Street) -> None:
    phone = street.phone("member")
    phone.post(scan(phone, street.code()), {"act": "in"})
    # The couple's other half signs in on the same phone.
    cookie = phone.client.get_cookie("pointsys_device")
    assert cookie is not None
    other = street.phone("grid2")
    other.client.set_cookie("pointsys_device", cookie.value)
    other.post(scan(other, street.code()), {"act": "in"})

    with street.app.app_context(), read_scope() as session:
        devices = session.scalars(select(AttendanceMark.device)).all()
    assert len(set(devices)) == 1
    assert re.fullmatch("[0-9a-f]{16}", devices[0])
    assert cookie.value not in devices


def test_a_walk_in_from_the_roster_keeps_its_place_on_the_list(street: Street, worker: Browser) -> None:
    with street.app.app_context(), unit_of_work(drain=False) as session:
        name = make_person(session, session.get_one(Area, street.world.areas["grid1"]), "新来者").name
    worker.post(f"{street.path}/people", {"names": name, "now": "1"})

    assert ("新来者", "tap", "in", False) in street.marks()
