"""Every event that is written into the audit log has words for its readers."""

from __future__ import annotations

import ast

from pointsys.core.host import load_host
from pointsys.web.events import EVENTS
from tests.architecture.sources import CODE, python_files, tree


def written_events() -> set[str]:
    """The event of each ``audit.write(session, actor, "event", ...)`` that names it outright."""
    found = set()
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and len(node.args) > 2):
                continue
            function, event = node.func, node.args[2]
            is_audit = ast.unparse(function) in {"audit.write", "write_audit", "audit_write", "audit"}
            if is_audit and isinstance(event, ast.Constant) and isinstance(event.value, str):
                found.add(event.value)
    return found


def test_every_event_of_the_audit_log_has_words() -> None:
    events = written_events()
    words = {*EVENTS, *(event for info in load_host().plugins.values() for event in info.events)}
    assert len(events) > 20
    assert sorted(events - words) == []
