"""``pointsys jobs``: work off, watch, list and cancel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.host import Host
from pointsys.core.jobs import Job, JobKind, JobRun, enqueue, queue, services
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from tests.conftest import MakeApp, RunCli
from tests.core.demo_plugin import demo_host, make_plugin

# The jobs of the program come with its pages.
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def engine_name() -> str:
    """Words and exit codes; the queue itself is tried on both engines in tests/core."""
    return "sqlite"


def work(run: JobRun) -> dict[str, object]:
    """As the arguments say."""
    run.step(1, 2, "half")
    if run.args.get("fail"):
        raise Problem("too_blue", N_("It is too blue."))
    return {}


@pytest.fixture
def host() -> Host:
    """One plugin with one kind of job."""
    return demo_host(make_plugin("demo", derive=None, jobs=(JobKind("demo.work", "Demo work", work),)))


@pytest.fixture
def app(make_app: MakeApp, host: Host) -> Flask:
    """A site with it."""
    return make_app(host=host)


@pytest.fixture
def closed(site: Site) -> Iterator[None]:
    """Closes the queue that commands opened."""
    yield
    queue.close_queue()


def order(**args: object) -> str:
    """A job that waits."""
    with unit_of_work() as session:
        return enqueue(session, "demo.work", None, args, SYSTEM).public_id


def state(public_id: str) -> str:
    """Its state."""
    with read_scope() as session:
        job = services.find_job(session, public_id)
        assert isinstance(job, Job)
        session.refresh(job)
        return job.state


def test_what_waits_is_done_at_once(run_cli: RunCli, host: Host, closed: None) -> None:
    first, second = order(n=1), order(n=2)
    result = run_cli("jobs", "run", "--once", "--json", host=host)
    assert (result.exit_code, result.json()) == (0, {"done": 2})
    assert (state(first), state(second)) == ("done", "done")


@pytest.mark.parametrize(("fail", "exit_code", "ended"), [(False, 0, "done"), (True, 1, "failed")])
def test_a_job_can_be_watched_to_its_end(
    run_cli: RunCli, host: Host, closed: None, fail: bool, exit_code: int, ended: str
) -> None:
    public_id = order(fail=fail)
    result = run_cli("jobs", "run", "--wait", public_id, "--json", host=host)
    assert result.exit_code == exit_code
    assert result.json()["state"] == ended
    assert (result.json()["error"] or {}).get("code") == ("too_blue" if fail else None)


def test_jobs_are_listed(run_cli: RunCli, host: Host, closed: None) -> None:
    assert run_cli("jobs", "list", host=host).stdout.strip() == "没有后台任务。"
    public_id = order()
    assert public_id in run_cli("jobs", "list", host=host).stdout
    run_cli("jobs", "run", "--once", host=host)
    assert run_cli("jobs", "list", "--json", host=host).json() == {"jobs": []}
    (row,) = run_cli("jobs", "list", "--all", "--json", host=host).json()["jobs"]
    assert (row["id"], row["state"], row["kind"]) == (public_id, "done", "demo.work")


def test_a_job_is_cancelled(run_cli: RunCli, host: Host, closed: None) -> None:
    public_id = order()
    assert run_cli("jobs", "cancel", public_id, "--json", host=host).json()["state"] == "cancelled"
    again = run_cli("jobs", "cancel", public_id, "--json", host=host)
    assert (again.exit_code, again.json()["error"]["code"]) == (2, "job_finished")


@pytest.mark.parametrize("words", [("cancel", "nothing"), ("run", "--wait", "nothing")])
def test_an_unknown_id_is_refused(run_cli: RunCli, host: Host, closed: None, words: tuple[str, ...]) -> None:
    result = run_cli("jobs", *words, "--json", host=host)
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "unknown_job")
