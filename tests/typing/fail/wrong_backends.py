"""Backends around what is none, and settings of backends that are of the wrong type."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import ahttpx
import ahttpx.backends
import httpx
import httpx.backends

httpx.backends.RecordingBackend(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: parameter "backend" of type "NetworkBackendInterface | None" in
ahttpx.backends.RecordingBackend(httpx.NetworkBackend())
# ^ mypy [arg-type]: incompatible type "NetworkBackend"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: parameter "backend" of type "NetworkBackendInterface | None" in
ahttpx.backends.RecordingBackend(write="log.txt")
# ^ mypy [arg-type]: incompatible type "str"; expected "Callable[[str], object] | None"
# ^ pyright [reportArgumentType]: parameter "write" of type "((str) -> object) | None" in function
httpx.backends.DNSCacheBackend(backend=ahttpx.NetworkBackend())
# ^ mypy [arg-type]: incompatible type "NetworkBackend"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: parameter "backend" of type "NetworkBackendInterface | None" in
ahttpx.backends.DNSCacheBackend(ttl="60")
# ^ mypy [arg-type]: incompatible type "str"; expected "float"
# ^ pyright [reportArgumentType]: parameter "ttl" of type "float" in function "__init__"
ahttpx.backends.DNSCacheBackend(resolve={"a.test": ["127.0.0.1"]})
# ^ mypy [arg-type]: incompatible type "dict[str, list[str]]"; expected "Callable[[str],
# ^ pyright [reportArgumentType]: parameter "resolve" of type "((str) -> Awaitable[Sequence[str]])
httpx.backends.DNSCacheBackend(attempt_timeout="2")
# ^ mypy [arg-type]: incompatible type "str"; expected "float | None"
# ^ pyright [reportArgumentType]: parameter "attempt_timeout" of type "float | None" in function
httpx.backends.GuardBackend(backend=httpx.NetworkBackend)
# ^ mypy [arg-type]: incompatible type "type[NetworkBackend]"; expected "NetworkBackendInterface |
# ^ pyright [reportArgumentType]: parameter "backend" of type "NetworkBackendInterface | None" in
httpx.backends.GuardBackend(allow=[10])
# ^ mypy [list-item]: incompatible type "int"; expected "str | IPv4Address | IPv6Address |
# ^ pyright [reportArgumentType]: parameter "allow" of type "Iterable[AddressRule]" in function
ahttpx.backends.GuardBackend(deny=None)
# ^ mypy [arg-type]: incompatible type "None"; expected "Iterable[str | IPv4Address | IPv6Address |
# ^ pyright [reportArgumentType]: parameter "deny" of type "Iterable[AddressRule]" in function
httpx.backends.HostMappingBackend({"a.test": 8000})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "int"; expected "str": "str"
# ^ pyright [reportArgumentType]: parameter "names" of type "Mapping[str, str]" in function
ahttpx.backends.HostMappingBackend([("a.test", "127.0.0.1")])
# ^ mypy [arg-type]: incompatible type "list[tuple[str, str]]"; expected "Mapping[str, str]"
# ^ pyright [reportArgumentType]: parameter "names" of type "Mapping[str, str]" in function
httpx.backends.UnixSocketBackend(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str]"
# ^ pyright [reportArgumentType]: parameter "path" of type "str | PathLike[str]" in function
ahttpx.backends.UnixSocketBackend("/run/app.sock", connect_timeout="30")
# ^ mypy [arg-type]: incompatible type "str"; expected "float | None"
# ^ pyright [reportArgumentType]: parameter "connect_timeout" of type "float | None" in function
httpx.backends.RecordingStream(httpx.NetworkBackend(), print)
# ^ mypy [arg-type]: incompatible type "NetworkBackend"; expected "NetworkStreamInterface"
# ^ pyright [reportArgumentType]: parameter "stream" of type "NetworkStreamInterface" in function
httpx.NetworkBackend(family="AF_INET6")
# ^ mypy [arg-type]: incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: parameter "family" of type "int" in function "__init__"
ahttpx.NetworkBackend(local_address=ip_address("127.0.0.1"))
# ^ mypy [arg-type]: incompatible type "IPv4Address | IPv6Address"; expected "str | None"
# ^ pyright [reportArgumentType]: parameter "local_address" of type "str | None" in function
httpx.NetworkBackend(socket_options=(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
# ^ mypy [arg-type]: incompatible type "tuple[int, int, int]"; expected "Iterable[tuple[int, int,
# ^ pyright [reportArgumentType]: parameter "socket_options" of type "Iterable[SocketOption]" in
ahttpx.NetworkBackend(socket_options=None)
# ^ mypy [arg-type]: incompatible type "None"; expected "Iterable[tuple[int, int, int | bytes]]"
# ^ pyright [reportArgumentType]: parameter "socket_options" of type "Iterable[SocketOption]" in
httpx.NetworkBackend().connect("a.test", "80")
# ^ mypy [arg-type]: incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: parameter "port" of type "int" in function "connect"
