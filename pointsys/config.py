"""Where a site's settings come from: defaults, then ``pointsys.toml`` in its home, then ``POINTSYS_*`` variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class ConfigError(Exception):
    """A setting that cannot be used; the text names it and the cure."""


@dataclass(frozen=True)
class Config:
    """Settings of one site; each is also a ``POINTSYS_<NAME>`` variable and a key of ``pointsys.toml``."""

    home: Path
    database_url: str = ""
    timezone: str = "Asia/Shanghai"
    language: str = "zh_Hans_CN"
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    # How many proxies of our own stand in front; only what they add to X-Forwarded-* is believed.
    trusted_proxies: int = 0
    # Further names under which the site is reached, separated by commas; see web.headers.check_host.
    trusted_hosts: str = ""
    # From where administrators may act, as networks separated by commas: "10.0.0.0/8, 192.168.3.7". Empty: anywhere.
    admin_networks: str = ""
    # Cookies carry Secure and the __Host- prefix unless this is set; then a banner says so on every page.
    allow_plain_http: bool = False
    disabled_plugins: str = ""
    # No third-party plugin is loaded and no plugin's hook is called: for a site that a plugin keeps from working.
    safe_mode: bool = False
    # Who does background work: "threads" of the process that serves, or "off" where `pointsys jobs run` does it.
    jobs: str = "threads"
    # What goes to standard error: "json" lines, "text" for people, or "" for whichever fits (text on a terminal).
    logs: str = ""
    # Below this much free space on the home folder's disk the site reports itself as not ready.
    disk_free_mb: int = 200
    # How often one token of the REST interface may ask in a minute, over all processes of the site.
    api_requests_per_minute: int = 600
    # Where the daily heads of the audit log are kept; a disk that the database's keepers cannot write to is best.
    audit_anchor: str = ""
    # A line on every page says that nothing here is real; `pointsys demo` sets it.
    demo: bool = False

    @property
    def sqlalchemy_url(self) -> str:
        """The address SQLAlchemy connects to; SQLite in the home folder by default."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'pointsys.db'}"
        # SQLAlchemy 2.1 reads postgresql:// as psycopg 3; the older short form is common in hosting tools.
        return self.database_url.replace("postgres://", "postgresql://", 1)

    @property
    def disabled(self) -> list[str]:
        """Names of the plugins that are not loaded at all."""
        return [name.strip() for name in self.disabled_plugins.split(",") if name.strip()]

    def zone(self) -> ZoneInfo:
        """The site's time zone; raises ConfigError for an unknown name."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(
                f"timezone: {self.timezone!r} is not a known time zone, try Asia/Shanghai"
            ) from None


def _convert(name: str, kind: object, value: object) -> object:
    if kind in (bool, "bool"):
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
            return str(value).lower() in {"1", "true", "yes", "on"}
        raise ConfigError(f"{name}: {value!r} is neither true nor false")
    if kind in (int, "int"):
        try:
            return int(str(value))
        except ValueError:
            raise ConfigError(f"{name}: {value!r} is not a whole number") from None
    return str(value)


def _check_networks(text: str) -> None:
    """A slip of the pen here must not open the site to everybody, nor close it to everybody without a word."""
    from ipaddress import ip_network

    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise ConfigError(f"admin_networks: {part!r} is not a network, try 192.168.0.0/16") from None


def load_config(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings of the site in ``home`` ($POINTSYS_HOME or ./instance); raises ConfigError."""
    env = os.environ if environ is None else environ
    home = (home or Path(env.get("POINTSYS_HOME") or "instance")).resolve()
    config = Config(home=home)
    known = {f.name: f.type for f in fields(Config) if f.name != "home"}
    found: dict[str, object] = {}
    path = home / "pointsys.toml"
    if path.exists():
        try:
            found.update(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path.name}: {error}") from None
    for name in known:
        if (value := env.get(f"POINTSYS_{name.upper()}")) is not None:
            found[name] = value
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ConfigError(f"unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    values = {name: _convert(name, known[name], value) for name, value in found.items()}
    _check_networks(str(values.get("admin_networks", "")))
    return replace(config, **values)  # type: ignore[arg-type]
