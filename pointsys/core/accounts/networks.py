"""From where administrators may act (S-18): outside of these networks their posts count for nothing.

The list is a setting of the machine, not of a page, so that nobody locks the last administrator out from afar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from pointsys.core.actors import Actor
from pointsys.core.permissions import ADMINISTRATORS

Network = IPv4Network | IPv6Network


@lru_cache(maxsize=8)
def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks written as ``10.0.0.0/8, 192.168.3.7``; raises ValueError that names a wrong one."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def is_inside(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks; without any network every address does."""
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain.version == network.version and plain in network for network in networks)


def from_address(actor: Actor, address: str, networks: str) -> Actor:
    """The actor as ``address`` leaves it: the very same, or without the posts of an administrator."""
    if is_inside(address, parse_networks(networks)):
        return actor
    left = tuple(grant for grant in actor.grants if grant.role not in ADMINISTRATORS)
    return actor if left == actor.grants else replace(actor, grants=left)
