"""The rows of the table: what is done, by which clients, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .adapters.base import Setup
from .server import JSON_TEXT, LARGE, SMALL, Server
from .tasks import Task

TIMES = "×"  # noqa: RUF001  (that is the sign for it)
BEST_PEER = "best peer"
BEST_PEER_BUT_PYREQWEST = "best peer but pyreqwest"
PEERS = (
    *("http.client", "urllib3", "requests", "niquests", "pycurl", "pyreqwest", "httpx", "httpx2"),
    "aiohttp",
)
"""What `BEST_PEER` is chosen among."""


@dataclass(frozen=True)
class Variant:
    """One client of a row."""

    client: str
    runtime: str
    label: str
    many: int = 1
    origins: int = 1
    layer: str = "client"
    engine: Literal["h11"] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is this library."""
        return self.client == "ours"

    @property
    def is_peer(self) -> bool:
        """Whether it is another client, on the runtime's own event loop."""
        return self.client in PEERS and self.runtime != "uvloop"


@dataclass(frozen=True)
class Target:
    """What the rate of one client of a row should be: so many times that of another."""

    subject: str
    factor: float
    against: str

    @property
    def text(self) -> str:
        """As it is written in the table."""
        return f"{self.subject} ≥ {self.factor:g} {TIMES} {self.against}"


@dataclass(frozen=True)
class Row:
    """One workload."""

    name: str
    title: str
    variants: tuple[Variant, ...]
    targets: tuple[Target, ...]
    operation: str = "get"
    path: str = "/small"
    least: int = SMALL
    most: int = SMALL
    https: bool = False
    connections: int = 100
    fresh: bool = False
    gzip: bool = False
    seconds: float = 0.4
    main: bool = False
    """Whether `--quick` runs it."""


OURS = ("ours", "ours h11", "ours pool", "ours pool h11")
LIMITS = {"raw": "raw", "protocol": "raw", "stream": "raw"}
"""A bare name among the limits means that the response is read by hand."""


def variant(
    name: str, runtime: str, *, many: int = 1, origins: int = 1, label: str | None = None
) -> Variant:
    """The client of that name: a peer, a limit, or `ours`, with `pool`, `h11` or neither.

    ` + uvloop` puts a client of asyncio on uvloop.
    """
    words = name.removesuffix(" + uvloop").split()
    ours = words[0] == "ours"
    return Variant(
        client="ours" if ours else LIMITS.get(words[-1], words[-1]),
        runtime="uvloop" if name.endswith(" + uvloop") else runtime,
        label=label or name,
        many=many,
        origins=origins,
        layer="pool" if ours and "pool" in words else "client",
        engine="h11" if ours and "h11" in words else None,
    )


def variants(runtime: str, *names: str, many: int = 1) -> tuple[Variant, ...]:
    """Clients on one runtime."""
    return tuple(variant(name, runtime, many=many) for name in names)


def targets(*wanted: tuple[str, float, str]) -> tuple[Target, ...]:
    """Targets, written short."""
    return tuple(Target(*each) for each in wanted)


THREADS_PEERS = PEERS[:-1]
ASYNCIO_PEERS = ("aiohttp", "pyreqwest", "httpx", "httpx2", "niquests")

SMALL_ROWS = (
    Row(
        "threads-get",
        "threads: small GET, one after another",
        variants("threads", *OURS, *THREADS_PEERS, "raw", "raw + h11", "raw + httptools"),
        targets(
            ("ours", 1.0, "pycurl"),
            ("ours", 1.5, "raw + h11"),
            ("ours", 2.5, "urllib3"),
            ("ours h11", 0.95, "raw + h11"),
        ),
        main=True,
    ),
    Row(
        "asyncio-get",
        "asyncio: small GET, one after another",
        variants(
            "asyncio",
            *OURS,
            "ours + uvloop",
            *ASYNCIO_PEERS,
            "aiohttp + uvloop",
            "protocol",
            "protocol + h11",
            "protocol + httptools",
            "protocol + uvloop",
            "protocol + h11 + uvloop",
            "protocol + httptools + uvloop",
        ),
        targets(
            ("ours", 1.9, "aiohttp"),
            ("ours", 1.9, "pyreqwest"),
            ("ours + uvloop", 1.6, "aiohttp + uvloop"),
            ("ours h11", 1.1, "protocol + h11"),
        ),
        main=True,
    ),
    Row(
        "trio-get",
        "trio: small GET, one after another",
        variants("trio", *OURS, "httpx", "httpx2", "stream", "stream + h11", "stream + httptools"),
        targets(("ours", 3.0, "httpx2"), ("ours h11", 0.9, "stream + h11")),
        main=True,
    ),
    Row(
        "asyncio-100",
        "asyncio: small GET, 100 tasks, pool of 100",
        variants(
            "asyncio",
            *OURS,
            "ours + uvloop",
            *ASYNCIO_PEERS[:-1],
            "aiohttp + uvloop",
            "protocol",
            "protocol + h11",
            many=100,
        ),
        targets(
            ("ours", 2.0, "pyreqwest"),
            ("ours", 3.5, "aiohttp"),
            ("ours h11", 1.2, "protocol + h11"),
        ),
        main=True,
    ),
    Row(
        "threads-32",
        "32 threads, one client: small GET",
        variants(
            "threads",
            *OURS,
            *("urllib3", "requests", "pycurl", "pyreqwest", "httpx", "httpx2"),
            "raw",
            "raw + h11",
            many=32,
        ),
        targets(
            ("ours", 1.0, "pyreqwest"),
            ("ours", 1.5, "pycurl"),
            ("ours h11", 0.95, "raw + h11"),
        ),
        main=True,
    ),
    Row(
        "threads-gzip",
        "threads: 22 KB of JSON, compressed",
        variants("threads", *OURS, *THREADS_PEERS[1:]),
        targets(("ours", 1.1, "pyreqwest"), ("ours h11", 1.4, "urllib3")),
        path="/data.json",
        least=len(JSON_TEXT),
        most=len(JSON_TEXT),
        gzip=True,
        main=True,
    ),
    Row(
        "threads-get-tls",
        "threads: small GET, one after another, https",
        variants("threads", *OURS[:2], "http.client", "urllib3", "pycurl", "pyreqwest", "httpx2"),
        (),
        https=True,
    ),
    Row(
        "asyncio-get-tls",
        "asyncio: small GET, one after another, https",
        variants("asyncio", *OURS[:2], "aiohttp", "pyreqwest", "httpx2"),
        (),
        https=True,
    ),
    Row(
        "threads-tls-new",
        "threads: small GET, a new TLS connection each",
        variants("threads", *OURS[:3], *THREADS_PEERS, "raw"),
        targets(("ours", 1.0, "raw"), ("ours h11", 1.0, "raw")),
        https=True,
        fresh=True,
    ),
)


