"""Status codes and their reason phrases, as registered with IANA.

HTTP/1.1 carries a phrase beside the code, which means nothing and may be empty (RFC 9112 section
4); HTTP/2 has none. The phrase shown for a response that brought none comes from here.

Source: the HTTP Status Code Registry (RFC 9110 section 16.2.1). Left out are the codes that are
registered as unused (306, 418) and those registered for a time only (104).
"""

from __future__ import annotations

from collections.abc import Mapping

REASON_PHRASES: Mapping[int, str] = {
    # 1xx: interim, the final response is still to come (RFC 9110 15.2)
    100: "Continue",
    101: "Switching Protocols",
    102: "Processing",  # RFC 2518
    103: "Early Hints",  # RFC 8297
    # 2xx: received, understood and accepted (RFC 9110 15.3)
    200: "OK",
    201: "Created",
    202: "Accepted",
    203: "Non-Authoritative Information",
    204: "No Content",
    205: "Reset Content",
    206: "Partial Content",
    207: "Multi-Status",  # RFC 4918
    208: "Already Reported",  # RFC 5842
    226: "IM Used",  # RFC 3229
    # 3xx: something more must be done (RFC 9110 15.4)
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    305: "Use Proxy",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    # 4xx: the client is at fault (RFC 9110 15.5)
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    423: "Locked",  # RFC 4918
    424: "Failed Dependency",  # RFC 4918
    425: "Too Early",  # RFC 8470
    426: "Upgrade Required",
    428: "Precondition Required",  # RFC 6585
    429: "Too Many Requests",  # RFC 6585
    431: "Request Header Fields Too Large",  # RFC 6585
    451: "Unavailable For Legal Reasons",  # RFC 7725
    # 5xx: the server is at fault (RFC 9110 15.6)
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    506: "Variant Also Negotiates",  # RFC 2295
    507: "Insufficient Storage",  # RFC 4918
    508: "Loop Detected",  # RFC 5842
    510: "Not Extended",  # RFC 2774, obsoleted
    511: "Network Authentication Required",  # RFC 6585
}
"""Registered status codes and their phrases."""


def reason_phrase(status_code: int) -> str:
    """The registered phrase of a status code, `""` if it has none."""
    return REASON_PHRASES.get(status_code, "")
