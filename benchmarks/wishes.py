"""Goal 14, and A66: many claim the same wish at once, through gunicorn with two workers.

Each contender is a resident with a token and, in each round, a connection of their own. In a round all of them are let
go together for one wish with one place: one answer has to be 201, all others 409, and the tables have to say the same.
Beside the waits stand those of a request that reads one wish, asked for by as many at once.
"""

from __future__ import annotations

import http.client
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.memory import server
from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core import schema
from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.database import db
from pointsys.core.people.records import PersonData
from pointsys.core.people.services import create_person
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.startup import start_site
from pointsys.core.switches import switch_plugin
from pointsys.core.tokens.services import Wanted, create_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.models import LIVE, WishesClaim, WishesEvent, WishesWish

CONTENDERS, GOAL_CONTENDERS = 50, 8
# The most that the setting knows.
OPEN_CLAIMS = 50
STREET, COMMUNITY = "990101001000", "990101001001"
WON, LOST = 201, 409
LIMIT = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    seconds: float


@dataclass(frozen=True)
class Field:
    """Tokens of those who contend, and wishes (outside ids) that nobody has claimed."""

    tokens: Sequence[str]
    wishes: Sequence[str]


def measure(home: Path, url: str, rounds: int) -> dict[str, float]:
    """Rounds with 50 and with 8 contenders: double wins and errors (0 each), waits in milliseconds, and the ratio."""
    app = create_app(Config(home=home, database_url=url, allow_plain_http=True), web=False)
    with app.app_context():
        schema.upgrade(db.engine)
        people = CONTENDERS * groups(rounds, CONTENDERS)
        field = lay_out(2 * rounds, people + GOAL_CONTENDERS * groups(rounds, GOAL_CONTENDERS))
        db.engine.dispose()
    with server(home, url) as (_pid, address):
        crowd = contend(address, Field(field.tokens[:people], field.wishes[:rounds]), CONTENDERS)
        few = contend(address, Field(field.tokens[people:], field.wishes[rounds:]), GOAL_CONTENDERS)
        bare = ask_at_once(
            address, field.tokens[:CONTENDERS], min(rounds, 20), partial(_read, field.wishes[0])
        )
    wrong = [one for one in (*crowd, *few) if not is_won_once(one)]
    if any(answer.status != 200 for one in bare for answer in one):
        raise RuntimeError("reading a wish was refused: there is nothing to compare with")
    check(app, 2 * rounds)
    return {
        "rounds": rounds,
        "wrong": len(wrong),
        "errors": sum(answer.status >= 500 or not answer.status for one in (*crowd, *few) for answer in one),
        **_waits("crowd", crowd),
        **_waits("few", few),
        **_waits("bare", bare),
    }


def _waits(name: str, rounds: Sequence[Sequence[Answer]]) -> dict[str, float]:
    waits = sorted(1_000 * answer.seconds for one in rounds for answer in one)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {
        f"{name}_{key}": waits[min(int(share * len(waits)), len(waits) - 1)] for key, share in shares.items()
    }


