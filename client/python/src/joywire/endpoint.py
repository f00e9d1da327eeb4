"""The WebSocket URL of a gateway, from whatever people have at hand."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .errors import client_error

ENDPOINT = "/v1"
_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def endpoint_url(address: str) -> str:
    """``127.0.0.1:8080``, ``http://host``, ``wss://host/base`` and ``ws://host/v1`` alike give the URL of ``/v1``.

    Raises JoywireError ``invalid_url``.
    """
    text = address.strip()
    try:
        url = urlsplit(text if _WITH_SCHEME.match(text) else f"ws://{text}")
        scheme = _SCHEMES.get(url.scheme)
        valid = scheme is not None and bool(url.hostname) and (url.port is None or url.port >= 0)
        credentials = url.username is not None or url.password is not None
    except ValueError:
        valid = credentials = False
    if not valid or re.search(r"\s", text):
        raise client_error("invalid_url", f'"{text}" is no http, https, ws or wss URL and no host:port')
    if credentials:
        raise client_error("invalid_url", "a token goes into the option token, not into the URL")
    base = url.path.rstrip("/")
    path = base if base.endswith(ENDPOINT) else base + ENDPOINT
    query = f"?{url.query}" if url.query else ""
    return f"{scheme}://{url.netloc}{path}{query}"
