"""S-58: what all outputs together tell of a phone, an ID number and a name; attacks A74, A75 and A79.

One walk by every role over every page, file and answer for programs, with forms that carry the numbers, is looked at
twice: what the masks leave open is laid one over the other, and what was kept of the numbers is looked for in the log,
in addresses and in everything on the disk.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsys import limits
from pointsys.access import PUBLIC
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.documents.models import Document
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, update_person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.logging_json import start_logging, stop_logging
from tests.browsers import Browser
from tests.security.conftest import Populated
from tests.security.routes import MAY, Route, routes

# Digits that stand in no code and no date of the site: of one who is there, and of one who is brought in.
PHONE, ID_NUMBER = "15926483071", "11010519780423713X"
NEW_PHONE, NEW_ID = "18837265904", "110228196511192463"
NAME = "欧阳玛珂"
READERS = ("office", "worker", "grid_worker", "secretary", "member", "system", "security", "auditor")
# One's own data, as it is, for oneself.
OWN = ("member /me/privacy/my-data.json",)
MASKED = re.compile(r"(?<![\d*])(?=[\d*]*\*)[\d*]{8,18}(?![\d*])")
ADDRESS = re.compile(r"""(?:href|action|src|hx-[a-z]+|formaction)=["']([^"']*)["']""")


@dataclass
class Walk:
    """What came back, place by place, the addresses that pages lead to, and the lines of the log."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    log: str = ""
    home: Path = Path()

    def note(self, place: str, answer: TestResponse, *, keep: bool = True) -> str:
        """Look at an answer; with ``keep`` its words are to be masked ones."""
        text = texts_of(answer)
        self.addresses |= {unescape(found) for found in ADDRESS.findall(text)}
        self.addresses.add(str(answer.location or ""))
        assert answer.status_code < 500, place
        if keep:
            self.texts.append((place, text))
        return text


def name_one(populated: Populated) -> None:
    """A person whose data can be told from all else."""
    with populated.app.app_context(), unit_of_work() as session:
        person = session.get_one(Person, int(populated.realm.things["grid1"]["person_id"]))
        update_person(
            session, person, PersonData(NAME, person.area_id, phone=PHONE, id_number=ID_NUMBER), SYSTEM
        )


@pytest.fixture(scope="module")
def walk(populated: Populated) -> Iterator[Walk]:
    """The walk of all roles, and what it left."""
    made, lines = Walk(home=populated.home), io.StringIO()
    populated.reset()
    name_one(populated)
    handler = start_logging("json", lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "WALK_LIMIT", 1_000_000)
        try:
            for role in READERS:
                read_everything(populated, role, made)
            write_with_numbers(populated, made)
        finally:
            stop_logging(handler)
    made.log = lines.getvalue()
    yield made
    populated.reset()


@pytest.fixture
def marked(fresh: Populated) -> Populated:
    """The site with that person and nothing done."""
    name_one(fresh)
    return fresh


def read_everything(populated: Populated, role: str, made: Walk) -> None:
    """Open each address; lists also on paper and as a file."""
    browser, things = populated.sign_in(role), populated.realm.things["grid1"]
    populated.forget_limits()
    for route in known_routes(populated, token=False):
        # Refusals are all alike: one role runs into them.
        allowed = route.access.permission is None or role in MAY[route.access.permission]
        if not allowed and role != "member":
            continue
        path = route.path(things)
        text = made.note(f"{role} {path}", browser.get(path))
        if "export=xlsx" in text:
            form = "xlsx" if role == "office" else "csv"
            made.note(f"{role} {path} printed", browser.get(f"{path}?print=1"))
            made.note(f"{role} {path} {form}", browser.get(f"{path}?export={form}"))
    secret = populated.realm.secrets.get(role)
    for route in known_routes(populated, token=True) if secret else ():
        path = route.path(things)
        made.note(f"{role} {path}", browser.get(path, headers={"Authorization": f"Bearer {secret}"}))


