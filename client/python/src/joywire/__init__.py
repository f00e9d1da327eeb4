"""Joywire's client for Python: its public names, and nothing else.

    async with joywire.connect("127.0.0.1:8080") as pad:
        for outcome in await pad.send("START W:60 RIGHT*3 A+B"):
            print(outcome.seq, outcome.status, outcome.first_frame, outcome.frames)

``joywire.sync`` has the same without asyncio. docs/python.md shows everything.
"""

from .answers import Event, Goaway
from .backoff import Backoff
from .buttons import BUTTONS, button_names, format_buttons, parse_buttons
from .connecting import Connecting, connect
from .control import ControlChange, ControlRequest
from .errors import CLIENT_ERRORS, CLOSE_CODES, JoywireError
from .guards import Guard
from .macros import Use
from .options import ConnectOptions, Reconnect, Ticket
from .pad import Pad
from .pictures import Picture
from .pool import Pool
from .presses import PressSpec
from .profile import Profile, ProfiledBatch, ProfiledEntry
from .results import (
    Checkpoint,
    CheckpointBytes,
    EmulatorListing,
    Memory,
    Rom,
    Screen,
    SessionListing,
    SessionSettings,
)
from .rollout import Rollout
from .runs import Run, RunResult
from .script import ScriptGroup, ScriptItem, compile_script, format_script
from .script_parse import ScriptPress
from .session import Closed, Closing, Open, Reconnecting, State
from .sound import Sound
from .stats import Span, Stats
from .subscription import Subscription
from .types import (
    Batch,
    Batching,
    Capabilities,
    Dedupe,
    Detail,
    Emulator,
    EmulatorInfo,
    GuardStop,
    Limits,
    Observe,
    Observed,
    OtherSession,
    Outcome,
    Press,
)

__all__ = [
    "BUTTONS",
    "CLIENT_ERRORS",
    "CLOSE_CODES",
    "Backoff",
    "Batch",
    "Batching",
    "Capabilities",
    "Checkpoint",
    "CheckpointBytes",
    "Closed",
    "Closing",
    "ConnectOptions",
    "Connecting",
    "ControlChange",
    "ControlRequest",
    "Dedupe",
    "Detail",
    "Emulator",
    "EmulatorInfo",
    "EmulatorListing",
    "Event",
    "Goaway",
    "Guard",
    "GuardStop",
    "JoywireError",
    "Limits",
    "Memory",
    "Observe",
    "Observed",
    "Open",
    "OtherSession",
    "Outcome",
    "Pad",
    "Picture",
    "Pool",
    "Press",
    "PressSpec",
    "Profile",
    "ProfiledBatch",
    "ProfiledEntry",
    "Reconnect",
    "Reconnecting",
    "Rollout",
    "Rom",
    "Run",
    "RunResult",
    "Screen",
    "ScriptGroup",
    "ScriptItem",
    "ScriptPress",
    "SessionListing",
    "SessionSettings",
    "Sound",
    "Span",
    "State",
    "Stats",
    "Subscription",
    "Ticket",
    "Use",
    "button_names",
    "compile_script",
    "connect",
    "format_buttons",
    "format_script",
    "parse_buttons",
]
