"""One task of a measurement, in a process of its own: ``python -m benchmarks.child TASK JSON``."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main(task: str, text: str) -> None:
    """Do the task and print what was found as the last line."""
    arguments: dict[str, Any] = json.loads(text)
    if "home" in arguments:
        arguments["home"] = Path(arguments["home"])
    print(json.dumps(_run(task, arguments)))


def _run(task: str, arguments: dict[str, Any]) -> dict[str, float]:
    # Only what the task needs is imported: the importer's memory is not to hold the rest.
    if task == "fill":
        from benchmarks import town

        return town.fill(**arguments)
    if task == "record":
        from benchmarks import record

        return record.measure(**arguments)
    if task == "start":
        from benchmarks import start

        return start.measure(**arguments)
    if task == "log":
        from benchmarks import log

        return log.fill_log(**arguments)
    if task in ("ranks", "fresh", "pages"):
        from benchmarks import reads

        measures = {"ranks": reads.measure_ranks, "fresh": reads.measure_fresh, "pages": reads.measure_pages}
        return measures[task](**arguments)
    if task == "keys":
        from benchmarks import keys

        return keys.measure(**arguments)
    if task == "keys_move":
        from benchmarks import keys

        return keys.move_all(**arguments)
    if task == "audit":
        from benchmarks import audit

        return audit.measure(**arguments)
    if task in ("points", "volunteer", "reports", "attendance", "property", "wishes"):
        measured: dict[str, float] = import_module(f"benchmarks.{task}").measure(**arguments)
        return measured
    if task == "memory":
        from benchmarks import memory

        return memory.measure(**arguments)
    from benchmarks import imports

    return imports.write(**arguments) if task == "sheet" else imports.measure(**arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
