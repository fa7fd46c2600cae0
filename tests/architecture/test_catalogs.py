"""The Chinese texts are complete: ``python tools/i18n.py missing`` prints what this test finds lacking."""

from __future__ import annotations

from tools import i18n


def test_every_text_has_one_fitting_chinese_translation() -> None:
    assert i18n.check() == []
