"""Posts in a Party branch: what schemes may ask for as the member's ``role``, and how a sheet spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsys.plugin import N_, Problem, normalise_text

POSTS: Mapping[str, str] = {
    "secretary": N_("Branch secretary"),
    "deputy_secretary": N_("Deputy branch secretary"),
    "organisation": N_("Committee member for organisation"),
    "publicity": N_("Committee member for publicity"),
    "discipline": N_("Committee member for discipline"),
    "committee": N_("Committee member of the branch"),
    "group_leader": N_("Leader of a Party group"),
}
# As sheets write it, without blanks; the longer words first.
_WORDS = (
    ("副书记", "deputy_secretary"),
    ("书记", "secretary"),
    ("组织委员", "organisation"),
    ("宣传委员", "publicity"),
    ("纪检委员", "discipline"),
    ("纪律检查委员", "discipline"),
    ("委员", "committee"),
    ("组长", "group_leader"),
)
_BLANKS = re.compile(r"\s+")


def parse_post(cell: object) -> str:
    """The key of a post from words such as 支部书记 or 组织委员; raises Problem ``bad_post`` for anything else."""
    text = _BLANKS.sub("", normalise_text(cell))
    if text in POSTS:
        return text
    for word, post in _WORDS:
        if word in text:
            return post
    if text in ("党员", "普通党员", "无", "无职务"):
        return ""
    raise Problem(
        "bad_post",
        N_(
            "“%(value)s” is no post of a branch. Write 书记, 副书记, 组织委员, 委员 or 组长, or leave it blank."
        ),
        value=text[:40],
    )