def crowds(runtime: str) -> Row:
    """Many more tasks than connections."""
    found: list[Variant] = []
    wanted: list[tuple[str, float, str]] = []
    for name in OURS[:2]:
        for many in (100, 1_000, 5_000):
            label = f"{name}, {many:,} tasks"
            found.append(variant(name, runtime, many=many, label=label))
            if many > 100:
                wanted.append((label, 0.9, f"{name}, 100 tasks"))
    return Row(
        f"{runtime}-tasks",
        f"{runtime}: small GET, many tasks, pool of 100",
        tuple(found),
        targets(*wanted),
        seconds=1.0,
    )


def origins(runtime: str) -> Row:
    """One connection to each of many origins."""
    found: list[Variant] = []
    wanted: list[tuple[str, float, str]] = []
    for name in OURS[:2]:
        for count in (1, 1_000):
            label = f"{name}, {count:,} origin" + "s" * (count > 1)
            found.append(variant(name, runtime, origins=count, label=label))
        wanted.append((f"{name}, 1,000 origins", 0.85, f"{name}, 1 origin"))
    return Row(
        f"{runtime}-origins",
        f"{runtime}: small GET, round robin over 1,000 idle origins",
        tuple(found),
        targets(*wanted),
        connections=1_000,
    )


def large(runtime: str, operation: str, title: str, *wanted: tuple[float, str]) -> Row:
    """10 MiB over http."""
    peers = THREADS_PEERS if runtime == "threads" else ASYNCIO_PEERS
    names = {"get": "read", "stream": "stream"}
    if operation.startswith("upload"):
        path, most = "/upload", LARGE + LARGE // 100
    else:
        path, most = "/10M", LARGE
    return Row(
        f"{runtime}-{names.get(operation, operation)}",
        f"{runtime}: 10 MiB {title}",
        variants(runtime, *OURS[:3], *peers),
        targets(*((name, *each) for each in wanted for name in OURS[:2])),
        operation=operation,
        path=path,
        least=LARGE,
        most=most,
        seconds=0.25,
    )


def over_tls(row: Row, factor: float) -> Row:
    """The same over https."""
    wanted = ((name, factor, BEST_PEER) for name in OURS[:2])
    return replace(
        row,
        name=f"{row.name}-tls",
        title=f"{row.title}, https",
        targets=targets(*wanted),
        https=True,
    )


def large_rows() -> list[Row]:
    """10 MiB down and up, on threads and asyncio."""
    found: list[Row] = []
    for runtime in ("threads", "asyncio"):
        # http.client is what there is to beat where it can be: on threads.
        against = "http.client" if runtime == "threads" else BEST_PEER
        read = large(runtime, "get", "read whole", (0.9, against))
        stream = large(runtime, "stream", "streamed", (1.0, BEST_PEER))
        found += [read, stream, over_tls(read, 0.95), over_tls(stream, 0.95)]
        found.append(large(runtime, "upload", "upload of bytes", (0.95, BEST_PEER)))
        generated = large(
            runtime,
            "upload-pieces",
            "upload from a generator",
            (0.95, BEST_PEER_BUT_PYREQWEST),
            (0.75, "pyreqwest"),
        )
        found.append(generated)
    return found


ROWS: tuple[Row, ...] = (
    *SMALL_ROWS,
    crowds("asyncio"),
    crowds("trio"),
    origins("threads"),
    origins("asyncio"),
    *large_rows(),
)


def task_of(row: Row, each: Variant, server: Server, core: int | None) -> Task:
    """What the worker of one client is told."""
    base = server.tls_url if row.https else server.url
    bases = server.origins[: each.origins] if row.name.endswith("-origins") else [base]
    return Task(
        label=each.label,
        client=each.client,
        runtime=each.runtime,
        operation=row.operation,
        urls=[url + row.path for url in bases],
        least=row.least,
        most=row.most,
        setup=Setup(
            url=bases[0],
            ca_file=server.ca_file,
            connections=row.connections,
            fresh=row.fresh,
            gzip=row.gzip,
            layer=each.layer,
            engine=each.engine,
        ),
        many=each.many,
        seconds=row.seconds,
        core=core,
    )
