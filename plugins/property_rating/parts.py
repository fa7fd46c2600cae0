"""The parts of the plugin, in the order of the menu."""

from __future__ import annotations

from pointsys.plugin import Parts

from .ballots import info as _ballots
from .owners import info as _owners
from .reception import info as _reception
from .registry import info as _registry
from .results import info as _results
from .rounds import info as _rounds
from .schemes import info as _schemes
from .standing import info as _standing

PARTS = Parts(
    __package__,
    {
        "results": _results.PART,
        "registry": _registry.PART,
        "owners": _owners.PART,
        "schemes": _schemes.PART,
        "rounds": _rounds.PART,
        "ballots": _ballots.PART,
        "standing": _standing.PART,
        "reception": _reception.PART,
    },
)
