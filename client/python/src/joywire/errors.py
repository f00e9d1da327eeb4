"""The one error that Joywire raises, and the codes it may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Why a call to this package failed. What the gateway refuses comes with the gateway's own code instead
#: (docs/protocol.md, "Request errors"), and a connection that the gateway ends before the welcome with the name of its
#: close code (:data:`CLOSE_CODES`).
CLIENT_ERRORS: Mapping[str, str] = {
    "invalid_url": "the address is no http, https, ws or wss URL and no host:port",
    "invalid_argument": "an argument cannot be sent; the message says what is allowed",
    "script_error": "the script cannot be read; the message names line and column",
    "connection_failed": "no WebSocket could be opened",
    "connect_timeout": "the gateway did not welcome the session in time",
    "connection_lost": "the connection ended; what became of entries without an outcome is not known",
    "session_lost": "the session could not be resumed; what became of entries without an outcome is not known",
    "call_lost": "the connection broke before the answer came, and the game has gone on since; ask again",
    "protocol_error": "the gateway sent what is no message of the protocol, or one that contradicts an earlier one",
    "group_too_large": "the group has more members than the gateway takes; nothing was sent",
    "message_too_big": "the message would be larger than the gateway takes; nothing of it was sent",
    "session_ended": "the session has been closed",
    "missing_package": "this needs a package that is not installed",
}

#: Close codes of the protocol by name: the number, and whether to come back.
CLOSE_CODES: Mapping[str, tuple[int, bool]] = {
    "normal": (1000, False),
    "going_away": (1001, True),
    "unsupported_data": (1003, False),
    "invalid_payload": (1007, False),
    "message_too_big": (1009, False),
    "internal_error": (1011, True),
    "service_restart": (1012, True),
    "try_again_later": (1013, True),
    "keepalive_timeout": (4000, True),
    "handshake_timeout": (4001, True),
    "slow_consumer": (4002, True),
    "rate_limited": (4003, True),
    "hello_expected": (4500, False),
    "unauthorized": (4501, False),
    "resume_refused": (4502, False),
    "taken_over": (4503, False),
    "hello_refused": (4504, False),
    "kicked": (4505, False),
}

_RECONNECT = dict(CLOSE_CODES.values())
_NAMES = {code: name for name, (code, _) in CLOSE_CODES.items()}


class JoywireError(Exception):
    """Everything that this package raises: a message for people, a ``code`` for programs.

    ``details`` has what else is known, by the names of the protocol: of a request error ``retryable``, ``seq``, ``allowed``,
    ``retryInMs``; of a ``script_error`` ``line``, ``column``, ``allowed``.
    """

    code: str
    details: Mapping[str, Any]

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.details = details or {}

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def client_error(code: str, message: str | None = None, cause: BaseException | None = None) -> JoywireError:
    """A :class:`JoywireError` with one of the codes of :data:`CLIENT_ERRORS`."""
    error = JoywireError(code, message if message is not None else CLIENT_ERRORS[code])
    error.__cause__ = cause
    return error


def copy_of(error: JoywireError) -> JoywireError:
    """The same as an object of its own: tracebacks of several waiters do not grow into each other."""
    copy = JoywireError(error.code, error.message, error.details)
    copy.__cause__ = error.__cause__
    return copy


def may_reconnect(code: int) -> bool:
    """Whether a client may come back after a close with this code; unknown ones follow their range."""
    return _RECONNECT.get(code, not 4500 <= code <= 4999)


def close_name(code: int) -> str | None:
    """The name of a close code of the protocol."""
    return _NAMES.get(code)
