"""A contender: the same job in Bytewax, with recovery.

    python -m bytewax.recovery RECOVERY_FOLDER 1                                  (in `.venv-bench`)
    python -m bytewax.run 'bench.bytewax_flow:flow("BOOTSTRAP", "SOURCE", "TARGET", "match")' \\
        -r RECOVERY_FOLDER -s 10 -b 0

By match, a state is a dict of the match's events, all of which is written in a snapshot; by event,
there are as many states as events.
"""

from __future__ import annotations

from collections.abc import Iterable

from bytewax import operators as op
from bytewax.connectors.kafka import (
    KafkaSink,
    KafkaSinkMessage,
    KafkaSource,
    KafkaSourceMessage,
)
from bytewax.dataflow import Dataflow

from bench.last_write import Event, Known, new_reader, read, wins

Keyed = tuple[str, Event]
BY_EVENT = "event"


def flow(bootstrap: str, source_topic: str, target_topic: str, keyed_by: str) -> Dataflow:
    """The dataflow; `keyed_by` is `match` or `event`."""
    dataflow = Dataflow("last_write_wins")
    reader = new_reader()
    by_event = keyed_by == BY_EVENT

    def read_message(message: KafkaSourceMessage[bytes, bytes]) -> Iterable[Keyed]:
        assert message.partition is not None
        assert message.offset is not None
        assert message.timestamp is not None
        origin = (source_topic, message.partition, message.offset, message.timestamp[1])
        for event in read(reader, message.key, message.value, origin):
            yield (f"{event.match_id}|{event.event_id}" if by_event else event.match_id), event

    source = op.input("feed", dataflow, KafkaSource([bootstrap], [source_topic]))
    events = op.flat_map("read", source, read_message)
    kept = op.stateful_flat_map("last_write_wins", events, _event if by_event else _match)
    messages = op.map("encode", kept, _message)
    op.output("out", messages, KafkaSink([bootstrap], target_topic))
    return dataflow


def _match(known: dict[str, Known] | None, event: Event) -> tuple[dict[str, Known], list[Event]]:
    known = {} if known is None else known
    if not wins(known.get(event.event_id), event.version, event.fingerprint):
        return known, []
    known[event.event_id] = (event.version, event.fingerprint)
    return known, [event]


def _event(known: Known | None, event: Event) -> tuple[Known | None, list[Event]]:
    if not wins(known, event.version, event.fingerprint):
        return known, []
    return (event.version, event.fingerprint), [event]


def _message(keyed: Keyed) -> KafkaSinkMessage[bytes, bytes]:
    event = keyed[1]
    return KafkaSinkMessage(event.match_id.encode(), event.payload)
