"""The pages of background work: one sees one's own, administrators that there is more, and files are one's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from pointsys.core.actors import Actor
from pointsys.core.jobs import JobKind, JobRun, enqueue, queue, services
from pointsys.core.jobs.running import run_waiting
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import demo_host, make_plugin


def work(run: JobRun) -> None:
    """Leaves a file, or fails, as the arguments say."""
    if run.args.get("fail"):
        raise Problem("too_blue", N_("It is too blue."))
    run.file("名单.csv", "text/csv").write_text("a,b")


@pytest.fixture
def app(make_app: MakeApp) -> Iterator[Flask]:
    """A site with one kind of job."""
    kind = JobKind("demo.work", "Demo work", work)
    app = make_app(host=demo_host(make_plugin("demo", derive=None, jobs=(kind,))))
    yield app
    with app.app_context():
        queue.close_queue()


class Jobs:
    """Orders jobs and works them off."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world

    def order(self, login: str = "worker", area: str = "happy", **args: object) -> str:
        """A job of this account; the path of its page."""
        actor = Actor(login, account_id=self.world.accounts[login])
        with self.app.app_context(), unit_of_work() as session:
            job = enqueue(session, "demo.work", self.world.areas[area], args, actor, total=10)
            return f"/a/{self.world.codes[area]}/jobs/{job.public_id}"

    def do(self) -> None:
        """Do what waits."""
        with self.app.app_context():
            run_waiting("test:1")


@pytest.fixture
def jobs(app: Flask, world: World) -> Jobs:
    """That."""
    return Jobs(app, world)


def test_a_waiting_job_asks_how_far_it_is_until_it_has_ended(worker: Browser, jobs: Jobs) -> None:
    path = jobs.order()
    page = worker.page(path)
    progress = page.select_one("#job-progress")
    assert progress is not None
    assert progress["hx-get"] == f"{path}/progress"
    assert b"hx-get" in worker.get(f"{path}/progress").data
    jobs.do()
    ended = worker.get(f"{path}/progress")
    assert (ended.status_code, ended.headers["HX-Refresh"]) == (204, "true")
    assert worker.page(path).select_one("[hx-get]") is None


def test_the_bar_shows_the_share_that_is_done(app: Flask, worker: Browser, jobs: Jobs) -> None:
    path = jobs.order()
    with app.app_context(), unit_of_work() as session:
        claimed = services.claim(session, path.rpartition("/")[2], "test:1")
        assert claimed is not None
        session.execute(claimed.still_mine().values(done=4))
    bar = worker.page(path).select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("40", "100")


def test_what_it_made_is_fetched_by_the_one_who_ordered_it_for_a_day(
    worker: Browser, jobs: Jobs, clock: FixedClock
) -> None:
    path = jobs.order()
    assert worker.get(f"{path}/file").status_code == 404
    jobs.do()
    link = worker.page(path).select_one(f'a[href="{path}/file"]')
    assert link is not None
    answer = worker.get(f"{path}/file")
    assert answer.data == b"a,b"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    clock.advance(minutes=20)
    assert worker.get(f"{path}/file").status_code == 200


def test_after_a_day_the_file_is_gone(
    app: Flask, jobs: Jobs, world: World, clock: FixedClock, sign_in: SignIn
) -> None:
    path = jobs.order()
    jobs.do()
    clock.advance(hours=25)
    later = sign_in(world.accounts["worker"])
    assert later.get(f"{path}/file").status_code == 404
    assert later.page(path).select_one(f'a[href="{path}/file"]') is None


@pytest.mark.parametrize("login", ["sunny_worker", "grid_worker", "secretary", "office", "member"])
def test_another_s_job_looks_like_none(jobs: Jobs, world: World, sign_in: SignIn, login: str) -> None:
    path = jobs.order()
    jobs.do()
    other = sign_in(world.accounts[login])
    missing = f"/a/{world.codes['happy']}/jobs/nothing"
    for part in ("", "/progress", "/file"):
        assert other.get(path + part).status_code == other.get(missing + part).status_code
        assert other.get(path + part).status_code in (403, 404)
    assert other.post(f"{path}/cancel").status_code in (403, 404)


def test_an_administrator_sees_and_stops_it_but_does_not_get_the_file(
    admin: Browser, jobs: Jobs, world: World
) -> None:
    path = jobs.order()
    assert path in str(admin.page(f"/a/{world.codes['happy']}/jobs"))
    jobs.do()
    assert admin.get(path).status_code == 200
    assert admin.get(f"{path}/file").status_code == 404
    waiting = jobs.order(n=2)
    assert admin.post(f"{waiting}/cancel").status_code == 303
    assert admin.page(waiting).select_one("form[action$=cancel]") is None


def test_a_job_of_elsewhere_is_not_found_from_here(worker: Browser, jobs: Jobs, world: World) -> None:
    path = jobs.order(area="sunny")
    here = path.replace(world.codes["sunny"], world.codes["happy"])
    assert worker.get(here).status_code == 404


def test_one_s_own_job_is_cancelled(worker: Browser, jobs: Jobs) -> None:
    path = jobs.order()
    assert worker.post(f"{path}/cancel").status_code == 303
    jobs.do()
    assert worker.page(path).select_one("form[action$=cancel]") is None
    assert worker.post(f"{path}/cancel").status_code == 303
    assert worker.page(path).select_one(".notice-danger") is not None


def test_a_failed_job_says_why(worker: Browser, jobs: Jobs) -> None:
    path = jobs.order(fail=True)
    jobs.do()
    notice = worker.page(path).select_one(".notice-danger")
    assert notice is not None
    assert "It is too blue." in notice.get_text()


def test_the_list_shows_one_s_own_and_can_be_filtered(worker: Browser, jobs: Jobs, world: World) -> None:
    index = f"/a/{world.codes['happy']}/jobs"
    assert worker.page(index).select_one(".empty") is not None
    failed = jobs.order(fail=True)
    jobs.do()
    waiting, foreign = jobs.order(), jobs.order("secretary", n=3)
    text = str(worker.page(index))
    assert [path in text for path in (failed, waiting, foreign)] == [True, True, False]
    text = str(worker.page(f"{index}?state=failed"))
    assert [path in text for path in (failed, waiting)] == [True, False]


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    app: Flask, worker: Browser, jobs: Jobs, world: World
) -> None:
    index = f"/a/{world.codes['happy']}/jobs"
    jobs.order(n=0)
    with counted(app) as few:
        worker.get(index)
    for number in range(1, 15):
        jobs.order(n=number)
    with counted(app) as many:
        worker.get(index)
    # One of them looks up who ordered them.
    assert len(many) == len(few) <= 8
