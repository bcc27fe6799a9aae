"""The command line: which commands there are, and how their errors are shown.

A command's module is imported when the command runs, not before: `touchline --help` answers at
once, however many libraries the commands need.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import typer.main
from typer.core import TyperCommand, TyperGroup

from touchline.errors import TouchlineError

if TYPE_CHECKING:
    from typer._click import Command, Context

ERROR = 1
USAGE = 2
"""Exit codes: it did not work, or it was asked for in a wrong way (a setting, an argument)."""

HELP = """Stateful stream processing for live sports on Apache Flink.

Examples:

\b
  touchline up                    start Kafka, Redis, ClickHouse and Flink here
  touchline submit all            submit the jobs
  touchline ingest opta f24.xml   put a match into its feed
  touchline watch --all           see the matches live
  touchline query "SELECT count() FROM match_events_current"

`touchline COMMAND --help` has the examples of a command.
"""


@dataclass(frozen=True)
class Entry:
    """A command: the module below touchline.commands that has it, and what it does, in short."""

    module: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "up": Entry("stack", "Start the embedded stack: Kafka, Redis, ClickHouse, Flink."),
    "down": Entry("stack", "Stop the embedded stack."),
    "status": Entry("stack", "What runs, and where."),
    "doctor": Entry("stack", "What is missing on this machine, and how to get it."),
    "health": Entry("health", "Whether all is well, as an exit code too."),
    "metrics": Entry("metrics", "Metrics for Prometheus of what lives in Redis and Kafka."),
    "migrate": Entry("query", "Bring ClickHouse's tables and Redis's index up to date."),
    "submit": Entry("jobs", "Submit a job, or all, to a Flink cluster."),
    "jobs": Entry("jobs", "The cluster's jobs."),
    "stop": Entry("jobs", "Stop a job, with a savepoint."),
    "ingest": Entry("ingest", "Put a provider's messages into Kafka, as received."),
    "simulate": Entry("simulate", "Make matches in a provider's own format."),
    "normalize": Entry("normalize", "Run an adapter alone: messages in, canonical events out."),
    "state": Entry("query", "A match's live state."),
    "watch": Entry("watch", "A match, or all, live."),
    "query": Entry("query", "SQL on ClickHouse."),
    "search": Entry("query", "Full-text search of the live matches."),
    "demo": Entry("demo", "Matches of all providers, live in the terminal."),
    "upgrade": Entry("upgrade", "Put the code as it is now in place of a job that runs."),
    "diff": Entry("diff", "Compare what two versions of match_state hold."),
    "rollout": Entry("rollout", "Which version matches are read from: 1, 5, 20, 100 %."),
    "replay": Entry("replay", "Run history through the current code."),
    "verify": Entry("verify", "Whether the stores hold exactly what the feeds say."),
    "rebuild": Entry("rebuild", "Make again from Kafka what Redis has lost."),
    "poll": Entry("poll", "Polls: create, open, close, list, show, watch, and a crowd."),
    "vote": Entry("vote", "One vote in a poll."),
    "leaderboard": Entry("leaderboard", "Leaderboards: top, around a member, history, list."),
    "score": Entry("score", "One score for a leaderboard."),
    "dead-letters": Entry("dead_letters", "Messages that were refused: list, show, retry."),
}


class Commands(TyperGroup):
    """The commands above, imported when they are run."""

    def list_commands(self, ctx: Context) -> list[str]:
        """The names, in the order of the table."""
        return [name for name, entry in COMMANDS.items() if find_spec(_module(entry))]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A stand-in that knows its name and summary only: enough for the list of commands."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name].summary)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The command itself, to be run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (_load(name) if name and command else command), rest


def main() -> None:
    """Run the command line and exit with its code."""
    if not sys.stdout.isatty():
        os.environ.setdefault("NO_COLOR", "1")
    try:
        root().main(prog_name="touchline")
    except TouchlineError as error:
        _fail(error.message, error.hint, ERROR)
    except ValueError as error:
        if not _is_settings_error(error):
            raise
        _fail(str(error), "see `touchline --help` and docs/operations.md", USAGE)


def root() -> Commands:
    """The command `touchline` itself."""
    return Commands(name="touchline", help=HELP, no_args_is_help=True, rich_markup_mode=None)


def _load(name: str) -> Command:
    app = import_module(_module(COMMANDS[name])).app
    loaded: Any = typer.main.get_command(app)
    # A module with several commands is a group of them, unless they are one command's own.
    return _plain(getattr(loaded, "commands", {}).get(name, loaded))


def _plain(command: Any) -> Command:
    """Help as plain text, as it was written, and without the options of shell completion."""
    command.rich_markup_mode = None
    command.params = [one for one in command.params if not one.name.endswith("_completion")]
    for part in getattr(command, "commands", {}).values():
        _plain(part)
    return cast("Command", command)


def _module(entry: Entry) -> str:
    return f"touchline.commands.{entry.module}"


def _is_settings_error(error: ValueError) -> bool:
    from touchline.settings import SettingsError  # imports pydantic: not for `--help`

    return isinstance(error, SettingsError)


def _fail(message: str, hint: str, code: int) -> None:
    """One line for the error, and the next step below it."""
    typer.secho(f"touchline: {message}", err=True, fg="red" if sys.stderr.isatty() else None)
    if hint:
        typer.echo(hint, err=True)
    sys.exit(code)
