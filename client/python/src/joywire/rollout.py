"""Many runs at once on games of the gateway's own, beside the live one: asked for, followed, and asked for again where an answer
got lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .backoff import Backoff
from .errors import JoywireError, client_error, copy_of
from .runs import PlacedRun, Run, RunResult, cut_runs, read_frame, read_page
from .session import Session
from .types import Params

#: Waits for room.
_WAITS = Backoff(20, 1_000)


class Rollout:
    """Runs under way, made by ``pad.rollout``. Each result comes once, as soon as its run has ended: ``async for result in rollout``;
    or all of them at the end, in the order of the runs: ``await rollout.all()``. Both may be used, and more than once. The end of an
    ``async with`` cancels what has not ended.

    It goes on over a broken connection, and when the gateway is restarted what has no result is submitted again; with ``keep`` all of
    it, because what was kept is gone: at the end every checkpoint that a result names is there, also those handed out before. A
    restart after the end takes them. It raises JoywireError when the gateway refuses it, when the session ends, and ``call_lost``
    when the session's own game, with which runs were to begin, has gone on in the meantime so that they cannot be submitted again, or
    when a state that was kept before a restart cannot be kept again.
    """

    def __init__(
        self,
        runs: Sequence[str | Run],
        wants: Params,
        session: Session,
        max_message_bytes: int,
        new_id: Callable[[], str],
    ) -> None:
        #: How many runs there are.
        self.total = len(runs)
        self._wants = wants
        self._session = session
        self._max_message_bytes = max_message_bytes
        self._new_id = new_id
        self._called = session.entries.called
        self._results: list[RunResult] = []
        #: Where in the results that of a run is.
        self._places: dict[int, int] = {}
        self._cancelled = False
        self._over = False
        self._failure: JoywireError | None = None
        self._news = asyncio.Event()
        #: The life of the gateway that told the latest results.
        self._gateway: str | None = None
        #: Ids of the calls that are being followed.
        self._following: set[str] = set()
        #: Of the session's own game, where runs begin with it.
        self._frame: int | None = None
        #: What the session's own game was kept as, for runs that do not fit one call.
        self._origin: str | None = None
        placed = [PlacedRun(Run(run) if isinstance(run, str) else run, at) for at, run in enumerate(runs)]
        self._task = asyncio.ensure_future(self._run_all(placed))

    @property
    def finished(self) -> int:
        """How many have a result so far."""
        return len(self._results)

    async def all(self) -> list[RunResult]:
        """Every result, by position in the runs."""
        while not self._over:
            await self._news.wait()
        if self._failure is not None:
            raise copy_of(self._failure)
        return sorted(self._results, key=lambda result: result.run)

    def cancel(self) -> None:
        """What has not ended is ``cancelled``; its results come all the same."""
        if self._cancelled or self._over:
            return
        self._cancelled = True
        for rollout in self._following:
            self._tell_cancel(rollout)

    def __aiter__(self) -> RolloutResults:
        return RolloutResults(self)

    async def __aenter__(self) -> Rollout:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.cancel()

    async def result_at(self, position: int) -> RunResult | None:
        """The result that came at this position, from 0; None when no more come."""
        while position >= len(self._results):
            if self._over:
                if self._failure is not None:
                    raise copy_of(self._failure)
                return None
            await self._news.wait()
        return self._results[position]

    async def _run_all(self, runs: Sequence[PlacedRun]) -> None:
        try:
            await self._run(runs)
        except JoywireError as error:
            self._failure = error
        finally:
            self._over = True
            self._tell()

    async def _run(self, runs: Sequence[PlacedRun]) -> None:
        keeps = self._wants.get("keep") is True
        parts = [
            _Part(part, self._new_id() if keeps else None) for part in cut_runs(runs, self._max_message_bytes)
        ]
        if len(parts) > 1 and _from_own(runs):
            # Later calls would find the game elsewhere.
            await self._keep_origin()
        try:
            for part in parts:
                await self._run_part(part)
            if keeps:
                await self._keep_again(parts)
        finally:
            self._forget_origin()

    async def _keep_again(self, parts: Sequence[_Part]) -> None:
        """What parts kept that ran before a restart is gone: they run again, until all is in one life of the gateway."""
        while lost := next((part for part in parts if part.gateway != self._gateway), None):
            await self._run_part(lost)
            if self._cancelled:
                # It is given up, and nothing of it is kept.
                lost.gateway = self._gateway

    async def _run_part(self, part: _Part) -> None:
        """Submits the runs, and again those without a result when the gateway knows nothing of them any more; where states are
        kept, all."""
        left = list(part.runs)
        while left:
            if self._cancelled:
                for placed in left:
                    self._add(RunResult(placed.at, "cancelled", 0))
                return
            rollout = await self._submit(left, self._wants, part.id)
            left, part.gateway = await self._follow(rollout, left, self._add)
            if left and part.id is not None:
                # What it kept went with the gateway that knew it.
                left = list(part.runs)
            if left and not self._cancelled:
                await self._may_repeat(left)

    async def _follow(
        self, rollout: str, runs: Sequence[PlacedRun], tell: Callable[[RunResult], None]
    ) -> tuple[list[PlacedRun], str | None]:
        """Tells each result once; the runs that it did not bring, because the gateway does not know the rollout, and the life of
        the gateway that told the latest."""
        left = dict(enumerate(runs))
        self._following.add(rollout)
        if self._cancelled:
            self._tell_cancel(rollout)
        after, done = 0, False
        gateway: str | None = None
        try:
            while not done:
                params = {"rollout": rollout, "after": after, "now": True}
                page = read_page(await self._session.call("rollout_results", params))
                self._gateway = gateway = page.gateway
                for result in page.results:
                    tell(_placed(result, left))
                after += len(page.results)
                done = page.done
        except JoywireError as error:
            if error.code != "unknown_rollout":
                raise
        finally:
            self._following.discard(rollout)
        return list(left.values()), gateway

    async def _submit(self, runs: Sequence[PlacedRun], wants: Params, part: str | None = None) -> str:
        """Begins a rollout; its id."""
        attempt = 0
        while True:
            attempt += 1
            rollout, origin = part or self._new_id(), self._origin
            specs = [_spec(placed.run, origin) for placed in runs]
            try:
                answer = await self._session.call("rollout", {**wants, "rollout": rollout, "runs": specs})
            except JoywireError as error:
                if error.code == "call_lost":
                    # It may have arrived: whoever follows it finds out.
                    return rollout
                await self._refused(error, attempt, runs, origin)
                continue
            self._check(read_frame(answer), rollout)
            return rollout

    async def _refused(
        self, error: JoywireError, attempt: int, runs: Sequence[PlacedRun], origin: str | None
    ) -> None:
        """Waits until it can be submitted again, or raises why it cannot."""
        if error.code == "too_many_rollouts":
            await self._later(attempt, runs)
        elif error.code == "unknown_checkpoint" and origin is not None:
            await self._may_repeat(runs)
            if self._origin == origin:
                raise error
        else:
            raise error

    async def _keep_origin(self) -> None:
        """Keeps the session's own game, so that runs can begin with it later."""
        self._origin = None
        runs = [PlacedRun(Run(""), 0)]
        rollout = await self._submit(runs, {"keep": True})
        kept: list[RunResult] = []
        await self._follow(rollout, runs, kept.append)
        if not kept:
            raise client_error("call_lost")
        result = kept[0]
        if result.status == "cancelled":
            return
        if result.checkpoint is None:
            raise JoywireError(result.code or "protocol_error", result.message or "nothing was kept")
        self._origin = result.checkpoint

    def _forget_origin(self) -> None:
        if self._origin is not None:
            # It goes with the session anyway.
            self._session.call("delete_checkpoint", {"name": self._origin, "now": True})

    async def _may_repeat(self, runs: Sequence[PlacedRun]) -> None:
        """Where runs begin with the session's own game, that must still be where it was. Raises JoywireError ``call_lost``."""
        if not _from_own(runs):
            return
        if self._session.entries.called != self._called or self._frame is None:
            raise client_error("call_lost")
        if self._origin is not None:
            await self._keep_origin()

    def _check(self, frame: int | None, rollout: str) -> None:
        if self._frame is None:
            self._frame = frame
        if frame is not None and frame != self._frame:
            self._tell_cancel(rollout)
            raise client_error("call_lost")

    async def _later(self, attempt: int, runs: Sequence[PlacedRun]) -> None:
        """Other rollouts of the session have to make room."""
        await asyncio.sleep(_WAITS.wait_ms(attempt, self._session.clock.random()) / 1000)
        if self._origin is None and _from_own(runs) and self._session.entries.called != self._called:
            raise client_error("call_lost")

    def _add(self, result: RunResult) -> None:
        """A result, or that of a run that was run again: it takes the place of the other. Raises JoywireError ``call_lost``."""
        at = self._places.get(result.run)
        if at is None:
            self._places[result.run] = len(self._results)
            self._results.append(result)
        else:
            lost = self._results[at].checkpoint
            self._results[at] = result
            if lost is not None and lost != result.checkpoint and not self._cancelled:
                raise _kept_no_more(lost, result)
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _tell_cancel(self, rollout: str) -> None:
        """What became of it shows in the results."""
        self._session.call("cancel_rollout", {"rollout": rollout, "now": True})


