"""Random commands and votes for a few polls, made while time goes on: for the running job."""

from __future__ import annotations

import random
from collections.abc import Callable

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    FIRST_VOTE_COUNTS,
    FREE,
    LAST_VOTE_COUNTS,
    LOCK,
    OPEN,
    PAID,
    TERMINATE,
    UNLOCK,
    PollControl,
    PollVote,
)
from tests.polls.logs import definition

Message = PollControl | PollVote

CHOICES = ("raul", "iker", "unai")
VOTERS = 12
LIVES = (
    (CREATE, OPEN, CLOSE),
    (CREATE, OPEN, LOCK, UNLOCK, CLOSE, ARCHIVE),
    (CREATE, OPEN, LOCK, CLOSE, TERMINATE),
    (CREATE, OPEN, TERMINATE, ARCHIVE),
)
ACTIONS = (CREATE, OPEN, LOCK, UNLOCK, CLOSE, TERMINATE, ARCHIVE)
ONE_STEP = {"command": 0.05, "again": 0.05}
BACK = 300
"""Of so many last messages one comes again."""


class LiveHistory:
    """What is said of some polls, one message after the other, the same for a seed but for times.

    name: what the ids of its polls, voters and sources begin with. now_ms: UTC epoch.
    """

    def __init__(self, name: str, polls: int, seed: int, now_ms: Callable[[], int]) -> None:
        self._dice = random.Random(seed)
        self._name = name
        self._now_ms = now_ms
        self._lives = {
            f"{name}-{number}": list(self._dice.choice(LIVES)) for number in range(polls)
        }
        self._said: list[Message] = []

    @property
    def polls(self) -> list[str]:
        """Their ids."""
        return list(self._lives)

    def begin(self) -> list[Message]:
        """All polls are created, and most of them opened."""
        return [
            self._command(poll, life.pop(0))
            for poll, life in self._lives.items()
            for _ in range(self._dice.choice((1, 2, 2, 2)))
        ]

    def step(self) -> Message:
        """A vote, mostly; or a command, four of five as they usually follow each other; or what was
        said before, once more."""
        kind = self._dice.random()
        if kind < ONE_STEP["command"]:
            poll = self._dice.choice(self.polls)
            life = self._lives[poll]
            usual = life and self._dice.random() < 0.8
            said: Message = self._command(poll, life.pop(0) if usual else self._any_action())
        elif kind < sum(ONE_STEP.values()):
            said = self._dice.choice(self._said[-BACK:])
        else:
            said = self._vote()
        self._said.append(said)
        return said

    def end(self) -> list[Message]:
        """All polls are closed, those that were not open as well."""
        return [self._command(poll, CLOSE) for poll in self.polls]

    def _any_action(self) -> int:
        return self._dice.choice(ACTIONS)

    def _command(self, poll: str, action: int) -> PollControl:
        dice = self._dice
        fields = definition(CHOICES) if action == CREATE else {}
        id_ = f"{len(self._said)}-{dice.random()}"
        sent = PollControl(poll_id=poll, command_id=id_, action=action, **fields)
        if action == CREATE:
            sent.max_choices = dice.choice((1, 2, 2))
            sent.policy = dice.choice((LAST_VOTE_COUNTS, LAST_VOTE_COUNTS, FIRST_VOTE_COUNTS))
            sent.grace_ms = dice.choice((0, 20, 500, 2_000))
            sent.regions.extend(dice.choice(((), (), ("es", "uk"))))
            sent.paid_weight = dice.choice((1, 3))
        return sent

    def _vote(self) -> PollVote:
        dice = self._dice
        return PollVote(
            poll_id=dice.choice((*self.polls, *self.polls, f"{self._name}-none")),
            voter_id=f"{self._name}-{dice.randrange(VOTERS)}",
            vote_id=str(dice.randrange(10_000)),
            choices=dice.sample(CHOICES, dice.choice((1, 1, 1, 2, 3))),
            voted_ms=self._now_ms() + dice.choice((0, 0, 0, -1, -5, -700, -3_000, 5_000)),
            voter_class=dice.choice((FREE, FREE, PAID)),
            region=dice.choice(("es", "es", "uk", "fr", "")),
            source=dice.choice(("", "", f"{self._name}-{dice.randrange(4)}")),
        )
