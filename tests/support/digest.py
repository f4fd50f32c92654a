"""A strict verifier of digest authentication (RFC 7616), written apart from the library's code.

    guard = DigestGuard("SHA-256", qop="auth")
    with serve([Loop([Expect(), guard.step])]) as server:
        ...  # 200 with "welcome", or 401 with a challenge
    assert guard.refusals == []

It refuses what the grammar of section 3.4 does not have: parameters that are missing, unknown,
repeated, quoted where they must not be, or not quoted where they must be; nonce counts that do not
go up one by one; and what does not repeat the challenge.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from .steps import Call, Conn, Received

PARAM = re.compile(r'([a-z]+\*?)=("(?:[^"\\]|\\.)*"|[!#$%&\'*+\-.^_`|~0-9A-Za-z]+)')
BARE = {"algorithm", "qop", "nc", "userhash", "username*"}
ALWAYS = {"realm", "nonce", "uri", "response", "algorithm", "opaque"}
HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


class Refused(Exception):
    """Why an answer is not accepted."""


def parse_strictly(value: str) -> dict[str, str]:
    """The parameters of an `Authorization: Digest` field."""
    scheme, _, rest = value.partition(" ")
    if scheme != "Digest":
        raise Refused(f"the scheme is {scheme!r}")
    params: dict[str, str] = {}
    at = 0
    while True:
        match = PARAM.match(rest, at)
        if match is None:
            raise Refused(f"no parameter at {at} in {rest!r}")
        name, text = match[1], match[2]
        if name in params:
            raise Refused(f"{name} is said twice")
        if text.startswith('"') == (name in BARE):
            raise Refused(f"{name} is quoted, or is not, against the grammar")
        params[name] = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
        at = match.end()
        if at == len(rest):
            return params
        if not rest.startswith(", ", at):
            raise Refused(f"no comma at {at} in {rest!r}")
        at += 2


@dataclass
class DigestGuard:
    """Lets in who knows a password."""

    algorithm: str = "SHA-256"
    """With `-sess` at the end for the session variants."""
    qop: str | None = "auth"
    """What is offered; `None` for the rules of RFC 2069."""
    username: str = "user"
    password: str = "pass"
    realm: str = 'the "inner" \\ rooms'
    userhash: bool = False
    charset: str | None = "UTF-8"
    uses: int = 1000
    """How often a nonce may be used before it is stale."""
    says_stale: bool = True
    hands_nonces: bool = False
    """Whether each answer brings a `nextnonce`."""
    more: tuple[str, ...] = ()
    """Further challenges, sent before this one."""
    welcome: bytes = b"welcome"
    refusals: list[str] = field(default_factory=list[str])
    """Why each answer that was refused was; one refused as stale is not among them."""
    nonces: list[str] = field(default_factory=list[str])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    session_keys: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def step(self) -> Call:
        """Answers the request that was read last."""
        return Call(self._serve)

    def _serve(self, conn: Conn) -> None:
        request = conn.server.requests[-1]
        value = request.header("Authorization")
        stale = False
        if value is not None:
            try:
                params = parse_strictly(value)
                self.check(params, request)
                if self.counts[params["nonce"]] <= self.uses:
                    self._write(conn, request, self._let_in(params["nonce"]), self.welcome)
                    return
                stale = True
            except Refused as refused:
                self.refusals.append(str(refused))
        head = "HTTP/1.1 401 Unauthorized\r\n"
        for line in (*self.more, self.challenge(stale)):
            head += f"WWW-Authenticate: {line}\r\n"
        self._write(conn, request, head, b"who are you?")

    def _write(self, conn: Conn, request: Received, head: str, body: bytes) -> None:
        head += f"Content-Length: {len(body)}\r\n\r\n"
        conn.write(head.encode() + (b"" if request.method == "HEAD" else body))

    def _let_in(self, nonce: str) -> str:
        info = ""
        if self.hands_nonces:
            fresh = self._new_nonce()
            if nonce in self.session_keys:
                self.session_keys[fresh] = self.session_keys[nonce]
            info = f'Authentication-Info: qop=auth, nextnonce="{fresh}"\r\n'
        return "HTTP/1.1 200 OK\r\n" + info

    def _new_nonce(self) -> str:
        nonce = base64.b64encode(b"nonce %d, with some = in it" % len(self.nonces)).decode()
        self.nonces.append(nonce)
        self.counts[nonce] = 0
        return nonce

    def challenge(self, stale: bool = False) -> str:
        """A challenge with a nonce that is new."""
        params = [f"realm={_quoted(self.realm)}", f'nonce="{self._new_nonce()}"']
        params += [f"algorithm={self.algorithm}", 'opaque="under \\" lock"']
        if self.qop is not None:
            params.append(f'qop="{self.qop}"')
        if self.charset is not None:
            params.append(f"charset={self.charset}")
        if self.userhash:
            params.append("userhash=true")
        if stale and self.says_stale:
            params.append("stale=TRUE")
        return "Digest " + ", ".join(params)

    def check(self, params: dict[str, str], request: Received) -> None:
        """Raise `Refused` for an answer that is not right."""
        nonce = params.get("nonce", "")
        if nonce not in self.counts:
            raise Refused(f"the nonce {nonce!r} was never given")
        wanted = set(ALWAYS)
        if self.qop is not None:
            wanted |= {"qop", "nc", "cnonce"}
        elif self.algorithm.endswith("-sess"):
            wanted |= {"cnonce"}
        wanted |= {"username", "userhash"} if self.userhash else {self._name_of_username()}
        if params.keys() != wanted:
            raise Refused(f"the parameters are {sorted(params)}, not {sorted(wanted)}")
        said = {"realm": self.realm, "algorithm": self.algorithm, "opaque": 'under " lock'}
        said["uri"] = request.target
        for name, value in said.items():
            if params[name].encode("latin-1") != value.encode():
                raise Refused(f"{name} is {params[name]!r}, not {value!r}")
        self._check_username(params)
        if self.qop is not None:
            self._check_count(nonce, params["nc"])
            if params["qop"] not in self.qop.split(","):
                raise Refused(f"qop {params['qop']} was not offered")
        else:
            self.counts[nonce] += 1
        if params["response"].encode() != self._response(params, request):
            raise Refused("the response is wrong")

    def _name_of_username(self) -> str:
        return "username" if self.username.isascii() or self.charset is None else "username*"

    def _check_username(self, params: dict[str, str]) -> None:
        user = self.username.encode()
        if self.userhash:
            if params["userhash"] != "true":
                raise Refused("userhash is not true")
            given, user = params["username"].encode(), self._hash(user + b":" + self.realm.encode())
        elif "username*" in params:
            charset, _, encoded = params["username*"].partition("''")
            if charset != "UTF-8":
                raise Refused(f"the charset is {charset!r}")
            given = unquote_to_bytes(encoded)
        else:
            given = params["username"].encode("latin-1")
        if given != user:
            raise Refused(f"the user is {given!r}")

    def _check_count(self, nonce: str, said: str) -> None:
        self.counts[nonce] += 1
        if said != f"{self.counts[nonce]:08x}":
            raise Refused(f"nc is {said}, and it should be {self.counts[nonce]:08x}")

    def _hash(self, data: bytes) -> bytes:
        name = HASHES[self.algorithm.removesuffix("-sess")]
        return hashlib.new(name, data).hexdigest().encode()

    def _response(self, params: dict[str, str], request: Received) -> bytes:
        secret = [self.username, self.realm, self.password]
        key = self._hash(":".join(secret).encode())
        nonce, cnonce = params["nonce"].encode(), params.get("cnonce", "").encode()
        if self.algorithm.endswith("-sess"):
            key = self.session_keys.setdefault(
                params["nonce"], self._hash(b":".join((key, nonce, cnonce)))
            )
        what = [request.method.encode(), request.target.encode()]
        if params.get("qop") == "auth-int":
            what.append(self._hash(request.body))
        parts = [key, nonce]
        if self.qop is not None:
            parts += [params["nc"].encode(), cnonce, params["qop"].encode()]
        return self._hash(b":".join((*parts, self._hash(b":".join(what)))))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
