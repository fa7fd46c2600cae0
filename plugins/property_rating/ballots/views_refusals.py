"""Refused ballots are counted once the request is answered; pages and the interface for programs do so alike."""

from __future__ import annotations

from flask import Response, after_this_request

from pointsys.plugin import Problem, unit_of_work

from .casting import LOGGED, add_refused


def log_refused(round_id: int, problem: Problem, method: str) -> None:
    """Count a refused ballot once the request is answered: what refused it undid everything else."""
    if problem.code not in LOGGED:
        return
    code = problem.code

    @after_this_request
    def count(response: Response) -> Response:
        with unit_of_work(drain=False) as session:
            add_refused(session, round_id, code, method)
        return response
