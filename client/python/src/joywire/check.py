"""What comes from outside is checked here: small readers that raise JoywireError ``protocol_error`` naming the field."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import JoywireError, client_error

MAX_INTEGER = 2**53 - 1


def wrong(name: str, value: object, allowed: str) -> JoywireError:
    shown = repr(value)
    return client_error("protocol_error", f"{name}: got {shown[:80]}; allowed: {allowed}")


def integer(value: object, name: str, least: int = 0, most: int = MAX_INTEGER) -> int:
    """A whole number in any of its forms: the gateway writes large integers as floats."""
    if type(value) is int:
        if least <= value <= most:
            return value
    elif type(value) is float and value.is_integer() and least <= value <= most:
        return int(value)
    raise wrong(name, value, f"an integer from {least} to {most}")


def optional_integer(value: object, name: str) -> int | None:
    return None if value is None else integer(value, name)


def number(value: object, name: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise wrong(name, value, "a number")


def optional_number(value: object, name: str) -> float | None:
    return None if value is None else number(value, name)


def text(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    raise wrong(name, value, "text")


def optional_text(value: object, name: str) -> str | None:
    return None if value is None else text(value, name)


def boolean(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise wrong(name, value, "true or false")


def optional_boolean(value: object, name: str) -> bool | None:
    return None if value is None else boolean(value, name)


def mapping(value: object, name: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise wrong(name, value, "a map")


def optional_mapping(value: object, name: str) -> Mapping[str, Any]:
    return {} if value is None else mapping(value, name)


def array(value: object, name: str) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    raise wrong(name, value, "an array")


def binary(value: object, name: str) -> bytes:
    """A binary value: bytes, or in JSON base64 with padding."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise wrong(name, value, "base64") from error
    raise wrong(name, value, "bytes")
