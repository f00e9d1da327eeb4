"""The vectors for SDKs in test/fixtures (docs/protocol.md, "Test vectors"): what both SDKs and the gateway agree on."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgpack
import pytest
from gateway import FIXTURES

from joywire import answers, requests
from joywire.codec import CLIENT_TYPES, Codec, JsonCodec, Message, MsgpackCodec
from joywire.errors import JoywireError
from joywire.guards import Guard, guards_map
from joywire.macros import Use
from joywire.pictures import Picture
from joywire.profile import ProfiledEntry, read_profile
from joywire.requests import compact
from joywire.screen_decoder import IndexedPicture, ScreenDecoder
from joywire.script import ScriptGroup, ScriptItem, compile_script, format_script
from joywire.script_parse import ScriptPress
from joywire.types import Detail, Observe, Observed, Outcome, RequestError, Welcome
from joywire.units import Group, ScriptText


def vectors(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


MESSAGES = vectors("messages.json")
FROM_SERVER = [message for message in MESSAGES if message["from"] == "server"]
FROM_CLIENT = [message for message in MESSAGES if message["from"] == "client" and message["canonical"]]
BAD_INPUT = vectors("bad-input.json")
SCRIPTS = vectors("scripts.json")

#: Codes that a client of the fixtures' version does not know keep their name here; the TypeScript SDK drops them.
NEWER_CODES = {"internal", None}


def names(vector: Mapping[str, Any]) -> str:
    return str(vector["name"])


# From the gateway.


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def plain(value: Any) -> Any:
    """A value of the SDK as the fixtures write it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {camel(field.name): plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {name: item for name, item in fields.items() if item is not None}
    if isinstance(value, bytes):
        return {"$hex": value.hex()}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def decoded_as(message: answers.Answer) -> dict[str, Any]:
    if isinstance(message, Welcome):
        emulator = {"emulator": None} if message.emulator is None else {}
        return {"type": "welcome", "welcome": {**plain(message), **emulator}}
    if isinstance(message, answers.Ack):
        batch = message.outcomes[0].batch
        outcomes = [outcome_as(outcome) for outcome in message.outcomes]
        return {
            "type": "ack",
            "firstSeq": message.first_seq,
            "outcomes": outcomes,
            **compact(batch=plain(batch)),
        }
    if isinstance(message, answers.Refusal):
        return {"type": "error", **compact(callId=message.call_id), "error": plain(message.error)}
    kind = type(message).__name__.lower()
    if isinstance(message, answers.Result):
        return {"type": kind, "id": message.id, "value": plain(message.value)}
    return {"type": kind, **plain(message)}


def outcome_as(outcome: Outcome) -> dict[str, Any]:
    fields = plain(outcome)
    fields.pop("seq")
    fields.pop("batch", None)
    return {**fields, "firstFrame": outcome.first_frame}


def without_newer(value: Any) -> Any:
    """The fixtures say what a client that knows no newer code sees."""
    if isinstance(value, dict):
        code = value.get("code")
        return {
            key: without_newer(item)
            for key, item in value.items()
            if key != "code" or (code not in NEWER_CODES and not str(code).startswith("from_the_future"))
        }
    return [without_newer(item) for item in value] if isinstance(value, list) else value


def in_both(vector_list: Sequence[Any]) -> list[Any]:
    """Each vector in the encodings in which it has a form."""
    return [
        pytest.param(vector, codec, id=f"{vector['name']}, {codec.subprotocol}")
        for vector in vector_list
        for codec in (MsgpackCodec(), JsonCodec())
        if encoded(vector, codec) is not None
    ]


def encoded(vector: Any, codec: Codec) -> bytes | None:
    form = vector.get("json" if codec.text else "msgpack")
    if form is None:
        return None
    return str(form).encode() if codec.text else bytes.fromhex(form)


@pytest.mark.parametrize(("vector", "codec"), in_both(FROM_SERVER))
def test_a_message_of_the_gateway_is_read_as_the_vectors_say(vector: Any, codec: Codec) -> None:
    data = encoded(vector, codec)
    assert data is not None
    message = answers.read_answer(codec.decode(data), codec)
    assert message is not None
    expected = vector["decoded"]
    if codec.text and expected["type"] in ("push", "result"):
        # Only who subscribed or called knows that they are binary.
        expected = base64_of(expected)
    read = decoded_as(message)
    if vector["decoded"] == read or codec.text:
        assert read == expected or without_newer(read) == without_newer(expected)
    else:
        assert without_newer(read) == without_newer(expected)


def base64_of(value: Any) -> Any:
    if isinstance(value, dict):
        if "$hex" in value:
            return base64.b64encode(bytes.fromhex(value["$hex"])).decode()
        return {key: base64_of(item) for key, item in value.items()}
    return [base64_of(item) for item in value] if isinstance(value, list) else value


def test_a_code_that_this_version_does_not_know_is_handed_on_as_it_is() -> None:
    codec = JsonCodec()
    read = answers.read_answer(["error", None, {"code": "newer", "message": "m", "retryable": True}], codec)
    assert read == answers.Refusal(None, RequestError("newer", "m", True))
    ack = answers.read_answer(["ack", 1, [["rejected", None, 0, None, {"code": "newer"}]]], codec)
    assert isinstance(ack, answers.Ack)
    assert ack.outcomes[0].detail == Detail(code="newer")


# To the gateway.


def request_of(decoded: Mapping[str, Any]) -> Message:
    """The message that this package sends for what the fixture means."""
    kind = decoded["type"]
    if kind == "hello":
        return requests.hello(decoded["hello"])
    if kind == "input":
        return (requests.INPUT, decoded["seq"], *press_of(decoded["press"]))
    if kind == "inputs":
        return group_of(decoded)
    if kind == "define":
        return (requests.DEFINE, decoded["name"], [member_of(press) for press in decoded["presses"]])
    if kind == "script":
        return ScriptText(decoded["text"], []).message(decoded["firstSeq"])
    if kind == "keys":
        return (requests.KEYS, decoded["seq"], decoded["buttons"])
    if kind == "command":
        params = dict(decoded["command"])
        method = params.pop("method")
        return (requests.COMMAND, decoded["seq"], method, params)
    if kind == "subscribe":
        return requests.subscribe(decoded["id"], decoded["channel"], decoded["options"])
    if kind == "call":
        return requests.call(decoded["id"], decoded["method"], decoded["params"])
    simple: dict[str, Callable[[], Message]] = {
        "flush": lambda: requests.FLUSH_MESSAGE,
        "cancel": lambda: requests.cancel(decoded["fromSeq"]),
        "received": lambda: requests.received(decoded["throughSeq"]),
        "unsubscribe": lambda: requests.unsubscribe(decoded["id"]),
        "ping": lambda: requests.ping(decoded["n"]),
        "bye": lambda: requests.bye(decoded["discard"]),
    }
    return simple[kind]()


def group_of(decoded: Mapping[str, Any]) -> Message:
    members = [member_of(press) for press in decoded["presses"]]
    options = decoded.get("options", {})
    observe = observe_of(options)
    guards = [guard_of(guard) for guard in options.get("guards", [])]
    wanted = compact(
        observe=None if observe is None else requests.observe_map(observe),
        together=options.get("together"),
        guards=guards_map(guards, len(members)) if guards else None,
    )
    return Group(members, [], wanted or None).message(decoded["firstSeq"])


def member_of(member: Mapping[str, Any]) -> Any:
    return Use(member["use"], member["times"]).map() if "use" in member else press_of(member)


def guard_of(guard: Mapping[str, Any]) -> Guard:
    own = {"from": "first", "orGo": "or_go"}
    return Guard(**{own.get(key, key): value for key, value in guard.items()})


def press_of(press: Mapping[str, Any]) -> tuple[Any, ...]:
    observe = observe_of(press.get("options", {}))
    return requests.press_fields(press["buttons"], press.get("hold"), press.get("gap"), observe)


def observe_of(options: Mapping[str, Any]) -> Observe | None:
    observe = options.get("observe")
    return None if observe is None else Observe(**observe)


def normal(value: Any) -> Any:
    """Whole floats are integers, tuples lists: another encoder may give other bytes for the same values."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    return [normal(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(("vector", "codec"), in_both(FROM_CLIENT))
def test_a_message_to_the_gateway_has_the_values_of_the_vectors(vector: Any, codec: Codec) -> None:
    data = codec.encode(request_of(vector["decoded"]))
    expected = encoded(vector, codec)
    assert expected is not None
    assert normal(codec.decode(data)) == normal(codec.decode(expected))


def test_every_type_of_message_has_its_number() -> None:
    assert CLIENT_TYPES[requests.HELLO - 1] == "hello"
    assert CLIENT_TYPES[requests.BYE - 1] == "bye"
    assert CLIENT_TYPES[requests.SCRIPT - 1] == "script"


# What is wrong.

#: How deep a message nests and what its keys are is looked at where it costs nothing: this client trusts its gateway that far.
NOT_LOOKED_AT = {"nested 13 deep", "a map with bytes for a key"}


@pytest.mark.parametrize(
    "vector",
    [
        vector
        for vector in BAD_INPUT
        if (vector["from"] == "server" or vector["fault"]["kind"] == "payload")
        and vector["name"] not in NOT_LOOKED_AT
    ],
    ids=names,
)
def test_what_is_no_message_is_refused_and_what_is_newer_is_passed_over(vector: Any) -> None:
    codec: Codec = JsonCodec() if vector["encoding"] == "json" else MsgpackCodec()
    data = vector["text"].encode() if codec.text else bytes.fromhex(vector["hex"])
    if vector["fault"]["kind"] == "request":
        assert answers.read_answer(codec.decode(data), codec) is None
        return
    with pytest.raises(JoywireError) as raised:
        answers.read_answer(codec.decode(data), codec)
    assert raised.value.code == "protocol_error"


@pytest.mark.parametrize("bad", [float("nan"), object(), 2**70], ids=repr)
def test_what_no_message_can_carry_is_refused_and_the_next_message_is_whole(bad: Any) -> None:
    for codec in (MsgpackCodec(), JsonCodec()):
        if codec.text == isinstance(bad, int) or (isinstance(bad, float) and not codec.text):
            continue
        with pytest.raises(JoywireError) as raised:
            codec.encode((requests.CALL, 1, "screen", {"a": [1, bad]}))
        assert raised.value.code == "invalid_argument"
        assert codec.decode(codec.encode(requests.ping(7)))[1] == 7


def test_integers_come_in_any_form() -> None:
    codec = MsgpackCodec()
    fields = msgpack.unpackb(msgpack.packb([9.0, 7.0, 1764000000000.0]))
    assert answers.read_answer(fields, codec) == answers.Pong(7, 1764000000000.0)


# Scripts.


def script_of(items: Sequence[Any]) -> tuple[ScriptItem, ...]:
    return tuple(
        ScriptPress(*item["press"])
        if "press" in item
        else ScriptGroup(
            tuple(ScriptPress(*press) for press in item["group"]),
            tuple(guard_of(guard) for guard in item.get("guards", [])),
        )
        for item in items
    )


@pytest.mark.parametrize("vector", SCRIPTS["good"], ids=lambda vector: repr(vector["script"]))
def test_a_script_compiles_to_the_items_of_the_vectors(vector: Any) -> None:
    items = compile_script(vector["script"])
    assert items == script_of(vector["items"])
    assert compile_script(format_script(items)) == items


@pytest.mark.parametrize("vector", SCRIPTS["bad"], ids=lambda vector: repr(vector["script"]))
def test_a_wrong_script_is_refused_where_and_as_the_vectors_say(vector: Any) -> None:
    with pytest.raises(JoywireError) as raised:
        compile_script(vector["script"])
    assert raised.value.code == "script_error"
    assert raised.value.details == vector["error"]


# Profiles.


@pytest.mark.parametrize("vector", vectors("profile.json"), ids=names)
def test_a_profile_means_what_the_vectors_say(vector: Any) -> None:
    profile = read_profile(vector["payload"])
    assert [profiled_as(entry) for entry in profile.entries] == vector["inputs"]


def profiled_as(entry: ProfiledEntry) -> dict[str, Any]:
    return {**plain(entry), "at": dict(entry.at), "firstFrame": entry.first_frame}


# Pictures.


@pytest.mark.parametrize("chain", vectors("screen.json"), ids=names)
def test_a_chain_of_pictures_is_decoded_as_the_vectors_say(chain: Any) -> None:
    decoder = ScreenDecoder()
    for payload in chain["payloads"]:
        decoded = decoder.decode(bytes.fromhex(payload["hex"]))
        if not isinstance(decoded, IndexedPicture):
            assert payload["gives"] == type(decoded).__name__.lower()
            continue
        picture = Picture(decoded.width, decoded.height, decoded.frame, decoded.pixels, decoded.palette)
        assert payload["gives"] == "picture"
        assert (picture.width, picture.height, picture.frame) == (
            payload["width"],
            payload["height"],
            payload["frame"],
        )
        assert hashlib.sha256(picture.rgb()).hexdigest() == payload["rgbSha256"]


def test_observed_values_are_as_they_were_asked_for() -> None:
    assert answers.observed({"memory": ["AQID", ""], "hash": "ab"}) == Observed((b"\1\2\3", b""), "ab")