def groups(rounds: int, contenders: int) -> int:
    """How many groups of so many contenders it takes, so that nobody is stopped by what they won before."""
    return -(-rounds // _stretch(contenders))


def _stretch(contenders: int) -> int:
    """Rounds for which one group is good: half of all that its people may have open."""
    return contenders * OPEN_CLAIMS // 2


def lay_out(wishes: int, people: int) -> Field:
    """Fill the present, empty site: a community, residents with tokens, and wishes with one place each."""
    site = current_site()
    with unit_of_work(drain=False) as session:
        street = start_site(session, STREET, "平安街道", SYSTEM)
        area = create_area(session, COMMUNITY, "幸福社区", street, SYSTEM)
        switch_plugin(session, street, "wish_wall", True, SYSTEM)
        set_setting(session, street, "wishes.open_claims", OPEN_CLAIMS, SYSTEM)
        tokens = [_resident(session, area, number) for number in range(people)]
        wisher = create_person(session, PersonData("许愿人", area.id), SYSTEM)
        now = site.now()
        rows = [
            WishesWish(
                year=now.year, number=number + 1, area_id=area.id, person_id=wisher.id, category="item",
                title="台灯", public_text="想要一盏台灯",
                state="published", submitted_at=now, submitted_by="benchmark", published_at=now,
                expires_at=now + timedelta(days=30),
            )
            for number in range(wishes)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return Field(tokens, [row.public_id for row in rows])


def _resident(session: Session, area: Area, number: int) -> str:
    """A resident with an account; the secret of a token that may claim."""
    person = create_person(session, PersonData(f"居民{number}", area.id), SYSTEM)
    account = accounts.create_account(session, f"resident{number}", SYSTEM, person_id=person.id)
    accounts.grant_role(session, account, "resident", area, SYSTEM)
    actor = Actor(account.login, account.id, person.id, (Grant("resident", area.id),))
    until = current_site().today() + timedelta(days=30)
    wanted = Wanted("benchmark", ["wishes.claim"], [area.id], until, False)
    return create_token(session, account, wanted, actor).secret


def contend(address: str, field: Field, contenders: int) -> list[list[Answer]]:
    """One round for each wish: so many claim it at once; the answers by round."""
    length = _stretch(contenders)
    # What a worker does once, when it is first asked, is nobody's wait.
    ask_at_once(address, field.tokens[:contenders], 1, partial(_read, field.wishes[0]))
    answers = []
    for group in range(groups(len(field.wishes), contenders)):
        tokens = field.tokens[group * contenders : (group + 1) * contenders]
        wishes = field.wishes[group * length : (group + 1) * length]
        answers += ask_at_once(address, tokens, len(wishes), partial(_claim, wishes))
    return answers


def _claim(wishes: Sequence[str], line: http.client.HTTPConnection, token: str, number: int) -> int:
    path = f"/api/v1/areas/{COMMUNITY}/wishes/{wishes[number]}/claim"
    return _ask(line, "POST", path, token, b'{"qty": 1}')


def _read(wish: str, line: http.client.HTTPConnection, token: str, number: int) -> int:
    return _ask(line, "GET", f"/api/v1/areas/{COMMUNITY}/wishes/{wish}", token)


def _ask(
    line: http.client.HTTPConnection, verb: str, path: str, token: str, body: bytes | None = None
) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line.request(verb, path, body, headers)
    answer = line.getresponse()
    answer.read()
    return answer.status


def ask_at_once(
    address: str,
    tokens: Sequence[str],
    rounds: int,
    ask: Callable[[http.client.HTTPConnection, str, int], int],
) -> list[list[Answer]]:
    """Let a connection for each token go together, round by round; status 0 for a connection that broke."""
    host = urlsplit(address).netloc
    gate = Barrier(len(tokens))

    def run(token: str) -> list[Answer]:
        line = http.client.HTTPConnection(host, timeout=LIMIT)
        found = []
        for number in range(rounds):
            # Opened anew by what is asked: the server closes those that wait too long for the end of a round.
            line.close()
            gate.wait(2 * LIMIT)
            began = time.perf_counter()
            try:
                status = ask(line, token, number)
            except (OSError, http.client.HTTPException):
                line.close()
                status = 0
            found.append(Answer(status, time.perf_counter() - began))
        line.close()
        return found

    with ThreadPoolExecutor(len(tokens)) as pool:
        by_token = list(pool.map(run, tokens))
    return [list(one) for one in zip(*by_token, strict=True)]


def is_won_once(answers: Sequence[Answer]) -> bool:
    """Whether one answer of a round is a claim and every other a refusal."""
    counts = Counter(answer.status for answer in answers)
    return counts == {WON: 1, LOST: len(answers) - 1} if len(answers) > 1 else counts == {WON: 1}


def check(app: Flask, wishes: int) -> None:
    """Fail where the tables say anything else than one live claim, one place and one line of history a wish."""
    with app.app_context(), read_scope() as session:
        taken = session.scalar(
            select(func.count()).where(WishesWish.state == "claimed", WishesWish.taken == 1)
        )
        live = session.scalar(select(func.count()).where(WishesClaim.state.in_(LIVE)))
        held = session.scalar(select(func.count(func.distinct(WishesClaim.wish_id))))
        told = session.scalar(select(func.count()).where(WishesEvent.action == "claim"))
    with app.app_context():
        db.engine.dispose()
    if (taken, live, held, told) != (wishes,) * 4:
        raise RuntimeError(f"{wishes} wishes: {taken} taken, {live} live claims of {held}, {told} told")
