"""Which hosts and addresses may be connected to: the rules of a guard against SSRF.

Rules:
1. An address is judged in every form it stands for: `::ffff:10.0.0.1` is 10.0.0.1, and behind
   addresses of NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380) there is an IPv4 address.
2. What cannot be judged is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias, cast

from .described import described
from .hosts import plain_host

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

AddressRule: TypeAlias = str | IPv4Address | IPv6Address | IPv4Network | IPv6Network
"""A network or an address, as an object or as text, or a host name."""

PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host, RFC 1122
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by carriers, RFC 6598
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: the clouds' metadata services among others
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/96",  # unspecified, loopback, and the abandoned "IPv4-compatible" form
        "64:ff9b:1::/48",  # NAT64 for local use, RFC 8215
        "100::/64",  # discarded, RFC 6666
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing, RFC 9602
        "fc00::/7",  # private: unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, abandoned
        "ff00::/8",  # multicast
    )
)
"""What no public server has for an address: after the special-purpose registries of RFC 6890."""

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRules:
    """What is refused, and what is allowed all the same.

    Parameters:
        allow: networks, addresses and host names that are not refused whatever `deny` says.
        deny: networks, addresses and host names that are refused.

    Raises:
        TypeError: one of them is a single text instead of a collection.
        ValueError: a text is neither a network, an address nor a host name.
    """

    __slots__ = ("_allowed", "_allowed_names", "_denied", "_denied_names")

    def __init__(self, allow: Iterable[AddressRule], deny: Iterable[AddressRule]) -> None:
        self._allowed, self._allowed_names = _sorted_out(allow, "allow")
        self._denied, self._denied_names = _sorted_out(deny, "deny")

    def trusts_name(self, host: str) -> bool:
        """Whether `host` is allowed by its name, wherever that leads."""
        return plain_host(host) in self._allowed_names

    def why_not_host(self, host: str) -> str | None:
        """Why `host`, a name or an address, is refused before it is looked up; `None` if not."""
        name = plain_host(host)
        if name in self._allowed_names:
            return None
        if name in self._denied_names:
            return f"the name {name!r} is denied"
        return self.why_not_address(name) if _is_address(name) else None

    def why_not_address(self, address: object) -> str | None:
        """Why an address, as text or as a socket has it, is refused; `None` if it is not."""
        if isinstance(address, tuple) and address:
            address = cast("tuple[object, ...]", address)[0]
        if not isinstance(address, str) or not _is_address(address):
            return f"{address!r} is not an IP address, so it cannot be judged"
        for form in _forms(ip_address(_without_zone(address))):
            network = _first_with(form, self._denied)
            if network is not None and _first_with(form, self._allowed) is None:
                return f"{address} is in {network}, which is denied"
        return None


def _sorted_out(
    rules: Iterable[AddressRule], given_as: str
) -> tuple[tuple[Network, ...], frozenset[str]]:
    """The networks and the names among `rules`."""
    if isinstance(rules, str):
        raise TypeError(f"{given_as}= takes a collection of rules: write {given_as}=[{rules!r}]")
    if not isinstance(rules, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{given_as}= takes a collection of rules, not {described(rules)}")
    networks: list[Network] = []
    names: set[str] = set()
    for rule in rules:
        if not isinstance(rule, str | IPv4Address | IPv6Address | IPv4Network | IPv6Network):  # pyright: ignore[reportUnnecessaryIsInstance]
            # `ipaddress` would take numbers and bytes for addresses.
            raise TypeError(
                f"a rule of {given_as}= is a network, an address or a host name, as a str or an "
                f"`ipaddress` object, not {described(rule)}"
            )
        if isinstance(rule, str) and "/" not in rule:
            text = plain_host(rule)
            if not _is_address(text):
                names.add(text)
                continue
            rule = ip_address(text)
        networks.append(_plain_network(ip_network(rule)))
    return tuple(networks), frozenset(names)


def _plain_network(network: Network) -> Network:
    """`network`, as one of IPv4 if it is a range of IPv4 addresses mapped into IPv6."""
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        start = int(network.network_address) & 0xFFFFFFFF
        return IPv4Network((start, network.prefixlen - 96))
    return network


def _without_zone(address: str) -> str:
    return address.partition("%")[0]


def _is_address(text: str) -> bool:
    try:
        ip_address(_without_zone(text))
    except ValueError:
        return False
    return True


def _first_with(address: Address, networks: Iterable[Network]) -> Network | None:
    for network in networks:
        if address.version == network.version and address in network:
            return network
    return None


def _forms(address: Address) -> Iterator[Address]:
    """`address` as it is routed, and the IPv4 addresses that it stands for."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield address.teredo[1]
