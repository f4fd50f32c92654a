"""Names that other libraries have, and names that belong to the other package."""

from __future__ import annotations

import ahttpx
import httpx

print(httpx.AsyncClient)
# ^ mypy [attr-defined]: Module has no attribute "AsyncClient"
# ^ pyright [reportUnknownMemberType]: Type of "AsyncClient" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "AsyncClient" is not a known attribute of module "httpx"
print(httpx.ASGITransport)
# ^ mypy [attr-defined]: Module has no attribute "ASGITransport"; maybe "WSGITransport"?
# ^ pyright [reportUnknownMemberType]: Type of "ASGITransport" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "ASGITransport" is not a known attribute of module "httpx"
print(ahttpx.WSGITransport)
# ^ mypy [attr-defined]: Module has no attribute "WSGITransport"; maybe "ASGITransport"?
# ^ pyright [reportUnknownMemberType]: Type of "WSGITransport" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "WSGITransport" is not a known attribute of module
print(httpx.Session)
# ^ mypy [attr-defined]: Module has no attribute "Session"
# ^ pyright [reportUnknownMemberType]: Type of "Session" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "Session" is not a known attribute of module "httpx"
print(httpx.Pending)
# ^ mypy [attr-defined]: Module has no attribute "Pending"
# ^ pyright [reportUnknownMemberType]: Type of "Pending" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "Pending" is not a known attribute of module "httpx"
print(httpx.HTTPTransport)
# ^ mypy [attr-defined]: Module has no attribute "HTTPTransport"
# ^ pyright [reportUnknownMemberType]: Type of "HTTPTransport" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "HTTPTransport" is not a known attribute of module "httpx"
print(httpx.codes)
# ^ mypy [attr-defined]: Module has no attribute "codes"
# ^ pyright [reportUnknownMemberType]: Type of "codes" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "codes" is not a known attribute of module "httpx"
print(ahttpx.TimeoutException)
# ^ mypy [attr-defined]: Module has no attribute "TimeoutException"
# ^ pyright [reportUnknownMemberType]: Type of "TimeoutException" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "TimeoutException" is not a known attribute of module
print(httpx.HTTPStatusError)
# ^ mypy [attr-defined]: Module has no attribute "HTTPStatusError"
# ^ pyright [reportUnknownMemberType]: Type of "HTTPStatusError" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "HTTPStatusError" is not a known attribute of module
print(httpx.RequestError)
# ^ mypy [attr-defined]: Module has no attribute "RequestError"
# ^ pyright [reportUnknownMemberType]: Type of "RequestError" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "RequestError" is not a known attribute of module
print(httpx.Limits)
# ^ mypy [attr-defined]: Module has no attribute "Limits"
# ^ pyright [reportUnknownMemberType]: Type of "Limits" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "Limits" is not a known attribute of module
print(httpx.ClientSession)
# ^ mypy [attr-defined]: Module has no attribute "ClientSession"
# ^ pyright [reportUnknownMemberType]: Type of "ClientSession" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "ClientSession" is not a known attribute of module
print(ahttpx.AsyncHTTPTransport)
# ^ mypy [attr-defined]: Module has no attribute "AsyncHTTPTransport"
# ^ pyright [reportUnknownMemberType]: Type of "AsyncHTTPTransport" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "AsyncHTTPTransport" is not a known attribute of module
print(ahttpx.ReadTimeout)
# ^ mypy [attr-defined]: Module has no attribute "ReadTimeout"
# ^ pyright [reportUnknownMemberType]: Type of "ReadTimeout" is unknown
# ^ pyright [reportUnknownArgumentType]: Argument type is unknown
# ^ pyright [reportAttributeAccessIssue]: "ReadTimeout" is not a known attribute of module
