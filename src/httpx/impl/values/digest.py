"""Digest authentication (RFC 7616): the password is proved to be known, and not sent.

Rules:
1. Of several challenges the strongest that can be answered is: by algorithm, then by order.
2. `auth` is preferred to `auth-int`, which many servers offer and few check; `auth-int` is answered
   where the body is known beforehand. A challenge without `qop` is answered as RFC 2069 had it.
3. What a server said last is kept for its origin, so that later requests are not refused first.
4. Texts of the server go into hashes as the bytes that came, and back as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple, final

from .auth import (
    AuthFlow,
    AuthRequest,
    FrozenAuth,
    checked_password,
    checked_username,
    repr_with_password,
    set_once,
)
from .challenges import Challenge, parse_challenges, parse_params, quoted_string
from .errors import BodyNotReplayable

ALGORITHMS = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
"""The names of `hashlib` for those of RFC 7616 section 6.1, the strongest first."""

ORIGINS_KEPT = 256
"""For how many origins the last challenge is kept; it costs a round trip to have one anew."""

ATTEMPTS = 3
"""With a kept nonce that has expired, a fresh one, and another if that is refused as stale."""


class Nonce(NamedTuple):
    """What a server challenges with, as far as it is needed for an answer."""

    realm: str
    nonce: str
    algorithm: str
    """A key of `ALGORITHMS`."""
    is_session: bool
    """Whether it is the `-sess` variant."""
    said_algorithm: str
    """The algorithm as the server wrote it, "" where it did not."""
    qop: tuple[str, ...]
    """In lowercase; empty for the rules of RFC 2069."""
    opaque: str | None
    is_utf8: bool
    """Whether the server says that it reads user names as UTF-8."""
    hashes_username: bool
    is_stale: bool


class Session:
    """The answers to one challenge; their nonces are counted. Shared by threads.

    Parameters:
        nonce: the challenge.
        cnonce: this side's nonce, visible ASCII.
    """

    __slots__ = ("_count", "_lock", "_nonce", "cnonce", "first")

    first: Nonce
    """The challenge that began the session."""
    cnonce: str
    """This side's nonce. It stays: in the `-sess` variants the key is made of it."""

    def __init__(self, nonce: Nonce, cnonce: str) -> None:
        self.first = nonce
        self.cnonce = cnonce
        self._nonce = nonce.nonce
        self._count = 0
        self._lock = Lock()

    def use(self) -> tuple[str, int]:
        """The nonce for the next request, and how often it is used, this time included."""
        with self._lock:
            self._count += 1
            return self._nonce, self._count

    def take_back(self) -> None:
        """The request that the last `use` was for has not been sent."""
        with self._lock:
            self._count = max(self._count - 1, 0)

    def renew(self, nonce: str) -> None:
        """Go on with another nonce of the server's (RFC 7616 section 3.5, `nextnonce`)."""
        with self._lock:
            if nonce != self._nonce:
                self._nonce = nonce
                self._count = 0


class Sessions:
    """The current session of each origin. Shared by threads."""

    __slots__ = ("_by_origin", "_lock")

    def __init__(self) -> None:
        self._by_origin: dict[str, Session] = {}
        self._lock = Lock()

    def get(self, origin: str) -> Session | None:
        """The session of `origin`, if there is one."""
        return self._by_origin.get(origin)

    def set(self, origin: str, session: Session) -> None:
        """Make `session` that of `origin`; the oldest goes where there are too many."""
        with self._lock:
            self._by_origin.pop(origin, None)
            self._by_origin[origin] = session
            if len(self._by_origin) > ORIGINS_KEPT:
                del self._by_origin[next(iter(self._by_origin))]


