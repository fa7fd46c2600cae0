"""Jobs: the table is the truth, one worker gets a job, and an abandoned one is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.services import find_area
from pointsys.core.audit import AuditRow
from pointsys.core.jobs import Job, JobKind, JobRun, cancel, enqueue, queue, results, running, services
from pointsys.core.jobs.models import CANCELLED, DONE, FAILED, QUEUED, RUNNING
from pointsys.core.jobs.running import run_job, run_waiting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import HAPPY, make_account, make_tree

# The application is this file's own, with a plugin of its own.
pytestmark = pytest.mark.usefixtures("app")

Work = Callable[[JobRun], Mapping[str, object] | None]
ME, OTHER = "here:1", "there:2"


class Kinds:
    """A plugin with one kind of job, whose work each test chooses."""

    def __init__(self) -> None:
        self.work: Work = lambda run: None
        self.runs: list[int] = []

    def run(self, run: JobRun) -> Mapping[str, object] | None:
        """Note the attempt, and do what the test says."""
        self.runs.append(run.attempt)
        return self.work(run)


@pytest.fixture
def kinds() -> Kinds:
    """What the jobs of a test do."""
    return Kinds()


@pytest.fixture
def app(make_app: MakeApp, kinds: Kinds) -> Flask:
    """A site with that plugin."""
    jobs = (
        JobKind("demo.work", "Work", kinds.run),
        JobKind("demo.once", "Once", kinds.run, repeatable=False),
    )
    return make_app(host=demo_host(make_plugin("demo", derive=None, jobs=jobs)))


@pytest.fixture
def here(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Actor]:
    """An area, and a worker of it; every step is written down at once."""
    monkeypatch.setattr(running, "EVERY_SECONDS", 0.0)
    with unit_of_work() as session:
        make_tree(session)
        account = make_account(session)
        actor = Actor(account.login, account_id=account.id)
    yield actor
    queue.close_queue()


def order(actor: Actor, kind: str = "demo.work", **args: object) -> str:
    """Queue a job in 幸福社区; its outside id."""
    with unit_of_work() as session:
        area = find_area(session, HAPPY)
        assert area is not None
        return enqueue(session, kind, area.id, args, actor).public_id


def job(public_id: str) -> Job:
    """The job as it is now, detached."""
    with read_scope() as session:
        found = services.find_job(session, public_id)
        assert found is not None
        session.refresh(found)
        session.expunge(found)
        return found


def test_a_job_is_done_with_its_arguments_and_keeps_its_result(here: Actor, kinds: Kinds) -> None:
    kinds.work = lambda run: {"doubled": run.args["n"] * 2}
    public_id = order(here, n=21)
    assert job(public_id).state == QUEUED
    assert run_job(public_id, ME) == DONE
    assert (job(public_id).state, job(public_id).result) == (DONE, '{"doubled": 42}')


def test_the_queue_hears_of_a_job_only_when_it_is_committed(here: Actor, kinds: Kinds) -> None:
    def undone() -> None:
        with unit_of_work() as session:
            enqueue(session, "demo.work", None, {}, here)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert queue.site_queue().waiting() == 0
    order(here)
    assert queue.site_queue().waiting() == 1


def test_a_queue_that_is_away_loses_no_job(
    here: Actor, kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError

    monkeypatch.setattr(queue, "site_queue", away)
    public_id = order(here)
    assert run_waiting(ME) == 1
    assert job(public_id).state == DONE


def test_a_name_the_queue_lost_is_put_in_again(here: Actor, kinds: Kinds) -> None:
    public_id = order(here)
    assert queue.publish_lost([public_id]) == 0
    queue.site_queue()._huey.storage.flush_queue()
    assert queue.publish_lost([public_id]) == 1
    assert queue.site_queue().waiting() == 1


def test_an_unknown_kind_is_refused(here: Actor) -> None:
    with pytest.raises(Problem) as refused, unit_of_work() as session:
        enqueue(session, "nobody.knows", None, {}, here)
    assert refused.value.code == "unknown_job"


def test_the_same_order_twice_is_one_job_while_it_waits(here: Actor, kinds: Kinds) -> None:
    first = order(here, n=1)
    assert order(here, n=1) == first
    assert order(here, n=2) != first
    run_waiting(ME)
    assert order(here, n=1) != first


def test_one_worker_gets_a_job(here: Actor, kinds: Kinds) -> None:
    public_id = order(here)
    with unit_of_work() as session:
        assert services.claim(session, public_id, ME) is not None
        assert services.claim(session, public_id, OTHER) is None
    assert run_job(public_id, OTHER) is None
    assert kinds.runs == []


def test_a_problem_fails_the_job_with_its_text(here: Actor, kinds: Kinds) -> None:
    def refuse(run: JobRun) -> None:
        raise Problem("too_blue", N_("It is %(colour)s."), colour="blue")

    kinds.work = refuse
    public_id = order(here)
    assert run_job(public_id, ME) == FAILED
    problem = services.problem_of(job(public_id))
    assert problem is not None
    assert (problem.code, problem.params) == ("too_blue", {"colour": "blue"})


def test_a_failure_nobody_expected_is_told_without_its_words(here: Actor, kinds: Kinds) -> None:
    def break_down(run: JobRun) -> None:
        raise RuntimeError("张三 13800138000")

    kinds.work = break_down
    public_id = order(here)
    assert run_job(public_id, ME) == FAILED
    problem = services.problem_of(job(public_id))
    assert problem is not None
    assert problem.code == "failed"
    assert "13800138000" not in job(public_id).problem


def test_steps_tell_how_far_it_is(here: Actor, kinds: Kinds) -> None:
    seen: list[tuple[int, int, str]] = []

    def work(run: JobRun) -> None:
        run.step(3, 10, "Counting")
        found = job(run.public_id)
        seen.append((found.done, found.total, found.step))

    kinds.work = work
    public_id = order(here)
    run_job(public_id, ME)
    assert seen == [(3, 10, "Counting")]
    assert (job(public_id).done, job(public_id).step) == (10, "")


def test_a_waiting_job_is_cancelled_at_once(here: Actor, kinds: Kinds) -> None:
    public_id = order(here)
    with unit_of_work() as session:
        cancel(session, session.scalars(select(Job)).one(), here)
    assert job(public_id).state == CANCELLED
    assert run_job(public_id, ME) is None


def test_a_running_job_is_cancelled_before_its_next_step(here: Actor, kinds: Kinds) -> None:
    steps: list[int] = []

    def work(run: JobRun) -> None:
        for number in range(5):
            run.step(number, 5)
            steps.append(number)
            if number == 1:
                with unit_of_work() as session:
                    cancel(session, session.scalars(select(Job)).one(), here)

    kinds.work = work
    public_id = order(here)
    assert run_job(public_id, ME) == CANCELLED
    assert steps == [0, 1]
    with pytest.raises(Problem) as refused, unit_of_work() as session:
        cancel(session, session.scalars(select(Job)).one(), here)
    assert refused.value.code == "job_finished"


def test_cancelling_is_not_taken_for_a_failure_on_the_way(here: Actor, kinds: Kinds) -> None:
    def work(run: JobRun) -> None:
        with unit_of_work() as session:
            cancel(session, session.scalars(select(Job)).one(), here)
        with suppress(Exception):
            run.step(1, 2)

    kinds.work = work
    assert run_job(order(here), ME) == CANCELLED


def lose(public_id: str) -> None:
    """A worker takes the job, and dies."""
    with unit_of_work() as session:
        assert services.claim(session, public_id, OTHER) is not None


def sweep() -> list[str]:
    """One sweep."""
    with unit_of_work() as session:
        return services.sweep(session)


def test_a_job_whose_worker_died_is_taken_up_again_when_its_lease_is_over(
    here: Actor, kinds: Kinds, clock: FixedClock
) -> None:
    public_id = order(here)
    lose(public_id)
    assert sweep() == []
    clock.advance(minutes=4)
    assert sweep() == [public_id]
    assert run_job(public_id, ME) == DONE
    assert kinds.runs == [2]


def test_a_renewed_lease_is_not_swept(here: Actor, kinds: Kinds, clock: FixedClock) -> None:
    public_id = order(here)
    lose(public_id)
    for _ in range(3):
        clock.advance(minutes=2)
        with unit_of_work() as session:
            assert services.renew(session, OTHER) == 1
            assert services.renew(session, ME) == 0
        assert sweep() == []
    assert job(public_id).state == RUNNING


def test_after_three_attempts_a_job_fails_with_a_reason(here: Actor, kinds: Kinds, clock: FixedClock) -> None:
    public_id = order(here)
    for _ in range(3):
        lose(public_id)
        clock.advance(minutes=4)
        waiting = sweep()
    assert waiting == []
    problem = services.problem_of(job(public_id))
    assert job(public_id).state == FAILED
    assert problem is not None
    assert (problem.code, problem.params) == ("job_lost", {"attempts": 3})


def test_what_must_not_run_twice_is_not_tried_again(here: Actor, kinds: Kinds, clock: FixedClock) -> None:
    public_id = order(here, "demo.once")
    lose(public_id)
    clock.advance(minutes=4)
    assert sweep() == []
    problem = services.problem_of(job(public_id))
    assert problem is not None
    assert problem.code == "job_cut_off"


def test_a_worker_that_was_given_up_writes_nothing_more(here: Actor, kinds: Kinds, clock: FixedClock) -> None:
    def work(run: JobRun) -> None:
        if run.attempt == 1:
            clock.advance(minutes=4)
            assert sweep() == [run.public_id]
            assert run_job(run.public_id, OTHER) == DONE
            run.step(1, 2, "late")
            pytest.fail("the lease was lost")

    kinds.work = work
    public_id = order(here)
    assert run_job(public_id, ME) is None
    assert (job(public_id).state, job(public_id).worker, job(public_id).step) == (DONE, OTHER, "")


def test_a_process_that_ends_hands_its_job_back_without_counting_the_attempt(
    here: Actor, kinds: Kinds
) -> None:
    kinds.work = lambda run: run.step(1, 2)
    public_id = order(here)
    assert run_job(public_id, ME, stopping=lambda: True) == QUEUED
    assert (job(public_id).state, job(public_id).attempts, job(public_id).lease_until) == (QUEUED, 0, None)
    assert run_job(public_id, OTHER) == DONE


def test_a_process_that_has_no_time_left_hands_everything_back(here: Actor, kinds: Kinds) -> None:
    first, second = order(here, n=1), order(here, n=2)
    lose(first)
    with unit_of_work() as session:
        assert services.claim(session, second, ME) is not None
        assert services.hand_back_all(session, OTHER) == [first]
    assert (job(first).state, job(first).attempts) == (QUEUED, 0)
    assert job(second).state == RUNNING


def test_a_busy_database_is_another_chance_and_not_a_failure(
    here: Actor, kinds: Kinds, clock: FixedClock
) -> None:
    def busy(run: JobRun) -> None:
        if run.attempt == 1:
            raise OperationalError("", {}, Exception("database is locked"))

    kinds.work = busy
    public_id = order(here)
    assert run_job(public_id, ME) == RUNNING
    clock.advance(minutes=4)
    assert run_waiting(ME) == 1
    assert job(public_id).state == DONE


def test_the_work_is_done_with_the_rights_its_author_has_now(here: Actor, kinds: Kinds) -> None:
    seen: list[Actor] = []
    kinds.work = lambda run: seen.append(run.actor)
    public_id = order(here)
    with unit_of_work() as session:
        area, account = find_area(session, HAPPY), session.get_one(Account, here.account_id)
        assert area is not None
        accounts.grant_role(session, account, "grid_worker", area, SYSTEM)
    run_job(public_id, ME)
    assert [grant.role for actor in seen for grant in actor.grants] == ["grid_worker"]
    assert seen[0].unrestricted is False


def test_nothing_is_done_for_an_account_that_is_disabled(here: Actor, kinds: Kinds) -> None:
    public_id = order(here)
    with unit_of_work() as session:
        accounts.disable_account(session, session.get_one(Account, here.account_id), SYSTEM)
    assert run_job(public_id, ME) == FAILED
    assert kinds.runs == []


def write_file(run: JobRun) -> None:
    """A job that leaves a file."""
    run.file("名单.csv", "text/csv").write_text("a,b")


def test_a_file_is_kept_for_a_day_under_a_random_name(
    here: Actor, kinds: Kinds, clock: FixedClock, site: Site
) -> None:
    kinds.work = write_file
    public_id = order(here)
    run_job(public_id, ME)
    found = job(public_id)
    path = results.path_of(found)
    assert path is not None
    assert path.read_text() == "a,b"
    assert path.parent == site.home / "tmp" / "jobs"
    assert len(path.name) == 32
    assert path.stat().st_mode & 0o077 == 0
    assert found.file_name == "名单.csv"
    clock.advance(hours=25)
    assert results.path_of(found) is None
    with unit_of_work() as session:
        assert results.forget_expired(session, clock.now) == 1
    assert not path.exists()
    assert job(public_id).file == ""


@pytest.mark.parametrize("end", ["fails", "is handed back"])
def test_a_job_that_does_not_get_done_leaves_no_file(here: Actor, kinds: Kinds, site: Site, end: str) -> None:
    def work(run: JobRun) -> None:
        write_file(run)
        if end == "fails":
            raise Problem("no", N_("No."))
        run.step(1, 2)

    kinds.work = work
    run_job(order(here), ME, stopping=lambda: end == "is handed back")
    assert list((site.home / "tmp" / "jobs").iterdir()) == []


def test_every_act_leaves_an_audit_row(here: Actor, kinds: Kinds) -> None:
    run_job(order(here, n=1), ME)
    order(here, n=2)
    with unit_of_work() as session:
        cancel(session, session.scalars(select(Job).where(Job.state == QUEUED)).one(), here)
        rows = session.scalars(
            select(AuditRow).where(AuditRow.event.startswith("job.")).order_by(AuditRow.id)
        )
        events = [row.event for row in rows]
    assert events == ["job.queued", "job.finished", "job.queued", "job.cancelled"]


def test_old_jobs_are_forgotten_after_a_month(here: Actor, kinds: Kinds, clock: FixedClock) -> None:
    run_job(order(here), ME)
    with unit_of_work() as session:
        assert services.forget_old(session, clock.now + timedelta(days=29)) == 0
        assert services.forget_old(session, clock.now + timedelta(days=31)) == 1
