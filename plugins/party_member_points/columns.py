"""The columns that the plugin adds to a roster, and how their cells are read."""

from __future__ import annotations

import re

from pointsys.plugin import N_, ImportColumn, Problem, current_site, normalise_text, parse_date, parse_text

from .checkins.posts import parse_post

MEMBER = "member"
PROBATIONARY = "probationary"
NONE = "none"

_MEMBER = frozenset({
    "中共党员", "党员", "正式党员", "中共正式党员", "中国共产党党员", "中国共产党正式党员",
    "共产党员", "在职党员", "流动党员", "是", "有", "√", "✓", "✔", "☑", "y", "yes", "true", "1", "01",
})  # fmt: skip
_PROBATIONARY = frozenset({
    "预备党员", "中共预备党员", "中国共产党预备党员", "党员(预备)", "党员(预备期)", "中共党员(预备)",
    "中共党员(预备期)", "02",
})  # fmt: skip
_NONE = frozenset({
    "群众", "普通群众", "一般群众", "群众(现称普通公民)", "普通公民", "非党员", "非中共党员", "非", "否", "无", "不是",
    "×", "✗", "✘", "x", "n", "no", "false", "0",
    "团员", "共青团员", "共产主义青年团团员", "中国共产主义青年团团员", "少先队员", "入团积极分子",
    "积极分子", "入党积极分子", "发展对象", "入党申请人", "民主党派", "其他",
    "民革", "民盟", "民建", "民进", "农工党", "致公党", "九三", "九三学社", "台盟",
    "民革党员", "民革会员", "民盟盟员", "民盟会员", "民建会员", "民进会员", "农工党党员", "农工党员", "致公党党员",
    "致公党员", "九三学社社员", "九三社员", "台盟盟员", "无党派", "无党派人士", "无党派民主人士",
    "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "3", "4", "5", "6", "7", "8", "9",
})  # fmt: skip
# Full names of the other parties and leagues, which end in a word of their own for "member".
_OTHER_PARTY = re.compile(
    r"中国?(国民党革命委员会|民主同盟|民主建国会|民主促进会|农工民主党|致公党)|九三学社|台湾民主自治同盟"
)
_BLANKS = re.compile(r"\s+")
_LONGEST = 100


def parse_political_status(cell: object) -> str:
    """ "member", "probationary" or "none" from words such as 中共党员, 是, √, 群众, or the codes of GB/T 4762.

    Raises Problem ``bad_political_status`` for a word that says neither.
    """
    text = _BLANKS.sub("", normalise_text(cell)).casefold()
    if text in _MEMBER:
        return MEMBER
    if text in _PROBATIONARY:
        return PROBATIONARY
    if text in _NONE or _OTHER_PARTY.search(text):
        return NONE
    raise Problem(
        "bad_political_status",
        N_("“%(value)s” does not say whether this is a Party member. Write 中共党员, 中共预备党员 or 群众."),
        value=parse_text(cell)[:40],  # type: ignore[arg-type]
    )


def parse_checkin(cell: object) -> str:
    """The day of check-in as an ISO date; raises Problem ``bad_date`` or ``checkin_in_future``."""
    day = parse_date(cell)  # type: ignore[arg-type]
    if day > current_site().today():
        raise Problem("checkin_in_future", N_("The day of check-in lies in the future."))
    return day.isoformat()


def parse_short_text(cell: object) -> str:
    """A name of at most 100 characters; raises Problem ``name_too_long``."""
    text = parse_text(cell)  # type: ignore[arg-type]
    if len(text) > _LONGEST:
        raise Problem("name_too_long", N_("Give a name of at most 100 characters."))
    return text


STATUS = "political_status"
HOME_UNIT = "home_unit"
BRANCH = "branch"
CHECKIN = "checkin_on"
POST = "post"

IMPORT_COLUMNS = (
    ImportColumn(
        STATUS,
        (
            "政治面貌",
            "是否党员",
            "党员",
            "是否中共党员",
            "是否为党员",
            "是否是党员",
            "党员身份",
            "政治身份",
            "党派",
        ),
        parse_political_status,
        examples=("中共党员", "群众"),
        choices=("中共党员", "中共预备党员", "共青团员", "群众"),
    ),
    ImportColumn(
        HOME_UNIT,
        ("工作单位", "单位", "所在单位", "单位名称", "工作单位名称", "所属单位", "派出单位", "报到单位"),
        parse_short_text,
        examples=("市第一中学", ""),
    ),
    ImportColumn(
        BRANCH,
        (
            "党支部",
            "所在支部",
            "支部",
            "所在党支部",
            "所属党支部",
            "党支部名称",
            "所属支部",
            "党组织",
            "所在党组织",
        ),
        parse_short_text,
        examples=("幸福社区第一党支部", ""),
    ),
    ImportColumn(
        CHECKIN,
        ("报到日期", "报到时间", "社区报到日期", "社区报到时间", "到社区报到日期", "到社区报到时间"),
        parse_checkin,
        examples=("2026-01-15", ""),
    ),
    ImportColumn(
        POST,
        ("支部职务", "党内职务", "党组织职务", "党支部职务", "支委职务"),
        parse_post,
        examples=("组织委员", ""),
    ),
)
