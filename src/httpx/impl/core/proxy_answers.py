"""What proxies answer themselves, in place of the origin: to CONNECT, and 407 to what they forward.

Rule: a 407 that asks for Basic is answered once, and no other refusal is.
"""

from __future__ import annotations

from ..values.auth import BasicAuth
from ..values.errors import ProxyError
from ..values.messages import ResponseHead
from ..values.proxies import Proxy
from ..values.urls import URL, effective_port
from .messages import BodiedRequest, BodiedResponse, request_body, response_body
from .upgrades import ANSWER_LIMIT


async def may_answer(proxy: Proxy, request: BodiedRequest, response: BodiedResponse) -> bool:
    """Whether a forwarded request that the proxy answered with 407 may be sent once more.

    Some proxies challenge the first request of each connection whatever it carries. The body of
    the response is read, as far as an explanation may go.
    """
    await response_body(response).read_start_of(response, ANSWER_LIMIT)
    return takes_answer(proxy, response) and not request_body(request).spent


def takes_answer(proxy: Proxy, response: ResponseHead) -> bool:
    """Whether a proxy asks for what there is: a user name and a password."""
    if response.status_code != 407 or not isinstance(proxy.auth, BasicAuth):
        return False
    from ..values.challenges import parse_challenges  # for those who meet such a proxy

    challenges = parse_challenges(response.headers.get_all("Proxy-Authenticate"))
    return any(challenge.scheme == "basic" for challenge in challenges)


def refusal(proxy: Proxy, url: URL, response: ResponseHead) -> ProxyError:
    """The error of a proxy that answered in place of the origin."""
    said = f"{response.status_code} {response.reason_phrase}".strip()
    hint = ""
    if response.status_code == 407:
        if proxy.auth is None:
            hint = ": it wants credentials; give them in Proxy(url, auth=...)"
        else:
            hint = ": it does not take the credentials that it was given"
    return ProxyError(
        f"the proxy {proxy.origin} refused to connect to {target_text(url)}, with {said}{hint}",
        response=response,
    )


def target_text(url: URL) -> str:
    """The host and port that a proxy is asked to connect to."""
    return url.authority if url.port is not None else f"{url.authority}:{effective_port(url)}"