@dataclass
class _Part:
    """The runs of one call."""

    runs: Sequence[PlacedRun]
    #: The same however often it is submitted, where states are kept: their names follow from it.
    id: str | None
    #: The life of the gateway in which all of it ran, and which has what it kept.
    gateway: str | None = None


class RolloutResults:
    """The results of a rollout in the order in which its runs ended."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout
        self._at = 0

    def __aiter__(self) -> RolloutResults:
        return self

    async def __anext__(self) -> RunResult:
        result = await self._rollout.result_at(self._at)
        if result is None:
            raise StopAsyncIteration
        self._at += 1
        return result


def _from_own(runs: Sequence[PlacedRun]) -> bool:
    return any(placed.run.start is None for placed in runs)


def _spec(run: Run, origin: str | None) -> dict[str, Any]:
    start = origin if run.start is None else run.start
    return {"script": run.script} if start is None else {"script": run.script, "from": start}


def _kept_no_more(name: str, result: RunResult) -> JoywireError:
    message = (
        f"the gateway was restarted, and what run {result.run} kept as {name} could not be kept again: "
        f"{result.message or ''}"
    )
    return client_error("call_lost", message)


def _placed(result: RunResult, left: dict[int, PlacedRun]) -> RunResult:
    """By its position among all runs."""
    placed = left.pop(result.run, None)
    if placed is None:
        message = (
            f"the gateway sent a result of run {result.run}, which it was not asked for or has sent before"
        )
        raise client_error("protocol_error", message)
    return replace(result, run=placed.at)
