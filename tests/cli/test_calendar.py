"""``pointsys calendar import``: a year's notice, kept beside the site's other files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from pointsys.core.audit import AuditRow
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope
from pointsys.core.work_calendar import FILE_NAME, site_calendar
from pointsys.kit.problems import Problem
from tests.conftest import RunCli

NEW_YEAR = "2027-01-01,holiday\n2027-01-03,workday\n"


def _file(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "notice.csv"
    path.write_text(content, encoding=encoding)
    return path


def test_an_imported_year_is_known_beside_the_shipped_ones(
    run_cli: RunCli, site: Site, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match="2027"):
        site_calendar(site.home).is_workday(date(2027, 1, 1))
    result = run_cli("calendar", "import", _file(tmp_path, NEW_YEAR), "--json")
    assert (result.exit_code, result.json()) == (0, {"years": [2027]})
    calendar = site_calendar(site.home)
    assert not calendar.is_workday(date(2027, 1, 1))
    assert calendar.is_workday(date(2027, 1, 3))
    assert not calendar.is_workday(date(2026, 10, 1))


def test_a_second_file_replaces_its_year_and_keeps_the_others(
    run_cli: RunCli, site: Site, tmp_path: Path
) -> None:
    run_cli("calendar", "import", _file(tmp_path, NEW_YEAR))
    run_cli("calendar", "import", _file(tmp_path, "2028-01-03,holiday\n"))
    run_cli("calendar", "import", _file(tmp_path, "2027-01-04,holiday\n"))
    calendar = site_calendar(site.home)
    assert calendar.is_workday(date(2027, 1, 1))
    assert not calendar.is_workday(date(2027, 1, 4))
    assert not calendar.is_workday(date(2028, 1, 3))


def test_a_file_from_excel_in_gbk_is_read(run_cli: RunCli, site: Site, tmp_path: Path) -> None:
    content = "日期,类型,名称\n2027/1/1,节假日,元旦\n2027/1/3,上班,\n"
    assert run_cli("calendar", "import", _file(tmp_path, content, "gbk")).exit_code == 0
    assert site_calendar(site.home).is_workday(date(2027, 1, 3))


def test_a_bad_file_is_refused_and_what_was_known_stays(run_cli: RunCli, site: Site, tmp_path: Path) -> None:
    run_cli("calendar", "import", _file(tmp_path, NEW_YEAR))
    before = (site.home / FILE_NAME).read_bytes()
    result = run_cli("calendar", "import", _file(tmp_path, "2028-01-03,perhaps\n"), "--json")
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "bad_calendar")
    assert (site.home / FILE_NAME).read_bytes() == before


def test_a_file_that_is_not_there_is_refused(run_cli: RunCli, tmp_path: Path) -> None:
    result = run_cli("calendar", "import", tmp_path / "missing.csv", "--json")
    assert (result.exit_code, result.json()["error"]["code"]) == (2, "usage")


def test_the_import_is_audited(run_cli: RunCli, site: Site, tmp_path: Path) -> None:
    run_cli("calendar", "import", _file(tmp_path, NEW_YEAR))
    with read_scope() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "calendar.imported")).one()
        assert row.actor.startswith("operator:")
