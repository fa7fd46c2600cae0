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


# What an act does that puts another state in the place of one (S-19); keys are never told, not even by a digest.
CHANGES = {
    "updated", "changed", "renamed", "moved", "planned", "switched", "closed", "reopened", "disabled", "enabled",
    "left", "superseded", "confirmed",
}  # fmt: skip
NO_STATES = {"keys.changed", "keys.moved"}


def test_every_change_of_a_state_commits_to_the_state_before_and_after() -> None:
    lacking = []
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and len(node.args) > 2):
                continue
            event = node.args[2]
            known = ast.unparse(node.func) in {"audit.write", "write_audit", "audit_write"}
            told = event.value if isinstance(event, ast.Constant) else None
            if not (known and isinstance(told, str) and told not in NO_STATES):
                continue
            given = {keyword.arg for keyword in node.keywords}
            if told.rpartition(".")[2] in CHANGES and not {"before", "after"} <= given:
                lacking.append(f"{path.name}:{node.lineno} {told}")
    assert lacking == []
