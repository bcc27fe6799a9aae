"""Logic by key, in the order of event time, as a step between views.

Rows wait until the watermark says that none before them is missing: what comes of them is the same
whatever order they come in, and after any restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

END_OF_INPUT = (1 << 63) - 1
"""The watermark behind the last row of a bounded input."""

Rows = list[tuple[Any, ...]]


class Core(Protocol):
    """What an `InOrder` step does with a key's rows; knows nothing of Flink."""

    def advance(
        self, state: Any, key: str, at_ms: int, rows: Rows
    ) -> tuple[Any, Iterable[tuple[Any, ...]], Iterable[int]]:
        """Go on to a moment of event time (UTC epoch ms), with the rows of that moment, if any.

        Gives the state after it (None: nothing is left to be known of the key), the rows that come
        of it, and the moments at which to be called again even if there are no rows.
        """


class InOrder(KeyedProcessFunction):  # type: ignore[misc]
    """Flink's side of a `Core`: keeps its rows, its state and its timers.

    A row's first field is the key, its last one the time attribute, which stays behind: it is the
    `at_ms` of the call.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def open(self, runtime_context: RuntimeContext) -> None:
        """Register the state."""
        self._latest_ms = 0
        self._state = runtime_context.get_state(
            ValueStateDescriptor("state", Types.PICKLED_BYTE_ARRAY())
        )
        self._waiting = runtime_context.get_map_state(
            MapStateDescriptor("waiting", Types.LONG(), Types.PICKLED_BYTE_ARRAY())
        )

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> None:
        """Keep the row until its time has come."""
        at_ms = ctx.timestamp()
        self._latest_ms = max(self._latest_ms, at_ms)
        waiting = self._waiting.get(at_ms) or []
        self._waiting.put(at_ms, [*waiting, tuple(value[i] for i in range(1, len(value) - 1))])
        ctx.timer_service().register_event_time_timer(at_ms)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """A moment whose rows are complete, or for which the core has asked."""
        rows = self._waiting.get(timestamp) or []
        is_over = ctx.timer_service().current_watermark() == END_OF_INPUT
        if is_over and timestamp > self._latest_ms:
            return  # a replay has read its part: what is scheduled for later has not come
        self._waiting.remove(timestamp)
        state, results, wakes = self._core.advance(
            self._state.value(), ctx.get_current_key(), timestamp, rows
        )
        if state is None:
            self._state.clear()
        else:
            self._state.update(state)
        for wake in wakes:
            ctx.timer_service().register_event_time_timer(wake)
        for result in results:
            yield Row(*result)
