"""Authentication as a value without colour: what an `Auth` is, and `BasicAuth` and `BearerAuth`.

An `Auth` is written once for threads and event loops: its `flow` is a plain generator that yields
the requests to send and is given the responses to them.

Rules:
1. No secret is in a `repr` or in the message of an error.
2. What becomes part of a header is checked when it is given, not when it is sent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    NoReturn,
    Protocol,
    TypeAlias,
    cast,
    final,
    runtime_checkable,
)

from ..signatures import binds, written
from .content import Known
from .described import described
from .errors import InvalidURL
from .messages import RequestHead, ResponseHead
from .text import decode_json, decode_text

if TYPE_CHECKING:
    from typing import Any, Self

    from .headers import Headers, HeaderTypes
    from .messages import RequestOptions
    from .urls import URL


class AuthRequest(RequestHead):
    """A request as an auth flow sees and sends it: the head, and the body where it is known.

    A flow is handed the caller's request as one of these. It yields that, or a `copy_with` of it,
    to send it. To send a request of its own, to a token endpoint for example, it makes one.

    Parameters:
        method: the method, a token.
        url: where to; absolute.
        headers: the header fields.
        content: the body: bytes, text, `JSON(...)`, `Form(...)`; `None` for none. Its type is
            added to the headers.

    Raises:
        InvalidURL: `url` is no URL.
        ValueError: `method` is no token, or a header name or value is not allowed.
        TypeError: `content` is something else.
    """

    __slots__ = ("_is_callers", "body")

    headers: Headers
    """The header fields, the type of the body included."""
    body: bytes | None
    """The whole body; `None` where that is not known beforehand, since it is streamed."""
    _is_callers: bool

    def __init__(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: Known | bytes | str | None = None,
    ) -> None:
        super().__init__(method, url, headers)
        self.body = _bytes_of(content)
        self._is_callers = False
        if isinstance(content, Known):
            self.headers = self.headers.copy_setdefault("Content-Type", content.content_type())

    def copy_with(
        self,
        *,
        method: str | None = None,
        url: URL | str | None = None,
        headers: HeaderTypes | None = None,
        options: RequestOptions | None = None,
    ) -> Self:
        """A copy with other parts in place of its own; what is not given stays.

        Of the caller's request it is still the caller's: the body goes along, and the response
        is the caller's answer.

        Parameters:
            method: the method, a token; that of the caller's request cannot be another.
            url: where to.
            headers: all header fields; to change one: `request.headers.copy_set(...)`.
            options: what the request carries beside HTTP; those of the caller's request count.

        Raises:
            InvalidURL: `url` is no URL.
            ValueError: `method` is no token, or not the caller's; a header is not allowed.
        """
        if self._is_callers and method not in (None, self.method):
            raise ValueError(
                f"an auth flow cannot make the caller's {self.method} request a {method}: it may "
                "change the path, the query and the headers only"
            )
        return super().copy_with(method=method, url=url, headers=headers, options=options)


def _bytes_of(content: object) -> bytes:
    if content is None:
        return b""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode("utf-8")
    if isinstance(content, Known):
        return content.encode()
    raise TypeError(
        "the content of an AuthRequest is known at once: bytes, str, JSON(...), Form(...), not "
        f"{type(content).__name__}"
    )


def callers_request(head: RequestHead, body: bytes | None) -> AuthRequest:
    """The caller's request as its auth flow is handed it."""
    request = AuthRequest.__new__(AuthRequest)
    request.method = head.method
    request.url = head.url
    request.headers = head.headers
    request.options = head.options
    request.body = body
    request._is_callers = True  # pyright: ignore[reportPrivateUsage]
    return request


def is_callers(request: AuthRequest) -> bool:
    """Whether `request` is the caller's, not one of the flow's own."""
    return request._is_callers  # pyright: ignore[reportPrivateUsage]


