"""Settings for gunicorn: ``gunicorn -c python:pointsys.serving.gunicorn_conf``; arguments after it win.

Two processes with eight threads each, the program loaded once before they fork. The log is one stream of JSON lines
on standard error; gunicorn's own access log, which holds addresses, stays off.
"""

from __future__ import annotations

import gc
from typing import Any

from pointsys.config import load_config

_config = load_config()

wsgi_app = "pointsys.wsgi:app"
bind = f"{_config.host}:{_config.port}"
workers = 2
worker_class = "gthread"
threads = 8
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 5
accesslog = None
# Nobody steers a running site but by signals; older versions of gunicorn do not know the setting and pass over it.
control_socket_disable = True
# The application believes proxies by its own setting trusted_proxies, and nobody else here.
forwarded_allow_ips = ""
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "pointsys.web.logging_json.JsonLines"}},
    "handlers": {
        "lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"},
    },
    "root": {"level": "INFO", "handlers": ["lines"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        "huey": {"level": "WARNING"},
        "PIL": {"level": "WARNING"},
        "alembic": {"level": "WARNING"},
    },
}


def pre_fork(_server: Any, _worker: Any) -> None:
    """Leave what is loaded out of later collections: a page that none of them touches stays shared."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Start the threads that do jobs; they learn of SIGTERM as soon as the worker does."""
    from pointsys.wsgi import start_workers

    start_workers(lambda: not worker.alive)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Hand back what they are at; requests have been finished by now."""
    from pointsys.wsgi import stop_workers

    stop_workers()
