"""R-05, A70: the same key and body is one act, whoever asks how often and in how many places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core import idempotency
from pointsys.core.accounts.models import RoleGrant
from pointsys.core.accounts.services import end_role
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.idempotency import Answer, IdempotencyKey, Ticket
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import World
from tests.conftest import FixedClock, MakeApp
from tests.rest.conftest import MakeProgram, Program, Reply, new_key

THREADS = 8


def count(app: Flask, model: Any) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def draft(world: World, **change: object) -> dict[str, object]:
    usual = {"kind": "care", "title": "走访", "date": "2026-07-01", "quantity": "1"}
    return {"person": world.people["happy"], **usual, **change}


def test_the_same_request_again_gets_the_stored_answer(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    key, body = new_key(), {"name": "吴七", "phone": "13900139000"}
    first = worker_program.post(f"{happy}/people", body, key=key)
    again = worker_program.post(f"{happy}/people", body, key=key)
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(app, Person) == 6


@pytest.mark.parametrize("operation", ["people", "log", "activities"])
def test_every_operation_that_creates_needs_a_key(
    worker_program: Program, happy: str, operation: str
) -> None:
    answer = worker_program.post(f"{happy}/{operation}", {"name": "吴七"}, key=None)
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"])  # either the key or what is missing besides
    short = worker_program.post(f"{happy}/people", {"name": "吴七"}, key="short")
    assert short.json["error"]["fields"].keys() == {"Idempotency-Key"}


def test_the_key_of_another_request_is_refused(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    key = new_key()
    assert worker_program.post(f"{happy}/people", {"name": "吴七"}, key=key).status_code == 201
    for path, body in (
        (f"{happy}/people", {"name": "郑八"}),
        (f"/areas/{world.codes['grid1']}/people", {"name": "吴七"}),
        (f"{happy}/log", {"entries": [draft(world)]}),
    ):
        answer = worker_program.post(path, body, key=key)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "idempotency_key_reused")
    assert (count(app, Person), count(app, Entry)) == (6, 0)


def test_keys_of_two_tokens_have_nothing_to_do_with_each_other(
    app: Flask, program: MakeProgram, happy: str
) -> None:
    key = new_key()
    for made in (program(), program()):
        assert made.post(f"{happy}/people", {"name": "吴七"}, key=key).status_code == 201
    assert count(app, Person) == 7


def test_a_refused_act_may_be_tried_again_with_its_key(
    app: Flask, worker_program: Program, clock: FixedClock, world: World, happy: str
) -> None:
    key, body = new_key(), {"entries": [draft(world, date="2026-07-11")]}
    assert worker_program.post(f"{happy}/log", body, key=key).status_code == 422
    clock.advance(days=1)
    assert worker_program.post(f"{happy}/log", body, key=key).status_code == 201
    assert count(app, Entry) == 1


def test_a_replay_still_takes_the_right(program: MakeProgram, app: Flask, world: World, happy: str) -> None:
    made, key = program(), new_key()
    assert made.post(f"{happy}/people", {"name": "吴七"}, key=key).status_code == 201
    with app.app_context(), unit_of_work(drain=False) as session:
        grants = session.scalars(select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"]))
        for grant in grants:
            end_role(session, grant, SYSTEM)
    assert made.post(f"{happy}/people", {"name": "吴七"}, key=key).status_code == 404


def test_keys_are_kept_for_seven_days(
    app: Flask, worker_program: Program, clock: FixedClock, happy: str
) -> None:
    key = new_key()
    worker_program.post(f"{happy}/people", {"name": "吴七"}, key=key)
    clock.advance(days=6, hours=23)
    worker_program.post(f"{happy}/people", {"name": "吴七"}, key=key)
    assert count(app, Person) == 6
    with app.app_context(), unit_of_work(drain=False) as session:
        assert idempotency.purge(session) == 0
    clock.advance(hours=1)
    assert worker_program.post(f"{happy}/people", {"name": "吴七"}, key=key).status_code == 201
    assert count(app, Person) == 7
    clock.advance(days=8)
    with app.app_context(), unit_of_work(drain=False) as session:
        assert idempotency.purge(session) == 1


def at_once(act: Callable[[int], Reply]) -> list[Reply]:
    """What THREADS callers get who come at the same moment."""
    gate = Barrier(THREADS)

    def run(number: int) -> Reply:
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_of_many_at_the_same_moment_one_acts(
    app: Flask, make_app: MakeApp, worker_program: Program, world: World, happy: str
) -> None:
    nodes = [worker_program, Program(make_app(), worker_program.secret)]
    for turn in range(3):
        key, body = new_key(), {"entries": [draft(world, title=f"走访{turn}")]}
        answers = at_once(lambda n, key=key, body=body: nodes[n % 2].post(f"{happy}/log", body, key=key))  # type: ignore[misc]
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) <= {201, 409}
        assert statuses[201] >= 1
        assert {a.json["error"]["code"] for a in answers if a.status_code == 409} <= {"idempotency_running"}
        assert len({a.data for a in answers if a.status_code == 201}) == 1
        assert worker_program.post(f"{happy}/log", body, key=key).data == next(
            a.data for a in answers if a.status_code == 201
        )
    assert (count(app, Entry), count(app, Activity), count(app, IdempotencyKey)) == (3, 3, 3)


def test_of_many_people_added_at_the_same_moment_one_is_there(
    app: Flask, worker_program: Program, happy: str
) -> None:
    key = new_key()
    at_once(lambda _n: worker_program.post(f"{happy}/people", {"name": "吴七"}, key=key))
    assert count(app, Person) == 6


def ask(session: Session, asked: Ticket) -> Answer | None:
    return idempotency.claim(session, asked)


def _killed(asked: Ticket) -> None:
    with unit_of_work(drain=False) as session, idempotency.running(session, asked):
        assert ask(session, asked) is None
        idempotency.finish(session, asked, Answer(201, "lost"))
        raise KeyboardInterrupt


def test_an_act_that_never_ended_blocks_nobody(app: Flask, world: World) -> None:
    asked = idempotency.ticket("token:1", "a-key-of-mine", "POST /x", b"{}")
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            _killed(asked)
        with unit_of_work(drain=False) as session, idempotency.running(session, asked):
            assert ask(session, asked) is None
            idempotency.finish(session, asked, Answer(201, "done"))
        with unit_of_work(drain=False) as session:
            assert ask(session, asked) == Answer(201, "done")


def test_while_another_process_runs_it_the_caller_is_told(
    app: Flask, make_app: MakeApp, engine_name: str
) -> None:
    asked = idempotency.ticket("token:1", "a-key-of-mine", "POST /x", b"{}")
    other = make_app()
    with app.app_context(), read_scope() as session, idempotency.running(session, asked):
        with other.app_context(), read_scope() as second:
            with pytest.raises(Problem, match="still running"), idempotency.running(second, asked):
                raise AssertionError
    if engine_name == "postgresql":
        # Without the process' own list: what another machine would see.
        with app.app_context(), unit_of_work(drain=False) as session:
            assert ask(session, asked) is None
            with other.app_context(), pytest.raises(Problem, match="still running"):
                _ask_apart(asked)


def _ask_apart(asked: Ticket) -> None:
    with unit_of_work(drain=False) as session:
        ask(session, asked)
