"""Results of calls are unknown until they have been read here. Fields that a newer gateway adds are passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from . import check
from .answers import batching_settings, emulator_info
from .errors import JoywireError, client_error
from .png import encode_png
from .types import Batching, EmulatorInfo

if TYPE_CHECKING:
    import numpy

T = TypeVar("T")

WIDTH, HEIGHT = 160, 144


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture, and the frame count at which it was taken."""

    frame: int
    format: Literal["png", "raw"]
    #: A PNG file, or 160 x 144 pixels of RGB, 3 bytes each, row by row.
    data: bytes

    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self.data if self.format == "png" else encode_png(self.data, WIDTH, HEIGHT)

    def array(self) -> numpy.ndarray[Any, Any]:
        """The picture as an array of 144 x 160 x 3 bytes; of a ``raw`` one only. Raises JoywireError ``missing_package``."""
        if self.format != "raw":
            raise client_error("invalid_argument", 'a PNG file is no array; ask for screen(format="raw")')
        return rgb_array(self.data, WIDTH, HEIGHT)


def rgb_array(pixels: bytes, width: int, height: int) -> numpy.ndarray[Any, Any]:
    """RGB bytes as an array, read-only: copy it to draw on it. Raises JoywireError ``missing_package`` without numpy."""
    try:
        import numpy
    except ImportError as error:
        message = "numpy is not installed: pip install 'joywire[numpy]'"
        raise client_error("missing_package", message, error) from error
    return numpy.frombuffer(pixels, numpy.uint8).reshape(height, width, 3)


@dataclass(frozen=True, slots=True)
class Memory:
    """Ranges of memory, all read at the same frame count; one byte string for each range asked for."""

    frame: int
    ranges: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """The only range, or all of them one after the other."""
        return b"".join(self.ranges)

    def __getitem__(self, index: int) -> int:
        """The byte at an index of ``data``."""
        return self.data[index]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A saved state that ``load`` can go on from."""

    name: str
    #: Frame count of the emulator that saved it.
    frame: int
    #: How large it is.
    size: int


@dataclass(frozen=True, slots=True)
class CheckpointBytes:
    """A checkpoint with its bytes."""

    name: str
    frame: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Rom:
    """A ROM that a session may ask for."""

    name: str
    #: SHA-256, as hex.
    hash: str
    #: What the cartridge's header calls it.
    title: str


@dataclass(frozen=True, slots=True)
class Health:
    """The server behind an emulator, as last looked at."""

    state: str
    latency_ms: float | None
    message: str | None


@dataclass(frozen=True, slots=True)
class EmulatorListing:
    """An emulator of the gateway, whether somebody plays on it or not."""

    id: str
    kind: str
    rom: str
    #: ``free``, ``starting`` or ``leased``.
    state: str
    #: The session that controls it, and what that is called.
    session: str | None
    label: str | None
    #: Sessions and labels of those that play on it without control: first whoever gets it next.
    others: tuple[tuple[str, str | None], ...]
    emulator: EmulatorInfo | None
    health: Health | None
    #: Entries without an outcome, and the median time from the driver to the outcome; None while it is free.
    outstanding: int | None
    driver_us: float | None
    #: Ms until the session ends because nobody resumes it; None while it has a connection.
    expires_in_ms: float | None


@dataclass(frozen=True, slots=True)
class SessionListing:
    """A session of the gateway, as admins see it."""

    session: str
    label: str | None
    owner: str
    emulator: str
    connection: int | None
    controls: bool
    connected: bool
    expires_in_ms: float | None
    next_seq: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings in force."""

    batching: Batching
    on_failure: str


def read_result(what: str, value: object, read: Callable[[Mapping[str, Any]], T]) -> T:
    """Reads an answer. Raises JoywireError ``protocol_error`` saying what is wrong with it."""
    try:
        return read(check.mapping(value, what))
    except JoywireError as error:
        message = f"the gateway's answer to {what} cannot be read: {error.message}"
        raise client_error("protocol_error", message, error) from error


def read_screen(value: object, format: Literal["png", "raw"]) -> Screen:
    return read_result(
        "screen",
        value,
        lambda fields: Screen(_frame(fields), format, check.binary(fields.get("bytes"), "bytes")),
    )