class AuthResponse(ResponseHead):
    """A response as an auth flow sees it: the head; and the body, if the request was its own.

    Parameters:
        status_code: the status code.
        headers: the header fields.
        body: the whole body, decoded; `None` where it has not been read, since it is the caller's.
        reason_phrase: the text beside the status code; `None` means the usual one.

    Raises:
        ValueError: the status code is out of range, or a header name or value is not allowed.
    """

    __slots__ = ("_data",)

    _data: bytes | None

    def __init__(
        self,
        status_code: int,
        headers: HeaderTypes | None = None,
        body: bytes | None = None,
        *,
        reason_phrase: str | None = None,
    ) -> None:
        super().__init__(status_code, headers, reason_phrase=reason_phrase)
        if body is not None and not isinstance(body, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"body is bytes, or None, not {described(body)}")
        self._data = body

    @property
    def body(self) -> bytes:
        """The whole body, decoded.

        Raises:
            RuntimeError: it is the answer to the caller's request, whose body the caller reads.
        """
        if self._data is None:
            raise RuntimeError(
                "this is the response to the caller's request, and its body is read by the caller; "
                "an auth flow has the bodies of responses to its own requests, AuthRequest(...)"
            )
        return self._data

    @property
    def text(self) -> str:
        """The body as text: by its byte order mark, else the header's charset, else UTF-8."""
        return decode_text(self.body, self.headers.get("Content-Type", ""))

    def json(self) -> Any:
        """The body as JSON (RFC 8259).

        Raises:
            JSONError: it is not JSON; says where.
        """
        return decode_json(self.body)


AuthFlow: TypeAlias = Generator[AuthRequest, AuthResponse, None]
"""What `Auth.flow` returns: it yields requests and receives the responses to them."""


@runtime_checkable
class Auth(Protocol):
    """How requests are authenticated.

    Implement it by subclassing, or by any class with this method.
    """

    @abstractmethod
    def flow(self, request: AuthRequest, /) -> AuthFlow:
        """Send the caller's `request`, and whatever else that takes: a generator.

        - Each `yield` sends a request, and gives the response to it. What the exchange raised
          (an `HTTPError`) is raised at the `yield`.
        - `yield request`, or `yield request.copy_with(...)`, sends the caller's request. When the
          flow ends, the caller is given the last response to it. Sending it again needs a body
          that can be replayed, else `BodyNotReplayable` is raised.
        - `yield AuthRequest(...)` sends a request of the flow's own. It follows no redirects, and
          its response comes with its body, of 1 MiB at most.
        - A flow sends 10 requests at most. One that ends without sending the caller's request is
          an error.

        One object serves many requests at the same time: a flow keeps what belongs to its request
        in local variables. It must not block, and must not hold a lock across a `yield`.
        """
        ...


AuthTypes: TypeAlias = Auth | tuple[str, str]
"""What is accepted as authentication: a pair of user name and password means `BasicAuth`."""


def as_auth(auth: object, given_as: str) -> Auth | None:
    """What was given as authentication, checked; `None` for none.

    Raises:
        TypeError: it is no authentication; says what to write.
        ValueError: a pair holds what `BasicAuth` refuses.
    """
    if auth is None:
        return None
    if isinstance(auth, tuple):
        parts = cast("tuple[object, ...]", auth)
        if len(parts) == 2 and all(isinstance(part, str) for part in parts):
            return BasicAuth(str(parts[0]), str(parts[1]))
        raise TypeError(f"{given_as} is a tuple, but no pair of user name and password, both str")
    if isinstance(auth, str):
        raise TypeError(
            f"{given_as} is a str, which could be meant in two ways: write BearerAuth(token) or "
            "BasicAuth(username, password)"
        )
    if isinstance(auth, type):
        raise TypeError(f"{given_as} is the class {auth.__name__}: hand over an instance of it")
    if not callable(getattr(auth, "flow", None)):
        raise TypeError(
            f"{given_as} is of type {type(auth).__name__}, which is no Auth: it has no method "
            "`def flow(self, request)`"
        )
    flow = getattr(type(auth), "flow", None)
    if type(flow) is FunctionType and not binds(flow, 2):
        raise TypeError(
            f"{given_as}: `flow` is written as `{written(flow, 'flow')}` but called as "
            "`flow(request)`: write `def flow(self, request)`"
        )
    return cast("Auth", auth)


class FrozenAuth:
    """What the library's own have in common: values that do not change and show no secret."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: make another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: make another one")

    def _key(self) -> tuple[object, ...]:
        """What it was made of; two with equal keys are equal."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FrozenAuth)
            and type(self) is type(other)
            and self._key() == other._key()
        )

    def __hash__(self) -> int:
        return hash((type(self), self._key()))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._key()


