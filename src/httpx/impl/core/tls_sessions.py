"""TLS sessions kept for resumption, where that pays.

Getting a session from the ssl module, or setting one, costs some 150 us. A resumed TLS 1.2
handshake saves more than twice that and a round trip; a resumed TLS 1.3 handshake saves neither, so
only TLS 1.2 sessions are kept.

Rules:
1. A session is offered only under the context that it was made under, to the same name, and with
   the same demands on the peer's certificate: a resumed handshake does not look at it again.
2. Bounded: `KEPT` names for each context, the oldest goes. Contexts are held weakly.
"""

from __future__ import annotations

import ssl
import threading
from collections import OrderedDict
from typing import TypeAlias
from weakref import WeakKeyDictionary

KEPT = 256
"""Names per context: more than a pool has connections by default, at 1 to 3 KiB each."""

_Key: TypeAlias = tuple[str, ssl.VerifyMode, bool]

_lock = threading.Lock()
_sessions: WeakKeyDictionary[ssl.SSLContext, OrderedDict[_Key, ssl.SSLSession]] = (
    WeakKeyDictionary()
)


def _key(context: ssl.SSLContext, hostname: str) -> _Key:
    return hostname, context.verify_mode, context.check_hostname


def session_for(context: ssl.SSLContext, hostname: str) -> ssl.SSLSession | None:
    """The session to offer to `hostname`, `None` if there is none."""
    with _lock:
        kept = _sessions.get(context)
        return None if kept is None else kept.get(_key(context, hostname))


def keep_session(context: ssl.SSLContext, hostname: str, tls: ssl.SSLObject) -> None:
    """Keep the session of a finished handshake, if it is worth keeping."""
    if tls.version() != "TLSv1.2" or tls.session_reused:
        return
    session = tls.session
    if session is None:
        return
    with _lock:
        kept = _sessions.setdefault(context, OrderedDict())
        kept[_key(context, hostname)] = session
        if len(kept) > KEPT:
            kept.popitem(last=False)
