"""In place of a network: functions that answer, recordings, and what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import ahttpx
import httpx


def answer(request: httpx.Request) -> httpx.Response:
    print(request.content)
    return httpx.Response(200, content=request.url.path)


async def answer_later(request: ahttpx.Request) -> ahttpx.Response:
    return ahttpx.Response(200, content=request.url.path)


def answer_at_once(request: ahttpx.Request) -> ahttpx.Response:
    return ahttpx.Response(204)


mock = httpx.MockTransport(answer)
assert_type(mock.requests, list[httpx.Request])
recorder = httpx.HARRecorder(mock)
recorder.save(Path("recorded.har"))
for transport in (mock, recorder, httpx.ReplayTransport("recorded.har")):
    httpx.Client(transport=transport)
for handler in (answer_later, answer_at_once):
    ahttpx.Client(transport=ahttpx.HARRecorder(ahttpx.MockTransport(handler)))
ahttpx.Client(transport=ahttpx.ReplayTransport(Path("recorded.har")))
ahttpx.MockTransport(lambda request: ahttpx.Response(200))