@final
class DigestAuth(FrozenAuth):
    """A user name and a password of which the server is given only digests (RFC 7616).

    The first request to an origin is refused and sent again with the answer to the server's
    challenge; later ones carry the answer at once. A body must be replayable for that. MD5,
    SHA-256 and SHA-512-256, their `-sess` variants, `auth` and `auth-int` are known. Where there
    is no challenge that can be answered, or the answer is refused, the 401 is the response.

    Pickles and copies hold the user name and the password, and begin without challenges.

    Parameters:
        username: the user name; it holds no ":".
        password: the password.

    Raises:
        ValueError: one of them holds a control character or, the user name, a ":".
    """

    __slots__ = ("_password", "_sessions", "_username")

    _username: str
    _password: str
    _sessions: Sessions

    def __init__(self, username: str, password: str) -> None:
        checked_username(username)
        checked_password(password)
        set_once(self, "_username", username)
        set_once(self, "_password", password)
        set_once(self, "_sessions", Sessions())

    def flow(self, request: AuthRequest, /) -> AuthFlow:
        """Send the request, with the answer to the server's challenge where there is one."""
        origin = request.url.origin
        session = self._sessions.get(origin)
        refused = ""  # the nonce of a fresh challenge whose answer was refused
        for _ in range(ATTEMPTS):
            value = None if session is None else self._answer(session, request)
            try:
                response = yield request if value is None else _with_authorization(request, value)
            except BodyNotReplayable:
                if session is not None and value is not None:
                    session.take_back()  # so that the next request finds the count as it must be
                raise
            if response.status_code != 401:
                if session is not None:
                    _follow(session, response.headers.get_all("Authentication-Info"))
                return
            nonce = strongest(
                parse_challenges(response.headers.get_all("WWW-Authenticate")), request.body
            )
            if nonce is None or nonce.nonce == refused or (refused and not nonce.is_stale):
                return  # nothing that can be answered, or the credentials are wrong
            refused = nonce.nonce
            session = Session(nonce, new_cnonce())
            self._sessions.set(origin, session)

    def _answer(self, session: Session, request: AuthRequest) -> str | None:
        if not chosen_qop(session.first, request.body) and session.first.qop:
            return None  # kept from a request whose body was known
        nonce, count = session.use()
        return answer(
            session.first,
            username=self._username,
            password=self._password,
            method=request.method,
            target=request.url.target,
            body=request.body,
            nonce=nonce,
            count=count,
            cnonce=session.cnonce,
        )

    def _key(self) -> tuple[object, ...]:
        return self._username, self._password

    def __repr__(self) -> str:
        return repr_with_password("DigestAuth", self._username, self._password)


def _with_authorization(request: AuthRequest, value: str) -> AuthRequest:
    return request.copy_with(headers=request.headers.copy_set("Authorization", value))


def _follow(session: Session, infos: Iterable[str]) -> None:
    for info in infos:
        nonce = parse_params(info).get("nextnonce")
        if nonce:
            session.renew(nonce)


def new_cnonce() -> str:
    """A nonce of this side, with 128 random bits."""
    import os

    return os.urandom(16).hex()


def strongest(challenges: Iterable[Challenge], body: bytes | None) -> Nonce | None:
    """The challenge to answer, for a request with `body` (`None`: not known beforehand)."""
    nonces = [
        nonce
        for challenge in challenges
        if (nonce := understood(challenge)) and (not nonce.qop or chosen_qop(nonce, body))
    ]
    ranks = list(ALGORITHMS)
    return min(nonces, key=lambda nonce: ranks.index(nonce.algorithm)) if nonces else None


def understood(challenge: Challenge) -> Nonce | None:
    """A challenge as it is needed to answer it; `None` where it cannot be answered."""
    params = challenge.params
    if challenge.scheme != "digest" or "realm" not in params or not params.get("nonce"):
        return None
    said = params.get("algorithm", "")
    algorithm = (said or "MD5").upper()
    is_session = algorithm.endswith("-SESS")
    if is_session:
        algorithm = algorithm[: -len("-SESS")]
    if algorithm not in ALGORITHMS or not is_available(algorithm):
        return None
    qop = tuple(value.strip().lower() for value in params.get("qop", "").split(","))
    return Nonce(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=algorithm,
        is_session=is_session,
        said_algorithm=said,
        qop=tuple(value for value in qop if value),
        opaque=params.get("opaque"),
        is_utf8=params.get("charset", "").lower() == "utf-8",
        hashes_username=params.get("userhash", "").lower() == "true",
        is_stale=params.get("stale", "").lower() == "true",
    )