def set_once(frozen: FrozenAuth, name: str, value: object) -> None:
    """Write what a frozen value keeps: for its constructor."""
    object.__setattr__(frozen, name, value)


class HeaderAuth(FrozenAuth):
    """Authentication that is one value of `Authorization`, known beforehand."""

    __slots__ = ("authorization",)

    authorization: str
    """The value of the field."""

    def flow(self, request: AuthRequest, /) -> AuthFlow:
        """Send the request with its `Authorization`."""
        yield request.copy_with(
            headers=request.headers.copy_set("Authorization", self.authorization)
        )


@final
class BasicAuth(HeaderAuth):
    """A user name and a password, sent with every request (RFC 7617), in UTF-8.

    Who can read the request can read them: use it over https only. Pickles hold both.

    Parameters:
        username: the user name; it holds no ":".
        password: the password.

    Raises:
        ValueError: one of them holds a control character or, the user name, a ":".
    """

    __slots__ = ("_password", "_username")

    _username: str
    _password: str

    def __init__(self, username: str, password: str) -> None:
        from base64 import b64encode

        user, secret = checked_username(username), checked_password(password)
        set_once(self, "_username", username)
        set_once(self, "_password", password)
        set_once(self, "authorization", "Basic " + b64encode(user + b":" + secret).decode("ascii"))

    def _key(self) -> tuple[object, ...]:
        return self._username, self._password

    def __repr__(self) -> str:
        return repr_with_password("BasicAuth", self._username, self._password)


@final
class BearerAuth(HeaderAuth):
    """A token, sent with every request (RFC 6750).

    Who can read the request can use the token: use it over https only. Pickles hold it.

    Parameters:
        token: the token, without the word `Bearer`.

    Raises:
        ValueError: it is empty, or holds blanks, control characters or what is not ASCII.
    """

    __slots__ = ("_token",)

    _token: str

    def __init__(self, token: str) -> None:
        _check_str(token, "a token")
        if not token:
            raise ValueError("the token is empty")
        for position, character in enumerate(token):
            if not "!" <= character <= "~":
                raise ValueError(
                    f"a token has visible ASCII characters only, but there is U+"
                    f"{ord(character):04X} at position {position} of {len(token)}"
                )
        set_once(self, "_token", token)
        set_once(self, "authorization", "Bearer " + token)

    def _key(self) -> tuple[object, ...]:
        return (self._token,)

    def __repr__(self) -> str:
        return "<BearerAuth [hidden]>"


def basic_of(url: URL) -> BasicAuth:
    """The credentials in the userinfo of `url`.

    Raises:
        InvalidURL: they hold what `BasicAuth` refuses.
    """
    try:
        return BasicAuth(url.username, url.password)
    except ValueError as error:
        raise InvalidURL(f"the credentials in the URL cannot be sent: {error}") from error


def repr_with_password(name: str, username: str, password: str) -> str:
    """A `repr` that hides the password; and the user name where that is the only secret."""
    return f'<{name} "{username}" [hidden]>' if password else f"<{name} [hidden]>"


def checked_username(username: str) -> bytes:
    """A user name as it is sent.

    Raises:
        ValueError: it holds a ":" or a control character.
    """
    encoded = _encoded(username, "a user name")
    if ":" in username:
        raise ValueError(
            f'a user name holds no ":", which ends it, but there is one at position '
            f"{username.index(':')} (RFC 7617 section 2)"
        )
    return encoded


def checked_password(password: str) -> bytes:
    """A password as it is sent.

    Raises:
        ValueError: it holds a control character.
    """
    return _encoded(password, "a password")


def _encoded(text: str, what: str) -> bytes:
    _check_str(text, what)
    for position, character in enumerate(text):
        if character < " " or character == "\x7f":
            raise ValueError(
                f"{what} holds no control characters, but there is U+{ord(character):04X} at "
                f"position {position} (RFC 7617 section 2)"
            )
    if not text.isascii():
        import unicodedata

        text = unicodedata.normalize("NFC", text)  # RFC 7617 section 2.1, RFC 7616 section 4
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half of a surrogate pair, which is no character") from None


def _check_str(text: object, what: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{what} is a str, not {type(text).__name__}")
