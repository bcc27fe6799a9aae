"""The demo's poll: made, opened, voted on by a crowd while the matches play, and closed."""

from __future__ import annotations

import threading
import time

from rich.console import Group, RenderableType
from rich.text import Text

from schemas.generated.touchline.v1.poll_pb2 import CLOSE, CREATE, OPEN, PollChoice, PollControl
from simulator.crowd import Crowd, Options
from touchline.errors import TouchlineError
from touchline.poll_view import choice_bars, leader_name, leader_share
from touchline.polls import JOB, PollStore, Result, send_commands
from touchline.sending import new_id, sending
from touchline.settings import Kafka
from udfs.clock import now_ms

POLL = "next-goal"
TITLE = "Who scores next?"
CHOICES = {"home": "The home team", "away": "The away team", "nobody": "Nobody"}
REGIONS = ("es", "uk", "us")
GRACE_MS = 1_000
VOTES_PER_S = 60
CHANGES = 0.25
PAUSE_S = 0.05


class DemoPoll:
    """A poll that a crowd votes in, in the background, from `vote` to `close`."""

    def __init__(self, kafka: Kafka, seconds: float) -> None:
        self._kafka = kafka
        self._crowd = Crowd(
            Options(
                POLL,
                tuple(CHOICES),
                voters=max(1, int(seconds * VOTES_PER_S / (1 + 2 * CHANGES))),
                changes=CHANGES,
                regions=REGIONS,
            )
        )
        self._stop = threading.Event()
        self._failure: TouchlineError | None = None
        self._thread: threading.Thread | None = None
        self.sent = 0

    def open(self, match_id: str) -> None:
        """Make and open the poll, about a match."""
        choices = [PollChoice(id=id_, title=title) for id_, title in CHOICES.items()]
        send_commands(
            self._kafka,
            [
                _command(
                    CREATE, title=TITLE, choices=choices, grace_ms=GRACE_MS, match_id=match_id
                ),
                _command(OPEN),
            ],
        )

    def vote(self) -> None:
        """Let the crowd vote, if it does not yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._vote, daemon=True)
            self._thread.start()

    def voting(self) -> bool:
        """True until the crowd has voted."""
        return self._thread is None or self._thread.is_alive()

    def close(self) -> None:
        """Close the poll; its final result comes after its grace.

        Raises:
            TouchlineError: Kafka did not take a vote, or does not take the command.
        """
        self.stop()
        if self._failure is not None:
            raise self._failure
        send_commands(self._kafka, [_command(CLOSE)])

    def stop(self) -> None:
        """No more votes."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _vote(self) -> None:
        try:
            with sending(self._kafka, self._kafka.poll_votes, JOB) as publisher:
                start = time.monotonic()
                for vote in self._crowd.votes(lambda _: now_ms()):
                    publisher.send(vote.serialised(), vote.voter_id)
                    self.sent += 1
                    while time.monotonic() - start < self.sent / VOTES_PER_S:
                        if self._stop.wait(PAUSE_S):
                            return
        except TouchlineError as error:
            self._failure = error


class PollBoard:
    """The poll as a live view shows it, below the matches."""

    def __init__(self, store: PollStore) -> None:
        self._store = store
        self.result: Result | None = None

    def refresh(self) -> None:
        """Look for a newer result."""
        for found in self._store.results([POLL]):
            self.result = found

    def line(self) -> str:
        """The poll in a plain line; empty before its first result."""
        if self.result is None:
            return ""
        result = self.result
        leader = leader_name(result)
        return (
            f"poll {result['id']}: {result['voters']:,} voters, {result['changed']:,} changed,"
            f" {result['votes_per_second']:,.0f} votes/s"
            + (f"; {leader} {leader_share(result)} leads" if leader else "")
        )

    def __rich__(self) -> RenderableType:
        if self.result is None:
            return Text()
        head = Text.assemble((self.result["title"], "bold"), f"  {self.line()}")
        return Group(head, choice_bars(self.result))


def _command(action: int, **fields: object) -> PollControl:
    return PollControl(poll_id=POLL, command_id=new_id(), action=action, **fields)
