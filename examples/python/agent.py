#!/usr/bin/env python3
"""A Joywire client in plain asyncio, written from docs/protocol.md: it plays the game that ships and checks where that led.

    python3 agent.py [ws://127.0.0.1:8080]        # JOYWIRE_URL and JOYWIRE_TOKEN are looked at too
"""
from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import msgpack
import websockets

# Types of messages, statuses, certainties and reasons are small numbers in msgpack (docs/protocol.md, "Encodings").
HELLO, INPUT, INPUTS, RECEIVED, SUBSCRIBE, CALL, BYE = 1, 2, 3, 8, 9, 11, 13
WELCOME, ACK, PUSH, RESULT, ERROR, CREDIT, EVENT, GOAWAY = 1, 2, 3, 4, 5, 6, 7, 8
STATUS = ["executed", "rejected", "failed", "unknown"]
REASON = ["single", "size", "time", "group", "idle", "backlog", "explicit", "drain"]

BUTTON = {"A": 1, "B": 2, "SELECT": 4, "START": 8, "RIGHT": 16, "LEFT": 32, "UP": 64, "DOWN": 128}
PLAYER_X, PLAYER_Y = 0xC011, 0xC012  # roms/README.md


class Refused(Exception):
    """The gateway said no, or the connection ended: the message says whether coming back makes sense."""


class Pad:
    """One session: sends presses, keeps their promises, and never has more outstanding than the credit allows."""

    def __init__(self, socket: Any, welcome: dict[str, Any]) -> None:
        self.socket = socket
        self.welcome = welcome
        self.next_seq = welcome["nextSeq"]
        self.credit = welcome["credit"]
        self.waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.calls: dict[int, asyncio.Future[Any]] = {}
        self.pushes: dict[int, asyncio.Queue[Any]] = {}
        self.room = asyncio.Event()
        self.reader = asyncio.ensure_future(self._read())

    @classmethod
    async def connect(cls, url: str, hello: dict[str, Any]) -> Pad:
        socket = await websockets.connect(url.rstrip("/") + "/v1", subprotocols=["joywire.v1.msgpack"], max_size=2**24)
        await socket.send(msgpack.packb([HELLO, hello]))
        while True:
            try:
                message = msgpack.unpackb(await socket.recv())
            except websockets.ConnectionClosed as closed:
                raise Refused(ended(closed)) from closed
            if message[0] == WELCOME:
                return cls(socket, message[1])
            if message[0] == EVENT and message[1] == "waiting":
                print(f"number {message[2]['place']} in line for an emulator")
            if message[0] == ERROR:
                error = message[2]
                raise Refused(f"{error['code']}: {error['message']} (allowed: {error.get('allowed', '-')})")

    async def press(self, buttons: str, hold: int | None = None, gap: int | None = None, **options: Any) -> dict[str, Any]:
        """One press; resolves with its outcome."""
        [outcome] = await self._enter(lambda seq: [INPUT, seq, mask(buttons), hold, gap, options or None], 1)
        return outcome

    async def group(self, presses: list[str]) -> list[dict[str, Any]]:
        """Presses that belong together: no frame between them, one batch."""
        return await self._enter(lambda seq: [INPUTS, seq, [[mask(buttons)] for buttons in presses]], len(presses))

    async def call(self, method: str, params: dict[str, Any]) -> Any:
        call_id = len(self.calls) + 1
        self.calls[call_id] = asyncio.get_running_loop().create_future()
        await self._send([CALL, call_id, method, params])
        return await self.calls[call_id]

    async def subscribe(self, channel: str, options: dict[str, Any]) -> asyncio.Queue[Any]:
        subscription = len(self.pushes) + 1
        self.pushes[subscription] = asyncio.Queue()
        await self._send([SUBSCRIBE, subscription, channel, options])
        return self.pushes[subscription]

    async def bye(self) -> None:
        """Everything accepted runs and is acked; then the gateway closes with 1000."""
        await self._send([BYE])
        await self.reader

    async def _enter(self, message: Any, count: int) -> list[dict[str, Any]]:
        while len(self.waiting) + count > self.credit:
            self.room.clear()
            await self.room.wait()
        loop = asyncio.get_running_loop()
        first, self.next_seq = self.next_seq, self.next_seq + count
        futures = [loop.create_future() for _ in range(count)]
        self.waiting.update(zip(range(first, first + count), futures))
        await self._send(message(first))
        return [await future for future in futures]

    async def _send(self, message: list[Any]) -> None:
        await self.socket.send(msgpack.packb(message))

    async def _read(self) -> None:
        why = "the session is over"
        try:
            async for data in self.socket:
                await self._take(msgpack.unpackb(data))
        except websockets.ConnectionClosed as closed:
            why = ended(closed)
        for future in [*self.waiting.values(), *self.calls.values()]:
            if not future.done():
                future.set_exception(Refused(why))

    async def _take(self, message: list[Any]) -> None:
        kind = message[0]
        if kind == ACK:
            batch = message[3] if len(message) > 3 else None
            for index, outcome in enumerate(message[2]):
                seq = message[1] + index
                future = self.waiting.pop(seq, None)
                if future is not None:  # None: a repeat
                    future.set_result(read_outcome(seq, outcome, batch))
            self.room.set()
            await self._send([RECEIVED, message[1] + len(message[2]) - 1])
        elif kind == RESULT:
            self.calls[message[1]].set_result(message[2])
        elif kind == ERROR and message[1] is not None:
            self.calls[message[1]].set_exception(Refused(f"{message[2]['code']}: {message[2]['message']}"))
        elif kind == ERROR:
            print(f"error {message[2]['code']}: {message[2]['message']}", file=sys.stderr)
        elif kind == PUSH:
            self.pushes[message[1]].put_nowait(message[3])
        elif kind == CREDIT:
            self.credit = message[1]
            self.room.set()
        elif kind in (EVENT, GOAWAY):
            print("event", message[1:])
        # Unknown types are to be ignored.


