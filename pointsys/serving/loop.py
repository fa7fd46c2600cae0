"""waitress with a graceful end: on SIGTERM nothing new is accepted, and what was begun is answered first.

waitress itself gives running requests five seconds and does not send what they answered.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore

GRACE_SECONDS = 30.0
_POLL = 0.05


class Stop:
    """Whether the server is to end; ``arm`` makes SIGTERM and Ctrl-C say so, a second Ctrl-C ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self._wake: Any = None

    def ask(self) -> None:
        """End the server."""
        self.asked = True
        if self._wake is not None:
            self._wake()

    def arm(self, wake: Any) -> None:
        """Listen to the signals of this process, if its main thread asks."""
        self._wake = wake
        if threading.current_thread() is not threading.main_thread():
            return

        def on_signal(number: int, _frame: object) -> None:
            if number == signal.SIGINT:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            self.ask()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)


def serve_until(server: Any, stop: Stop, on_stop: Callable[[], None], seconds: float = GRACE_SECONDS) -> None:
    """Run a waitress server until ``stop`` is asked, call ``on_stop``, and finish what was begun within ``seconds``."""
    while not stop.asked:
        _turn(server, server.adj.asyncore_loop_timeout)
    on_stop()
    deadline = time.monotonic() + seconds
    _stop_listening(server)
    # Twice: what has been sent to a connection just taken in is read in the turn after.
    for _ in range(2):
        _turn(server, 0)
    while _close_idle(server) and time.monotonic() < deadline:
        _turn(server, _POLL)
    server.task_dispatcher.shutdown(timeout=max(0.0, deadline - time.monotonic()))


def _turn(server: Any, timeout: float) -> None:
    wasyncore.loop(timeout=timeout, map=server._map, use_poll=server.adj.asyncore_use_poll, count=1)


def _stop_listening(server: Any) -> None:
    """Take in who has connected already, then close the door."""
    for _ in range(server.adj.backlog):
        before = len(server.active_channels)
        _turn(server, 0)
        if len(server.active_channels) <= before:
            break
    wasyncore.dispatcher.close(server)


def _close_idle(server: Any) -> bool:
    """Close connections on which nothing is under way; whether others are left."""
    busy = False
    for channel in list(server.active_channels.values()):
        if channel.requests or channel.total_outbufs_len or channel.request is not None:
            busy = True
        else:
            channel.will_close = True
    return busy
