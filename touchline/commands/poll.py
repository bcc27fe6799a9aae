"""`touchline poll`: make polls, lead them through their life, and see their results."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.live import Live

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    FIRST_VOTE_COUNTS,
    LAST_VOTE_COUNTS,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollAction,
    PollControl,
)
from touchline.commands.arguments import (
    Json,
    PollArgument,
    choice_of,
    duration_ms,
    moment_ms,
)
from touchline.commands.poll_crowd import crowd
from touchline.errors import TouchlineError
from touchline.poll_view import line_of, poll_panel, polls_table
from touchline.polls import (
    TICK_S,
    WAIT_S,
    PollStore,
    Result,
    checked,
    refusal,
    send_commands,
)
from touchline.sending import new_id
from touchline.settings import Settings
from touchline.terminal import output
from udfs.clock import now_ms
from udfs.polls.lifecycle import MAX_CHOICES, MAX_WEIGHT

app = typer.Typer(
    name="poll",
    help="Polls: create them, lead them through their life, see their results.",
    epilog="""\b
Examples:
  touchline poll create motm --title "Man of the match" --choice raul --choice iker --open
  touchline poll watch motm
  touchline poll close motm
""",
    no_args_is_help=True,
)
app.command("crowd")(crowd)

NoWait = Annotated[
    bool, typer.Option("--no-wait", help="End once Kafka has it, not once Redis shows it.")
]
Time = "An ISO 8601 time, or +90s, +5m, +1h."


@app.command("create")
def create_poll(
    poll: PollArgument,
    title: Annotated[str, typer.Option(help="What is asked.")],
    choices: Annotated[
        list[str], typer.Option("--choice", metavar="ID[=TITLE]", help="Repeatable; two at least.")
    ],
    multiple: Annotated[
        int, typer.Option(min=1, max=MAX_CHOICES, help="Choices that one vote may have.")
    ] = 1,
    first_vote: Annotated[
        bool, typer.Option("--first-vote", help="The first vote stands: no one may change it.")
    ] = False,
    grace: Annotated[
        str, typer.Option(help="For votes under way at the end: 500ms, 2s, 1m.")
    ] = "2s",
    opens: Annotated[str | None, typer.Option(metavar="TIME", help=Time)] = None,
    closes: Annotated[str | None, typer.Option(metavar="TIME", help=Time)] = None,
    match: Annotated[str, typer.Option(help="The match that it is about.")] = "",
    event: Annotated[str, typer.Option(help="The event of it that it is about.")] = "",
    regions: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="R", help="Repeatable. Only there one may vote."),
    ] = None,
    paid_weight: Annotated[
        int, typer.Option(min=1, max=MAX_WEIGHT, help="What a paid vote weighs.")
    ] = 1,
    free_weight: Annotated[
        int, typer.Option(min=1, max=MAX_WEIGHT, help="What a free vote weighs.")
    ] = 1,
    open_now: Annotated[bool, typer.Option("--open", help="And open it at once.")] = False,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Create a poll; an id can be used once.

    \b
    Examples:
      touchline poll create motm --title "Man of the match" \\
          --choice raul="Raúl García" --choice muniain="Iker Muniain" --open --closes +5m
      touchline poll create kit --title "Best two kits" --choice home --choice away \\
          --choice third --multiple 2 --opens 2026-11-22T18:00:00Z --closes 2026-11-22T20:00:00Z
      touchline poll create ref --title "Penalty?" --choice yes --choice no --first-vote \\
          --match opta:1009316 --region es --region uk --paid-weight 3 --open
    """
    if open_now and opens:
        raise typer.BadParameter("--open opens it now, --opens later", param_hint="--open|--opens")
    settings = Settings.load()
    definition = PollControl(
        poll_id=poll,
        command_id=new_id(),
        action=CREATE,
        title=title,
        choices=[choice_of(text) for text in choices],
        max_choices=multiple,
        policy=FIRST_VOTE_COUNTS if first_vote else LAST_VOTE_COUNTS,
        grace_ms=duration_ms(grace, "--grace"),
        opens_ms=moment_ms(opens, "--opens") if opens else 0,
        closes_ms=moment_ms(closes, "--closes") if closes else 0,
        match_id=match,
        event_id=event,
        regions=regions or (),
        paid_weight=paid_weight,
        free_weight=free_weight,
    )
    commands = [checked(definition, settings.polls.longest_h)]
    if open_now:
        commands.append(_command(poll, OPEN))
    with PollStore(settings.redis) as store:
        for known in store.results([poll]):
            raise TouchlineError(refusal(known, CREATE), f"touchline poll show {poll}")
        _carry_out(commands, store, settings, no_wait, as_json)


@app.command("open")
def open_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """Open a poll that was created: from now on one may vote.

    \b
    Examples:
      touchline poll open motm
    """
    _act(poll, OPEN, no_wait, as_json)


@app.command("lock")
def lock_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """Stop the voting for a while.

    \b
    Examples:
      touchline poll lock motm
    """
    _act(poll, LOCK, no_wait, as_json)


