"""A contender: the same job in Quix Streams, its own state store and its defaults.

python -m bench.quix_app BOOTSTRAP SOURCE_TOPIC TARGET_TOPIC STATE_FOLDER   (in `.venv-bench`)
"""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application, State, message_context

from bench.last_write import Event, new_reader, read, wins


def run(bootstrap: str, source_topic: str, target_topic: str, state_folder: str) -> None:
    """Run until it is stopped by a signal."""
    app = Application(
        broker_address=bootstrap,
        consumer_group="bench-quix",
        auto_offset_reset="earliest",
        state_dir=state_folder,
        loglevel="WARNING",
    )
    reader = new_reader()

    def read_message(value: bytes, key: bytes, timestamp: int, _headers: Any) -> list[Event]:
        where = message_context()
        return read(reader, key, value, (source_topic, where.partition, where.offset, timestamp))

    # Quix keeps state by the message's key, which is the match.
    def last_write_wins(event: Event, state: State) -> bool:
        if not wins(state.get(event.event_id), event.version, event.fingerprint):
            return False
        state.set(event.event_id, [event.version, event.fingerprint])
        return True

    frame = app.dataframe(app.topic(source_topic, value_deserializer="bytes"))
    frame = frame.apply(read_message, expand=True, metadata=True)
    frame = frame.filter(last_write_wins, stateful=True)
    frame = frame.apply(lambda event: event.payload)
    frame.to_topic(app.topic(target_topic, value_serializer="bytes"))
    app.run()


if __name__ == "__main__":
    run(*sys.argv[1:])
