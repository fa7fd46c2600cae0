"""The one exception for anything a user can put right, and the marker for texts to translate."""

from __future__ import annotations


def N_(text: str) -> str:
    """Mark ``text`` for the message catalogs and return it unchanged; it is translated where it is shown."""
    return text


class Problem(Exception):
    """A refusal that names its cure.

    ``code`` is machine readable and stable; ``message`` is an English catalog text with ``%(name)s`` places
    filled from ``params``; ``field`` names the input at fault, when one is.
    """

    def __init__(self, code: str, message: str, /, *, field: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Refused(Problem):
    """The actor may not do this; ``visible`` tells whether the thing itself may be known to exist."""

    def __init__(
        self, code: str, message: str, /, *, field: str | None = None, visible: bool = True, **params: object
    ) -> None:
        super().__init__(code, message, field=field, **params)
        self.visible = visible


class Conflict(Problem):
    """What is asked for was possible, but not in the state that the thing is in now: somebody was first, say."""
