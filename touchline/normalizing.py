"""The adapters without Flink: messages in, canonical events and refusals out, in order of arrival.

The oracle for tests of the `normalize` job, and what `touchline normalize` runs.
"""

from __future__ import annotations

import msgspec

from connectors.feeds.files import Received
from connectors.feeds.keys import key_for
from udfs import snapshots
from udfs.contract import Adapter, Message, Parsed, Rejected
from udfs.model import MatchEvent

HEAD_CHARACTERS = 200
"""Of a rejected message that its report quotes."""

_encoder = msgspec.json.Encoder()


class Refusal(msgspec.Struct, frozen=True):
    """A message, or a part of one, that did not become an event.

    message_index: of the message in its source, from 0. size: of what was refused, in bytes; head:
    its beginning as text.
    """

    provider: str
    reason: str
    source: str
    message_index: int
    size: int
    head: str


class Normalizer:
    """Reads one provider's messages as the job does, with the same state: the last snapshot of
    each match. The message's position stands for its offset in Kafka.

    given: the match that the user named (`--match`).
    """

    def __init__(self, adapter: Adapter, given: str | None = None) -> None:
        self._adapter = adapter
        self._given = given
        self._manifests: dict[str, bytes] = {}
        self._arrival = 0
        self._index_in: dict[str, int] = {}

    def read(self, received: Received) -> tuple[list[MatchEvent], list[Refusal]]:
        """One message's events (of a snapshot: its changes since the one before) and refusals."""
        arrival, self._arrival = self._arrival, self._arrival + 1
        index = self._index_in.get(received.source, 0)
        self._index_in[received.source] = index + 1
        key = key_for(self._adapter.name, received.value, self._given, received.named_match)
        try:
            parsed = self._adapter.parse(Message(received.value, key, arrival))
        except Rejected as error:
            return [], [self._refusal(received, index, str(error), received.value)]
        refusals = [
            self._refusal(received, index, rejection.reason, rejection.part)
            for rejection in parsed.rejections
        ]
        return self._events(parsed, arrival), refusals

    def _events(self, parsed: Parsed, arrival: int) -> list[MatchEvent]:
        if not parsed.snapshot:
            return parsed.events
        changed = snapshots.changes(self._manifests.get(parsed.match_id), parsed, arrival)
        self._manifests[parsed.match_id] = snapshots.manifest_of(parsed)
        return changed

    def _refusal(self, received: Received, index: int, reason: str, part: bytes) -> Refusal:
        return Refusal(
            provider=self._adapter.name,
            reason=reason,
            source=received.source,
            message_index=index,
            size=len(part),
            head=head_of(part),
        )


def head_of(value: bytes) -> str:
    """The beginning of a message as text, whatever its bytes."""
    return value[: HEAD_CHARACTERS * 4].decode("utf-8", "replace")[:HEAD_CHARACTERS]


def refusal_line(refusal: Refusal) -> bytes:
    """A refusal as one line of JSON, its line feed included."""
    return _encoder.encode(refusal) + b"\n"
