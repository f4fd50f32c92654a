"""The servers of the documentation that ask who is there.

members.example.com     / asks for Basic, /digest for digest: "user", "pass"
login.example.com       POST /token gives an access token
orders.example.com      wants that token
vault.example.com       wants a signature of method, target and body
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from support.digest import DigestGuard, Refused, parse_strictly
from support.steps import Received

if TYPE_CHECKING:
    from .site import Site

BASIC = "Basic " + base64.b64encode(b"user:pass").decode()
SIGNING_KEY = b"a shared secret"
TOKEN = "fresh-token"


def _refuse(site: Site, challenge: str) -> None:
    site.reply(401, "text/plain", b"who are you?", WWW_Authenticate=challenge)


def _members(site: Site, body: bytes) -> None:
    given = site.headers.get("Authorization", "")
    if site.path.startswith("/digest"):
        _digest(site, body, given)
    elif given == BASIC:
        site.reply(200, "text/plain", b"welcome, user")
    else:
        _refuse(site, 'Basic realm="members"')


_guard = DigestGuard("SHA-256", realm="members")


def _digest(site: Site, body: bytes, given: str) -> None:
    headers = tuple(site.headers.items())
    request = Received(site.command, site.path, site.request_version, headers, body, 0)
    try:
        _guard.check(parse_strictly(given), request)
    except Refused:
        _refuse(site, _guard.challenge())
    else:
        site.reply(200, "text/plain", b"welcome, user")


def _login(site: Site, body: bytes) -> None:
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    wanted = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cret"}
    if site.path == "/token" and form == wanted:
        site.reply_json(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
    else:
        site.reply_json(400, {"error": "invalid_client"})


def _orders(site: Site, body: bytes) -> None:
    if site.headers.get("Authorization") == f"Bearer {TOKEN}":
        site.reply_json(200, [{"id": 7, "item": "pen"}])
    else:
        _refuse(site, 'Bearer realm="orders", error="invalid_token"')


def _vault(site: Site, body: bytes) -> None:
    text = f"{site.command} {site.path} {hashlib.sha256(body).hexdigest()}"
    signature = hmac.new(SIGNING_KEY, text.encode(), "sha256").hexdigest()
    if hmac.compare_digest(site.headers.get("Signature", ""), signature):
        site.reply(200, "application/json", json.dumps({"stored": len(body)}).encode())
    else:
        site.reply(403, "text/plain", b"the signature is wrong")


GUARDED: dict[str, Callable[[Site, bytes], None]] = {
    "members.example.com": _members,
    "login.example.com": _login,
    "orders.example.com": _orders,
    "vault.example.com": _vault,
}
