"""Proxies from the environment: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.

Rules:
1. The environment is read once, when a pool is made. What it says later does not count.
2. Lowercase goes before uppercase. An empty variable counts as none.
3. Under CGI (`REQUEST_METHOD` is set) uppercase `HTTP_PROXY` is not read: there it is what a
   client sent as the field `Proxy`.
4. `NO_PROXY` is matched against the host that was parsed from the URL, never against its text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from .errors import InvalidURL
from .hosts import plain_host, split_endpoint
from .proxies import Choice, Proxy, ProxyTypes, choice_of, host_test, network_test
from .urls import URL, effective_port

_BETWEEN = r"[\s,]+"

Bypass = Callable[[str, int], bool]
"""Tells whether a host and port are exempt."""


def choice_for(proxy: ProxyTypes | None, trust_env: bool) -> Choice | None:
    """How the proxy for a URL is chosen; `None` if there is never one.

    What is given beats the environment, which is not even read then.

    Raises:
        InvalidURL: a proxy's URL is none.
        ValueError: a pattern is none.
        TypeError: `proxy` is something else.
    """
    if proxy is not None:
        return choice_of(proxy)
    return environment_choice(os.environ) if trust_env else None


def environment_choice(environ: Mapping[str, str]) -> Choice | None:
    """The choice that the variables make; `None` if they name no proxy.

    Raises:
        InvalidURL: a variable does not hold a proxy's URL.
    """
    everything = _proxy_in(environ, "all_proxy")
    proxies = {
        "http": _proxy_in(environ, "http_proxy") or everything,
        "https": _proxy_in(environ, "https_proxy") or everything,
    }
    exempt = _bypasses(_value(environ, "no_proxy")[1])
    if exempt is None or not any(proxies.values()):
        return None

    def choose(url: URL) -> Proxy | None:
        proxy = proxies.get(url.scheme)
        if proxy is None or not exempt:
            return proxy
        host, port = plain_host(url.host), effective_port(url)
        return None if any(is_exempt(host, port) for is_exempt in exempt) else proxy

    return choose


def _value(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable that counts, and its value; both empty if there is none."""
    names = [name, name.upper()]
    if name == "http_proxy" and "REQUEST_METHOD" in environ:
        names = [] if os.name == "nt" else [name]  # Windows does not tell them apart
    for candidate in names:
        value = environ.get(candidate, "").strip()
        if value:
            return candidate, value
    return "", ""


def _proxy_in(environ: Mapping[str, str], name: str) -> Proxy | None:
    variable, value = _value(environ, name)
    if not value:
        return None
    try:
        # A bare `host:port` is an HTTP proxy, as everybody has it.
        return Proxy(value if "://" in value else f"http://{value}")
    except InvalidURL as error:
        # The text is not repeated: it may hold a password.
        raise InvalidURL(
            f"the environment variable {variable} holds no proxy: write it as 'http://host:port', "
            "or unset it, or make the pool with trust_env=False"
        ) from (None if "@" in value else error)


def _bypasses(text: str) -> list[Bypass] | None:
    """The tests for the entries of `NO_PROXY`; `None` if everything is exempt."""
    entries = [entry for entry in re.split(_BETWEEN, text) if entry]
    if "*" in entries:
        return None
    found: list[Bypass] = []
    for entry in entries:
        try:
            found.append(_bypass(entry.lower()))
        except ValueError:
            continue  # what is no host exempts nothing: other programs read this variable too
    return found


def _bypass(entry: str) -> Bypass:
    if "/" in entry:
        is_in = network_test(entry)
        return lambda host, port: is_in(host)
    name, wanted = split_endpoint(entry)
    # A name stands for itself and for all below it, with or without a leading dot.
    fits = host_test(name if name.startswith(("*.", ".")) or _is_address(name) else "." + name)
    return lambda host, port: wanted in (None, port) and fits(host)


def _is_address(name: str) -> bool:
    return ":" in name or name.rpartition(".")[2].isdigit()
