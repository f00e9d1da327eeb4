"""The two encodings: a message as a tuple becomes the data of one WebSocket message, and back. Words are still numbers in msgpack."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, TypeAlias

import msgpack

from .errors import JoywireError, client_error
from .types import Encoding

#: A message as it travels in msgpack: its type as a number, then its fields.
Message: TypeAlias = tuple[Any, ...]

CLIENT_TYPES = (
    "hello",
    "input",
    "inputs",
    "keys",
    "command",
    "flush",
    "cancel",
    "received",
    "subscribe",
    "unsubscribe",
    "call",
    "ping",
    "bye",
    "define",
    "script",
)
SERVER_TYPES = ("welcome", "ack", "push", "result", "error", "credit", "event", "goaway", "pong")
STATUSES = ("executed", "rejected", "failed", "unknown")
CERTAINTIES = ("exact", "derived", "none")
REASONS = ("single", "size", "time", "group", "idle", "backlog", "explicit", "drain")

Words: TypeAlias = Mapping[Any, Any]


class Codec:
    """One of the two encodings."""

    subprotocol: ClassVar[str]
    #: Whether its WebSocket messages are text.
    text: ClassVar[bool]
    #: What stands for each word in this encoding.
    types: ClassVar[Words]
    statuses: ClassVar[Words]
    certainties: ClassVar[Words]
    reasons: ClassVar[Words]

    def encode(self, message: Message) -> bytes:
        """Raises JoywireError ``invalid_argument`` for values that no message can have."""
        raise NotImplementedError

    def decode(self, data: bytes) -> list[Any]:
        """Raises JoywireError ``protocol_error`` when it is not one array."""
        raise NotImplementedError


class MsgpackCodec(Codec):
    subprotocol: ClassVar[str] = "joywire.v1.msgpack"
    text: ClassVar[bool] = False
    types: ClassVar[Words] = dict(enumerate(SERVER_TYPES, 1))
    statuses: ClassVar[Words] = dict(enumerate(STATUSES))
    certainties: ClassVar[Words] = dict(enumerate(CERTAINTIES))
    reasons: ClassVar[Words] = dict(enumerate(REASONS))

    def __init__(self) -> None:
        self._pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack
        self._unpack = msgpack.unpackb

    def encode(self, message: Message) -> bytes:
        try:
            packed: bytes = self._pack(message)
        except (TypeError, ValueError, OverflowError) as error:
            # The packer of a message that failed half way has half a message.
            self._pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack
            raise client_error("invalid_argument", f"it cannot be sent: {error}", error) from error
        return packed

    def decode(self, data: bytes) -> list[Any]:
        try:
            value = self._unpack(data, ext_hook=_no_extension, strict_map_key=True)
        except JoywireError:
            raise
        except Exception as error:
            # msgpack raises a handful of unrelated classes for bytes that are no message.
            raise client_error("protocol_error", f"not one msgpack value: {error}", error) from error
        return _array(value)


class JsonCodec(Codec):
    subprotocol: ClassVar[str] = "joywire.v1.json"
    text: ClassVar[bool] = True
    types: ClassVar[Words] = {name: name for name in SERVER_TYPES}
    statuses: ClassVar[Words] = {name: name for name in STATUSES}
    certainties: ClassVar[Words] = {name: name for name in CERTAINTIES}
    reasons: ClassVar[Words] = {name: name for name in REASONS}

    def encode(self, message: Message) -> bytes:
        named = (CLIENT_TYPES[message[0] - 1], *message[1:])
        try:
            text = json.dumps(
                named, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_base64
            )
        except (TypeError, ValueError) as error:
            raise client_error("invalid_argument", f"it cannot be sent: {error}", error) from error
        return text.encode()

    def decode(self, data: bytes) -> list[Any]:
        try:
            value = json.loads(data.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise client_error("protocol_error", f"not one JSON value: {error}", error) from error
        return _array(value)


def codec_of(encoding: Encoding) -> Codec:
    if encoding == "msgpack":
        return MsgpackCodec()
    if encoding == "json":
        return JsonCodec()
    raise client_error("invalid_argument", f"encoding: got {encoding!r}; allowed: msgpack, json")


def _array(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise client_error("protocol_error", f"a message is an array [type, ...]; got {repr(value)[:40]}")


def _base64(value: object) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _no_extension(code: int, data: bytes) -> NoReturn:
    raise client_error("protocol_error", f"msgpack extension {code}; allowed: plain msgpack")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
