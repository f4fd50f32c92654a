"""The library's own authentication, wherever it is taken."""

from __future__ import annotations

import ahttpx
import httpx

URL = "https://a.test/"

for auth in (
    httpx.BasicAuth("user", "pass"),
    httpx.BearerAuth("token"),
    httpx.DigestAuth("user", "pass"),
    httpx.NetRCAuth(),
    ("user", "pass"),
    None,
):
    httpx.Client(auth=auth).get(URL, auth=auth)
    ahttpx.Client(auth=auth).build_request("GET", URL, auth=auth)
    httpx.RequestOptions(auth=None if isinstance(auth, tuple) else auth)
same: list[type[httpx.Auth]] = [ahttpx.BasicAuth, ahttpx.DigestAuth, ahttpx.NetRCAuth]
httpx.get(URL, auth=httpx.UNSET)
