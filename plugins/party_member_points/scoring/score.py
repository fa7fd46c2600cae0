"""The scorer: a pure function of its arguments, neutral JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping

from .evaluation import evaluate, result_of
from .explain import explanation
from .outlook import next_change
from .scheme import Scheme


def score(
    scheme: Scheme, facts: Mapping[str, object], query: Mapping[str, object], *, explain: bool = False
) -> dict[str, object]:
    """Score one person for one period; raises Problem when facts or query are at fault.

    With ``explain`` the result also has ``explain`` (why each number is what it is) and ``valid_until`` (the next
    local date on which it can change without a new fact, or None).
    """
    found = evaluate(scheme, facts, query)
    result = result_of(found)
    if explain:
        result["explain"] = explanation(found)
        result["valid_until"] = next_change(found)
    return result