def read_memory(value: object) -> Memory:
    return read_result(
        "memory",
        value,
        lambda fields: Memory(
            _frame(fields),
            tuple(check.binary(part, "memory") for part in check.array(fields.get("memory"), "memory")),
        ),
    )


def read_settings(value: object) -> SessionSettings:
    return read_result(
        "configure",
        value,
        lambda fields: SessionSettings(
            batching_settings(fields.get("batching")), check.text(fields.get("onFailure"), "onFailure")
        ),
    )


def read_checkpoints(value: object) -> tuple[Checkpoint, ...]:
    return _list("checkpoints", value, "checkpoints", _checkpoint)


def read_checkpoint_bytes(value: object) -> CheckpointBytes:
    return read_result(
        "download_checkpoint",
        value,
        lambda fields: CheckpointBytes(
            check.text(fields.get("name"), "name"),
            _frame(fields),
            check.binary(fields.get("bytes"), "bytes"),
        ),
    )


def read_roms(value: object) -> tuple[Rom, ...]:
    def rom(fields: Mapping[str, Any]) -> Rom:
        return Rom(*(check.text(fields.get(name), name) for name in ("name", "hash", "title")))

    return _list("roms", value, "roms", rom)


def read_emulators(value: object) -> tuple[EmulatorListing, ...]:
    return _list("emulators", value, "emulators", _emulator)


def read_sessions(value: object) -> tuple[SessionListing, ...]:
    return _list("sessions", value, "sessions", _session)


def _list(what: str, value: object, key: str, read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    return read_result(
        what,
        value,
        lambda fields: tuple(read(check.mapping(item, key)) for item in check.array(fields.get(key), key)),
    )


def _frame(fields: Mapping[str, Any]) -> int:
    return check.integer(fields.get("frame"), "frame")


def _checkpoint(fields: Mapping[str, Any]) -> Checkpoint:
    size = check.integer(fields.get("bytes"), "bytes")
    return Checkpoint(check.text(fields.get("name"), "name"), _frame(fields), size)


def _emulator(fields: Mapping[str, Any]) -> EmulatorListing:
    emulator, health, load = fields.get("emulator"), fields.get("health"), fields.get("load")
    loaded = check.optional_mapping(load, "load")
    return EmulatorListing(
        id=check.text(fields.get("id"), "id"),
        kind=check.text(fields.get("kind"), "kind"),
        rom=check.text(fields.get("rom"), "rom"),
        state=check.text(fields.get("state"), "state"),
        session=check.optional_text(fields.get("session"), "session"),
        label=check.optional_text(fields.get("label"), "label"),
        others=tuple(_player(item) for item in check.array(fields.get("others") or [], "others")),
        emulator=None if emulator is None else emulator_info(emulator),
        health=None if health is None else _health(check.mapping(health, "health")),
        outstanding=check.optional_integer(loaded.get("outstanding"), "outstanding"),
        driver_us=check.optional_number(loaded.get("driverUs"), "driverUs"),
        expires_in_ms=check.optional_number(fields.get("expiresInMs"), "expiresInMs"),
    )


def _player(value: object) -> tuple[str, str | None]:
    fields = check.mapping(value, "others")
    return check.text(fields.get("session"), "session"), check.optional_text(fields.get("label"), "label")


def _health(fields: Mapping[str, Any]) -> Health:
    return Health(
        check.text(fields.get("state"), "health.state"),
        check.optional_number(fields.get("latencyMs"), "latencyMs"),
        check.optional_text(fields.get("message"), "health.message"),
    )


def _session(fields: Mapping[str, Any]) -> SessionListing:
    return SessionListing(
        session=check.text(fields.get("session"), "session"),
        label=check.optional_text(fields.get("label"), "label"),
        owner=check.text(fields.get("owner"), "owner"),
        emulator=check.text(fields.get("emulator"), "emulator"),
        connection=check.optional_integer(fields.get("connection"), "connection"),
        controls=check.boolean(fields.get("controls", True), "controls"),
        connected=check.boolean(fields.get("connected"), "connected"),
        expires_in_ms=check.optional_number(fields.get("expiresInMs"), "expiresInMs"),
        next_seq=check.integer(fields.get("nextSeq"), "nextSeq"),
        outstanding=check.integer(fields.get("outstanding"), "outstanding"),
    )