def is_available(algorithm: str) -> bool:
    """Whether this Python can compute it: a restricted OpenSSL may lack one."""
    import hashlib

    name = ALGORITHMS[algorithm]
    return name in hashlib.algorithms_guaranteed or name in hashlib.algorithms_available


def chosen_qop(nonce: Nonce, body: bytes | None) -> str:
    """What to protect; "" where nothing that is offered is possible."""
    if "auth" in nonce.qop:
        return "auth"
    return "auth-int" if "auth-int" in nonce.qop and body is not None else ""


def answer(
    challenge: Nonce,
    *,
    username: str,
    password: str,
    method: str,
    target: str,
    body: bytes | None,
    nonce: str,
    count: int,
    cnonce: str,
) -> str:
    """The value of `Authorization` that answers `challenge` (RFC 7616 section 3.4).

    Parameters:
        challenge: what the server said.
        username, password: checked before.
        method, target: of the request line.
        body: the body of the request, `None` where it is not known beforehand.
        nonce: the server's nonce; after `nextnonce` not the one of the challenge.
        count: how often `nonce` is used, this time included.
        cnonce: this side's nonce, visible ASCII.
    """
    digest = hash_function(challenge.algorithm)
    user = checked_username(username)
    realm = challenge.realm.encode("latin-1")
    nonces = nonce.encode("latin-1"), cnonce.encode("ascii")

    key = digest(b"%b:%b:%b" % (user, realm, checked_password(password)))
    if challenge.is_session:
        began_with = challenge.nonce.encode("latin-1")
        key = digest(b"%b:%b:%b" % (key, began_with, nonces[1]))
    qop = chosen_qop(challenge, body)
    what = b"%b:%b" % (method.encode("ascii"), target.encode("ascii"))
    if qop == "auth-int":
        what += b":" + digest(body or b"")
    if qop:
        middle = b"%b:%08x:%b:%b" % (nonces[0], count, nonces[1], qop.encode("ascii"))
    else:
        middle = nonces[0]
    response = digest(b"%b:%b:%b" % (key, middle, digest(what)))

    fields = [_username_field(challenge, user, digest)]
    fields += [
        f"realm={quoted_string(challenge.realm)}",
        f"nonce={quoted_string(nonce)}",
        f"uri={quoted_string(target)}",
        f'response="{response.decode("ascii")}"',
    ]
    if challenge.said_algorithm:
        fields.append(f"algorithm={challenge.said_algorithm}")
    if qop or challenge.is_session:
        fields.append(f'cnonce="{cnonce}"')
    if qop:
        fields += [f"qop={qop}", f"nc={count:08x}"]
    if challenge.opaque is not None:
        fields.append(f"opaque={quoted_string(challenge.opaque)}")
    if challenge.hashes_username:
        fields.append("userhash=true")
    return "Digest " + ", ".join(fields)


def _username_field(challenge: Nonce, user: bytes, digest: Callable[[bytes], bytes]) -> str:
    if challenge.hashes_username:
        hashed = digest(user + b":" + challenge.realm.encode("latin-1"))
        return f'username="{hashed.decode("ascii")}"'
    if challenge.is_utf8 and not user.isascii():
        return "username*=UTF-8''" + "".join(map(_percent, user))
    return f"username={quoted_string(user.decode('latin-1'))}"


_PLAIN = frozenset(b"!#$&+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""What stands for itself in an extended parameter (RFC 8187 section 3.2.1, `attr-char`)."""


def _percent(byte: int) -> str:
    return chr(byte) if byte in _PLAIN else f"%{byte:02X}"


def hash_function(algorithm: str) -> Callable[[bytes], bytes]:
    """The digest as lowercase hexadecimal digits."""
    import hashlib

    name = ALGORITHMS[algorithm]

    def digest(data: bytes) -> bytes:
        return hashlib.new(name, data, usedforsecurity=False).hexdigest().encode("ascii")

    return digest
