"""What goes on while something breaks: a feed and a crowd, each at a constant rate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from bench.feeding import Feeder, feeding
from bench.last_write import PROVIDER
from bench.load import DISORDERED, Sent, messages_of, simulation_of
from bench.poll_load import load_of, open_polls
from chaos.system import System
from schemas.generated.touchline.v1.poll_pb2 import CLOSE, PollControl
from touchline import polls
from touchline.errors import TouchlineError
from touchline.sending import new_id

BUSY_S = 90.0


@contextmanager
def load(system: System, number: int, seconds: float, rate: float) -> Iterator[list[Feeder]]:
    """Matches and a poll of its own, for so long.

    number: which load of the run it is: none has a match of another one.
    rate: messages a second of the feed; of votes there are half as many.
    """
    kafka = system.settings.kafka
    poll = f"chaos-{number}"
    messages = matches(number, seconds, rate)
    votes = load_of(int(rate / 2 * seconds), [poll], number)
    open_polls(kafka, [poll])
    with ExitStack() as stack:
        yield [
            stack.enter_context(feeding(kafka, kafka.feed(PROVIDER), messages, rate)),
            stack.enter_context(feeding(kafka, kafka.poll_votes, votes.messages(), rate / 2)),
        ]
    _close(system, PollControl(poll_id=poll, command_id=new_id(), action=CLOSE))


def matches(number: int, seconds: float, rate: float) -> list[Sent]:
    """The feed's messages of such a load: the same each time."""
    return messages_of(simulation_of(int(rate * seconds), DISORDERED, 1_000 + number))


@retry(
    retry=retry_if_exception_type(TouchlineError),
    stop=stop_after_delay(BUSY_S),
    wait=wait_fixed(1.0),
    reraise=True,
)
def _close(system: System, command: PollControl) -> None:
    """By the same command, however often it is sent: the broker may be busy with what broke."""
    polls.send_commands(system.settings.kafka, [command])
