"""Scoring by schemes: a scheme is data, the scorer a pure function of scheme, facts and query.

``load_scheme`` parses, lints and builds; ``score`` gives the neutral result; ``lint`` and ``lint_report`` list every
fault of a scheme; ``score_lines`` is the command line's JSON-lines form. Nothing here knows a database or a clock.
"""

from __future__ import annotations

from .build import build, load_scheme
from .evaluation import Evaluation, evaluate, result_of
from .findings import Finding, SchemeError
from .lines import score_lines
from .lint import is_sound, lint, lint_report
from .outlook import next_change
from .publicity import publicity_end
from .quota import apply_quota
from .scheme import Scheme
from .score import score
from .wallet import run_wallet

__all__ = [
    "Evaluation",
    "Finding",
    "Scheme",
    "SchemeError",
    "apply_quota",
    "build",
    "evaluate",
    "is_sound",
    "lint",
    "lint_report",
    "load_scheme",
    "next_change",
    "publicity_end",
    "result_of",
    "run_wallet",
    "score",
    "score_lines",
]