@app.command("unlock")
def unlock_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """Let the voting go on.

    \b
    Examples:
      touchline poll unlock motm
    """
    _act(poll, UNLOCK, no_wait, as_json)


@app.command("close")
def close_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """End a poll. Votes that are under way count until its grace is over.

    \b
    Examples:
      touchline poll close motm
    """
    _act(poll, CLOSE, no_wait, as_json)


@app.command("terminate")
def terminate_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """End a poll at once, without grace.

    \b
    Examples:
      touchline poll terminate motm
    """
    _act(poll, TERMINATE, no_wait, as_json)


@app.command("archive")
def archive_poll(poll: PollArgument, no_wait: NoWait = False, as_json: Json = False) -> None:
    """Put a poll away. It must have its final result, which Redis keeps for `redis.ended_ttl_s`.

    \b
    Examples:
      touchline poll archive motm
    """
    _act(poll, ARCHIVE, no_wait, as_json)


@app.command("list")
def list_polls(as_json: Json = False) -> None:
    """The polls. Their status, voters, who leads, when they end.

    \b
    Examples:
      touchline poll list
      touchline poll list --json | jq -r 'select(.final | not) | .id'
    """
    with PollStore(Settings.load().redis) as store:
        found = store.results()
    if as_json:
        for result in found:
            _print_json(result)
    elif found:
        output().print(polls_table(found, now_ms()))
    else:
        typer.echo("no polls; `touchline poll create` makes one")


@app.command("show")
def show_poll(poll: PollArgument, as_json: Json = False) -> None:
    """A poll's result. Votes and shares, voters, what was refused and why, regions, times.

    \b
    Examples:
      touchline poll show motm
      touchline poll show motm --json | jq '.choices[] | {id, votes}'
    """
    with PollStore(Settings.load().redis) as store:
        result = store.result(poll)
    if as_json:
        _print_json(result)
    else:
        output().print(poll_panel(result, now_ms()))


@app.command("watch")
def watch_polls(
    poll: Annotated[str | None, typer.Argument(metavar="ID", help="One poll only.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All polls.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Each result as a JSON line.")] = False,
) -> None:
    """A poll, or all, live. Ctrl-C ends it; of one poll, the final result does too. Without a
    terminal: a line for each new result.

    \b
    Examples:
      touchline poll watch motm
      touchline poll watch --all
      touchline poll watch motm --json | jq .voters
    """
    if every == (poll is not None):
        raise typer.BadParameter("name a poll, or say --all", param_hint="ID|--all")
    console = output()
    screen = Screen(poll)
    with PollStore(Settings.load().redis) as store, contextlib.suppress(KeyboardInterrupt):
        if poll:
            store.result(poll)  # says which there are if this one is not
        live = console.is_terminal and not as_json
        view = Live(screen, console=console, refresh_per_second=1 / TICK_S) if live else None
        with view or contextlib.nullcontext():
            for result in store.follow(poll):
                if result is None:
                    continue
                if as_json:
                    _print_json(result)
                elif live:
                    screen.results[result["id"]] = result
                else:
                    typer.echo(line_of(result, now_ms()))
                if poll and result["final"]:
                    return


@dataclass
class Screen:
    """What a terminal shows: the one poll of that id in full, or a table of all."""

    poll: str | None
    results: dict[str, Result] = field(default_factory=dict)

    def __rich__(self) -> RenderableType:
        results = dict(self.results)  # rich asks in a thread of its own
        if self.poll is None:
            return polls_table([results[poll] for poll in sorted(results)], now_ms())
        return poll_panel(results[self.poll], now_ms()) if results else ""


def _act(poll: str, action: int, no_wait: bool, as_json: bool) -> None:
    """Send a command that the poll's status allows."""
    settings = Settings.load()
    with PollStore(settings.redis) as store:
        if reason := refusal(store.result(poll), action):
            raise TouchlineError(reason, f"touchline poll show {poll}")
        _carry_out([_command(poll, action)], store, settings, no_wait, as_json)


def _carry_out(
    commands: Sequence[PollControl],
    store: PollStore,
    settings: Settings,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Send the commands to a poll, and print what the last one has made of it."""
    send_commands(settings.kafka, commands)
    last = commands[-1]
    if no_wait:
        for command in commands:
            sent = {"sent": PollAction.Name(command.action), "command_id": command.command_id}
            if as_json:
                _print_json({"id": command.poll_id, **sent})
            else:
                typer.echo(f"{command.poll_id}  {sent['sent']} sent")
        return
    with Console(stderr=True).status("waiting for the job"):
        result = store.wait_for(last.poll_id, last.action, WAIT_S)
    if as_json:
        _print_json(result)
    else:
        typer.echo(line_of(result, now_ms()))


def _command(poll: str, action: int) -> PollControl:
    return PollControl(poll_id=poll, command_id=new_id(), action=action)


def _print_json(document: Result) -> None:
    typer.echo(msgspec.json.encode(document).decode())
