"""A round of many dwellings in which ten owners vote at once: freezing the roll, handing in, and counting.

Timed as requests to the program by ten clients side by side, each with slips of its own. Beside a vote stands the bare
request of the same run, by as many clients: the page on which a code is typed, which writes nothing. Fails where a
ballot is lost, or counted twice, and mixes all estates at the end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.town import NOW, ROOT, open_site
from pointsys.core import schema
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db, new_public_id, table_of
from pointsys.core.startup import start_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating.ballots import counting, mixing, roll, slips
from pointsys.plugins.property_rating.ballots.models import PropertyVoter
from pointsys.plugins.property_rating.registry.models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyDwelling,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds.models import COLLECTING, PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion

VOTERS, ESTATES, BUILDINGS = 10, 20, 10
# So many bare requests say what one takes, however many votes stand beside them.
MOST_BARE = 2_000
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_SCHEME = """
[scheme.measured]
kind = "weighted"
parts = [ { id = "owners", weight = "1" } ]
bands = [ { min = "0", stars = 5 } ]
questions = [ { id = "clean", title = "保洁" }, { id = "safe", title = "安全" }, { id = "repair", title = "维修" } ]
"""
_ANSWERS = {"a-clean": "100", "a-safe": "75", "a-repair": "50", "send": "1"}


def measure(home: Path, url: str, dwellings: int, votes: int) -> dict[str, float]:
    """Seconds of freezing and counting, and milliseconds of a vote and of a bare request: median and p95."""
    app = open_site(home, url, web=True)
    with app.app_context():
        schema.upgrade(db.engine)
        with unit_of_work(drain=False) as session:
            code = _round(session, dwellings)
        began = time.perf_counter()
        with unit_of_work(drain=False) as session:
            frozen = roll.freeze(session, session.scalars(select(PropertyRound)).one())
        freezing = time.perf_counter() - began
        tokens = _slips(votes)
    if sum(frozen.values()) != dwellings:
        raise RuntimeError(f"{sum(frozen.values())} of {dwellings} dwellings are on the roll")
    page = f"/public/{code}/property/vote"
    bare = _together(app, page, [tokens[voter:MOST_BARE:VOTERS] for voter in range(VOTERS)], _look)
    cast = _together(app, page, [tokens[voter::VOTERS] for voter in range(VOTERS)], _vote)
    with app.app_context():
        mixing_seconds = _mix()
    with app.app_context(), read_scope() as session:
        began = time.perf_counter()
        counted = counting.totals(session, session.scalars(select(PropertyRound)).one())
        counting_seconds = time.perf_counter() - began
        found = sum(one.ballots for one in counted.values())
        voted = sum(sum(one.by_method.values()) for one in counted.values())
    with app.app_context():
        db.engine.dispose()
    if (found, voted) != (votes, votes):
        raise RuntimeError(f"{found} ballots and {voted} votes of {votes}")
    return {
        "freeze_seconds": freezing, "count_seconds": counting_seconds, "mix_seconds": mixing_seconds,
        "dwellings": dwellings, "votes": votes,
        "vote_p50": _at(cast, 50), "vote_p95": _at(cast, 95), "bare_p50": _at(bare, 50), "bare_p95": _at(bare, 95),
    }  # fmt: skip


def _mix() -> float:
    """The seconds that the slowest estate takes."""
    took = []
    with read_scope() as session:
        entrants = session.scalars(select(PropertyEntrant.id)).all()
    for entrant in entrants:
        began = time.perf_counter()
        with unit_of_work(drain=False) as session:
            mixing.mix(session, entrant)
        took.append(time.perf_counter() - began)
    return max(took)


def _round(session: Session, dwellings: int) -> str:
    root = start_site(session, ROOT, "测试市", SYSTEM)
    switch_plugin(session, root, "property_rating", True, SYSTEM)
    made = {"created_at": NOW, "created_by": "benchmark"}
    company = PropertyCompany(area_id=root.id, uscc="91350100M000100Y43", name="安居物业", **made)
    version = PropertySchemeVersion(
        area_id=root.id, scheme_id="measured", no=1, kind="weighted", title="测试", text=_SCHEME, sha256="0" * 64,
        published_at=NOW, published_by="benchmark",
    )  # fmt: skip
    estates = [
        PropertyEstate(area_id=root.id, name=f"{n}号小区", kind="commercial", **made) for n in range(ESTATES)
    ]
    session.add_all([company, version, *estates])
    session.flush()
    buildings = [
        PropertyBuilding(estate_id=estate.id, name=f"{n}栋") for estate in estates for n in range(BUILDINGS)
    ]
    session.add_all(buildings)
    session.flush()
    session.execute(
        insert(table_of(PropertyDwelling)),
        [
            {
                "public_id": new_public_id(), "estate_id": building.estate_id, "building_id": building.id,
                "number": str(n), "unsold": False,
            }
            for n in range(dwellings) for building in [buildings[n % len(buildings)]]
        ],
    )  # fmt: skip
    round_ = PropertyRound(
        area_id=root.id, scheme_version_id=version.id, title="测评", period="2026Q2", first_on=date(2026, 4, 1),
        last_on=date(2026, 6, 30), organiser="街道", state=COLLECTING, collect_until=date(2026, 12, 31), **made,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    session.add_all(
        PropertyEntrant(round_id=round_.id, estate_id=estate.id, company_id=company.id) for estate in estates
    )
    return str(session.get_one(Area, root.id).code)


def _slips(votes: int) -> list[str]:
    """The codes of so many dwellings, made as for printing."""
    found: list[str] = []
    while len(found) < votes:
        with unit_of_work(drain=False) as session:
            round_ = session.scalars(select(PropertyRound)).one()
            free = select(PropertyVoter).where(PropertyVoter.token_hash.is_(None)).order_by(PropertyVoter.id)
            rows = session.scalars(free.limit(min(slips.MOST, votes - len(found)))).all()
            found += [slip.token for slip in slips.make(session, round_, rows, SYSTEM)]
    return found


# A request to be timed: the client's page with a fresh form, and the code it is about.
Ask = Callable[[Flask, str, Sequence[str], Barrier], list[float]]


def _look(app: Flask, page: str, tokens: Sequence[str], gate: Barrier) -> list[float]:
    client, took = app.test_client(), []
    gate.wait()
    for _token in tokens:
        began = time.perf_counter()
        answer = client.get(page)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return took


def _vote(app: Flask, page: str, tokens: Sequence[str], gate: Barrier) -> list[float]:
    client, took = app.test_client(), []
    form = _TOKEN.search(client.get(page).text)
    assert form is not None
    gate.wait()
    for token in tokens:
        began = time.perf_counter()
        answer = client.post(f"{page}/{token}", data={"csrf_token": form[1], **_ANSWERS})
        took.append(time.perf_counter() - began)
        assert answer.status_code == 303, answer.text[-2_000:]
    return took


def _together(app: Flask, page: str, shares: Sequence[Sequence[str]], ask: Ask) -> list[float]:
    gate = Barrier(len(shares))
    with ThreadPoolExecutor(len(shares)) as pool:
        futures = [pool.submit(ask, app, page, share, gate) for share in shares]
        return sorted(second for future in futures for second in future.result())


def _at(seconds: Sequence[float], percent: int) -> float:
    """The percentile in milliseconds."""
    return 1_000 * seconds[min(len(seconds) - 1, percent * len(seconds) // 100)]
