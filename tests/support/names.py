"""The types of `api`'s names, for the type checkers: those of `ahttpx`.

Never imported at run time. A test holds that no name is missing.
"""

from __future__ import annotations

import ahttpx


class AhttpxNames:
    """The public names of `ahttpx`, as attributes."""

    delete = staticmethod(ahttpx.delete)
    get = staticmethod(ahttpx.get)
    head = staticmethod(ahttpx.head)
    options = staticmethod(ahttpx.options)
    patch = staticmethod(ahttpx.patch)
    post = staticmethod(ahttpx.post)
    put = staticmethod(ahttpx.put)
    request = staticmethod(ahttpx.request)
    stream = staticmethod(ahttpx.stream)
    Client = ahttpx.Client
    ConnectionPool = ahttpx.ConnectionPool
    PoolStats = ahttpx.PoolStats
    ProxyRules = ahttpx.ProxyRules
    OriginStats = ahttpx.OriginStats
    Connection = ahttpx.Connection
    open_connection = staticmethod(ahttpx.open_connection)
    Proxy = ahttpx.Proxy
    timeout = ahttpx.timeout
    Pending = ahttpx.Pending
    Request = ahttpx.Request
    Response = ahttpx.Response
    ResponseStream = ahttpx.ResponseStream
    RequestHead = ahttpx.RequestHead
    RequestOptions = ahttpx.RequestOptions
    ResponseHead = ahttpx.ResponseHead
    URL = ahttpx.URL
    QueryParams = ahttpx.QueryParams
    Headers = ahttpx.Headers
    Cookie = ahttpx.Cookie
    CookieConflict = ahttpx.CookieConflict
    Cookies = ahttpx.Cookies
    Content = ahttpx.Content
    File = ahttpx.File
    FileStream = ahttpx.FileStream
    Files = ahttpx.Files
    Form = ahttpx.Form
    HTML = ahttpx.HTML
    JSON = ahttpx.JSON
    MultiPart = ahttpx.MultiPart
    MultiPartStream = ahttpx.MultiPartStream
    Part = ahttpx.Part
    Progress = ahttpx.Progress
    Stream = ahttpx.Stream
    Text = ahttpx.Text
    Watched = ahttpx.Watched
    Auth = ahttpx.Auth
    AuthFlow = ahttpx.AuthFlow
    AuthRequest = ahttpx.AuthRequest
    AuthResponse = ahttpx.AuthResponse
    BasicAuth = ahttpx.BasicAuth
    BearerAuth = ahttpx.BearerAuth
    DigestAuth = ahttpx.DigestAuth
    NetRCAuth = ahttpx.NetRCAuth
    UNSET = ahttpx.UNSET
    AuthMiddleware = ahttpx.AuthMiddleware
    CookieMiddleware = ahttpx.CookieMiddleware
    RedirectMiddleware = ahttpx.RedirectMiddleware
    RetryBudget = ahttpx.RetryBudget
    RetryEvent = ahttpx.RetryEvent
    RetryMiddleware = ahttpx.RetryMiddleware
    Transport = ahttpx.Transport
    ASGITransport = ahttpx.ASGITransport
    HARRecorder = ahttpx.HARRecorder
    MockTransport = ahttpx.MockTransport
    ReplayTransport = ahttpx.ReplayTransport
    NetworkBackend = ahttpx.NetworkBackend
    NetworkBackendInterface = ahttpx.NetworkBackendInterface
    NetworkStream = ahttpx.NetworkStream
    NetworkStreamInterface = ahttpx.NetworkStreamInterface
    AnyError = ahttpx.AnyError
    HTTPError = ahttpx.HTTPError
    TransportError = ahttpx.TransportError
    Timeout = ahttpx.Timeout
    NetworkError = ahttpx.NetworkError
    ConnectError = ahttpx.ConnectError
    ReadError = ahttpx.ReadError
    WriteError = ahttpx.WriteError
    ProtocolError = ahttpx.ProtocolError
    LocalProtocolError = ahttpx.LocalProtocolError
    RemoteProtocolError = ahttpx.RemoteProtocolError
    ProxyError = ahttpx.ProxyError
    UpgradeRefused = ahttpx.UpgradeRefused
    TooManyRedirects = ahttpx.TooManyRedirects
    DecodingError = ahttpx.DecodingError
    JSONError = ahttpx.JSONError
    BodyTooLarge = ahttpx.BodyTooLarge
    BodyNotReplayable = ahttpx.BodyNotReplayable
    StatusError = ahttpx.StatusError
    InvalidURL = ahttpx.InvalidURL
