"""The import wizard when things go wrong: files that are no sheets, a file too large, and an import taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.live import LiveSite
from tests.factories import HAPPY
from tests.sheets import LOG_HEADER, csv_of

pytestmark = pytest.mark.browser

IMPORTS = f"/a/{HAPPY}/imports/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
RECENT = csv_of(
    LOG_HEADER,
    ("2026-07-05", "清洁家园", "志愿服务", "孙阳", "13800138001", "09:00", "11:00"),
    ("2026-07-05", "清洁家园", "志愿服务", "李一", "13800138002", "09:00", "10:30"),
)


def file(name: str, data: bytes) -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("名册.xlsx", "姓名,手机\n张伟,1".encode("gbk")),
        ("名册.xlsx", PNG),
        ("名册.doc", PNG),
        ("名册.xls", b"\0"),
    ],
    ids=["text", "picture", "document", "rubbish"],
)
def test_what_is_no_sheet_is_refused_with_the_cure(desk_site: LiveSite, name: str, data: bytes) -> None:
    with desk_site.enter("chen") as window:
        page = window.open(IMPORTS)
        window.expected = 422
        page.get_by_label("文件", exact=True).set_input_files(file(name, data))
        page.get_by_role("button", name="下一步").click()
        refusal = page.get_by_role("alert")
        expect(refusal).to_be_visible()
        # It names what to do: another file, another way to save it, or pasting.
        assert re.search("另存|保存|粘贴|选择|\\.xlsx", refusal.inner_text()), refusal.inner_text()
        expect(page.get_by_label("文件", exact=True)).to_be_visible()


def test_a_file_that_is_too_large_is_refused_with_the_limit(desk_site: LiveSite, tmp_path: Path) -> None:
    large = tmp_path / "大表.xlsx"
    large.write_bytes(bytes(11 * 1024 * 1024))
    with desk_site.enter("chen") as window:
        page = window.open(IMPORTS)
        window.expected = 413
        page.get_by_label("文件", exact=True).set_input_files(large)
        page.get_by_role("button", name="下一步").click()
        expect(page.locator("main")).to_contain_text("10 MB")


def test_an_import_is_taken_back_as_a_whole(desk_site: LiveSite) -> None:
    with desk_site.enter("chen") as window:
        page = window.open(IMPORTS)
        page.get_by_label("活动记录表").check()
        page.get_by_label("文件", exact=True).set_input_files(file("七月.csv", RECENT))
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="导入 2 行").click()
        expect(page.get_by_text("已导入", exact=True)).to_be_visible()
        result = page.url.removeprefix(desk_site.url)
        people = page.locator("table.list tbody tr", has_text=re.compile("孙阳|李一"))
        window.open(f"/a/{HAPPY}/log?status=pending")
        expect(people).to_have_count(2)

        window.open(result)
        page.get_by_label("原因").fill("传错了表")
        page.get_by_role("button", name="撤销", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="确定").click()
        expect(page.get_by_text("已撤销", exact=True)).to_be_visible()
        window.open(f"/a/{HAPPY}/log?status=pending")
        expect(people).to_have_count(0)
        window.open(f"/a/{HAPPY}/log?status=voided")
        expect(people).to_have_count(2)


def test_a_wrong_password_says_nothing_about_the_account(desk_site: LiveSite) -> None:
    told = set()
    for login in ("chen", "nobody-here"):
        with desk_site.enter() as window:
            page = window.open("/sign-in")
            window.expected = 422
            page.get_by_label("登录名").fill(login)
            page.get_by_label("密码").fill("Wrong-horse-7")
            page.get_by_role("button", name="登录", exact=True).click()
            told.add(page.get_by_role("alert").inner_text())
    assert len(told) == 1