def mask(buttons: str) -> int:
    return sum(BUTTON[name] for name in buttons.split("+")) if buttons else 0


def read_outcome(seq: int, outcome: list[Any], batch: list[Any] | None) -> dict[str, Any]:
    status, first_frame, frames, *rest = outcome
    detail = rest[1] if len(rest) > 1 and rest[1] is not None else {}
    return {"seq": seq, "status": STATUS[status], "first": first_frame, "frames": frames, "detail": detail, "batch": batch}


def show(outcome: dict[str, Any]) -> str:
    batch = outcome["batch"]
    how = f"batch {batch[0]} of {batch[1]}, {REASON[batch[2]]}" if batch else "no batch"
    return f"ack {outcome['seq']:3d}  {outcome['status']}  frame {outcome['first']} +{outcome['frames']}  {how}"


def ended(closed: websockets.ConnectionClosed) -> str:
    code = closed.rcvd.code if closed.rcvd is not None else 1006
    again = "do not come back" if 4500 <= code <= 4999 else "coming back may help"
    return f"the gateway closed with {code} {closed.rcvd.reason if closed.rcvd else ''} ({again})"


async def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("JOYWIRE_URL", "ws://127.0.0.1:8080")
    hello: dict[str, Any] = {"client": "agent.py", "label": "examples/python"}
    if "JOYWIRE_TOKEN" in os.environ:
        hello["token"] = os.environ["JOYWIRE_TOKEN"]
    pad = await Pad.connect(url, hello)
    emulator = pad.welcome["emulator"]
    print(f"session {pad.welcome['session']} plays {emulator['rom']} on {emulator['id']}")
    stats = await pad.subscribe("stats", {"intervalMs": 100})

    for buttons, hold in [("", 60), ("START", 8), ("", 60)]:  # title screen, START, fade
        print(show(await pad.press(buttons, hold, 0)))
    position = {"memory": [[PLAYER_X, 2]]}
    start = await pad.press("B", observe=position)
    x, y = start["detail"]["observed"]["memory"][0]
    # Many at once: batched by the gateway, run in order, every one answered.
    for outcome in await asyncio.gather(*(pad.press("RIGHT") for _ in range(3))):
        print(show(outcome))
    # A group, with the player's place on its exact last frame.
    for outcome in await pad.group(["RIGHT", "RIGHT", "LEFT"]):
        print(show(outcome))
    reading = await pad.call("memory", {"ranges": [[PLAYER_X, 2]]})
    there = tuple(reading["memory"][0])
    print(f"from {(x, y)} to {there} at frame {reading['frame']}")
    if there != (x + 4, y):
        raise Refused(f"the player should be at {(x + 4, y)}")
    # Figures come at an interval: the first were of a session that had done nothing yet.
    while (counted := (await stats.get())["sinceStart"]["outcomes"])["executed"] < 10:
        pass
    print(f"stats: {counted}")
    await pad.bye()
    print("done")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (Refused, OSError) as error:
        sys.exit(f"agent.py: {error}")