def known_routes(populated: Populated, *, token: bool) -> list[Route]:
    """The addresses to open whose things are there."""
    there = populated.realm.things["grid1"]
    found = routes(populated.app, token=token)
    return [route for route in found if route.verb == "GET" and set(route.kinds.values()) <= set(there)]


def write_with_numbers(populated: Populated, made: Walk) -> None:
    """Send forms and bodies with the numbers in them, right ones and wrong ones, as people do in a day."""
    worker, stranger, code = (
        populated.sign_in("worker"),
        Browser(populated.app),
        populated.realm.codes["happy"],
    )
    here, person = f"/a/{code}", populated.realm.things["grid1"]["person"]
    new = {"name": "王新来", "area": code, "phone": NEW_PHONE, "id_number": NEW_ID}
    sheet = f"姓名\t手机\t身份证号\n王小五\t{NEW_PHONE}\t{ID_NUMBER}\n李\t{PHONE}\t{NEW_ID}1\n{NEW_ID}\t1\t2"
    for wanted in (NAME, PHONE, PHONE[-4:], ID_NUMBER, NEW_PHONE):
        text = made.note("find", worker.post(f"{here}/people/find", {"q": wanted}), keep=False)
        made.texts.append((f"find {wanted[:2]}…", re.sub(r'value="[^"]*"', "", text)))
        made.note("search in the address", worker.get(f"{here}/people?q={wanted}"), keep=False)
        made.note("a person by number", worker.get(f"{here}/people/{wanted}"))
    for form in (new, {**new, "name": NEW_ID}, {**new, "id_number": NEW_ID[:-1] + "0"}, new):
        made.note("new person", worker.post(f"{here}/people/new", form), keep=False)
    made.note(
        "edit", worker.post(f"{here}/people/{person}/edit", {"name": NAME, "phone": f"{PHONE}9"}), keep=False
    )
    for kind in ("phone", "id_number"):
        form = {"field": kind, "reason": "电话联系"}
        shown = made.note("unmask", worker.post(f"{here}/people/{person}/unmask", form), keep=False)
        assert (PHONE if kind == "phone" else ID_NUMBER) in shown
    staged = worker.post(f"{here}/imports/", {"kind": "people", "text": sheet})
    made.note("upload", staged, keep=False)
    for part in ("", "/errors.xlsx", "/apply", ""):
        place = str(staged.location).partition("?")[0].rstrip("/") + part
        answer = worker.post(place) if part == "/apply" else worker.get(place)
        made.note(f"import {part}", answer, keep=False)
    order = worker.post(f"{here}/people/export", {"reason": "核对名册", "form": "csv"})
    made.note("order", order)
    assert PHONE in made.note("fetch", worker.post(f"{order.location}/file"), keep=False)
    made.note("names", worker.post(f"{here}/imports/roster", {"text": f"接龙\n1. {NAME}"}))
    for login in (PHONE, NEW_PHONE, ID_NUMBER):
        made.note(
            "sign-in", stranger.post("/sign-in", {"login": login, "password": "Wrong-horse-77"}), keep=False
        )
        made.note("code", stranger.post("/code", {"name": login, "code": "12345678"}), keep=False)
    made.note("verify", stranger.post("/verify", {"number": ID_NUMBER, "code": PHONE}), keep=False)
    secret = populated.realm.secrets["worker"]
    for turn, body in enumerate(({**new, "name": "王再来"}, {**new, "sex": NEW_ID}, {"phone": NEW_PHONE})):
        answer = worker.client.post(
            f"/api/v1/areas/{code}/people",
            json=body,
            headers={
                "Authorization": f"Bearer {secret}",
                "Idempotency-Key": f"key-of-body-{turn}",
            },
        )
        made.note("program", answer, keep=False)


def texts_of(answer: TestResponse) -> str:
    """What an answer says, sheets unpacked, escapes undone."""
    if answer.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    kind = answer.mimetype or ""
    text = "" if kind.startswith(("image/", "application/pdf")) else answer.get_data(as_text=True)
    if kind == "application/json" and text:
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return text + unescape(text)


def test_a74_all_masks_together_show_seven_digits_of_a_phone_and_none_of_an_id_number(walk: Walk) -> None:
    masks: dict[str, set[str]] = {}
    for place, text in walk.texts:
        if place in OWN:
            continue
        # Neither the whole nor what a mask hides; the birth date is told as a date, to those who may know it.
        for part in (PHONE[:7], PHONE[3:], ID_NUMBER[:7], ID_NUMBER[8:], ID_NUMBER[-5:]):
            assert part not in text, (place, part)
        for mask in MASKED.findall(re.sub(r"<[^>]*>", " ", text)):
            masks.setdefault(mask, set()).add(place)
    own = [mask for mask in masks if len(mask) == len(PHONE) and fits(mask, PHONE)]
    assert len(set().union(*(masks[mask] for mask in own))) >= 6, "too few outputs with masks for this test"
    assert len({place for mask in own for place, char in enumerate(mask) if char != "*"}) == 7
    assert not [mask for mask in masks if len(mask) in (15, 18) and fits(mask, ID_NUMBER)]


def fits(mask: str, number: str) -> bool:
    """Whether the mask could be one of this number."""
    return len(mask) == len(number) and all(
        char in ("*", digit) for char, digit in zip(mask, number, strict=True)
    )


@pytest.mark.parametrize("number", [PHONE, ID_NUMBER, NEW_PHONE, NEW_ID])
def test_a79_no_number_is_left_in_logs_addresses_or_anything_on_the_disk(walk: Walk, number: str) -> None:
    assert len(walk.log.splitlines()) > 500
    assert number not in walk.log
    assert not [address for address in walk.addresses if number in address]
    for path in sorted(walk.home.rglob("*")):
        if path.is_file() and not path.name.startswith("full"):
            assert number.encode() not in path.read_bytes(), path.name


def test_a75_full_names_are_in_nothing_that_strangers_get(marked: Populated) -> None:
    app, things = marked.app, marked.realm.things["grid1"]
    with app.app_context(), unit_of_work() as session:
        street = session.get_one(Area, marked.realm.areas["street"])
        for key in ("public.page", "public.activities", "public.ranking"):
            set_setting(session, street, key, True, SYSTEM)
        person = session.get_one(Person, int(things["person_id"]))
        consent.give(session, person, "ranking", "1", "paper", SYSTEM)
    stranger = marked.sign_in("")
    shown = 0
    for route in routes(app, PUBLIC):
        if route.verb != "GET":
            continue
        for place in ("street", "happy", "grid1"):
            path = route.path({**things, **_secrets(app)}, marked.realm.codes[place])
            answer = stranger.get(path)
            shown += answer.status_code == 200
            text = texts_of(answer)
            assert NAME not in text, path
            # Nor in pieces: a script could put them together.
            assert NAME[:2] not in text, path
            assert NAME.encode("unicode_escape").decode() not in text, path
    assert shown >= 8
    ranking = texts_of(stranger.get(f"/public/{marked.realm.codes['street']}/"))
    assert NAME[0] + "*" in ranking


def _secrets(app: Flask) -> dict[str, str]:
    with app.app_context(), read_scope() as session:
        return {"token": str(session.scalars(select(Document.token)).first())}


def test_a75_members_get_no_full_names_of_others_in_pages_charts_and_answers(marked: Populated) -> None:
    with marked.app.app_context(), unit_of_work() as session:
        for place in ("happy", "grid2"):
            person = session.get_one(Person, int(marked.realm.things[place]["person_id"]))
            update_person(session, person, PersonData(f"{NAME}{place}", person.area_id), SYSTEM)
        own = session.get_one(Person, int(marked.realm.things["grid1"]["person_id"]))
        update_person(session, own, PersonData("李本人", own.area_id), SYSTEM)
    browser = marked.sign_in("member")
    shown = 0
    for route in known_routes(marked, token=False):
        for place in ("grid1", "happy"):
            answer = browser.get(route.path(marked.realm.things["grid1"], marked.realm.codes[place]))
            shown += answer.status_code == 200
            assert NAME not in texts_of(answer), route.rule.rule
    assert shown >= 10
