"""`touchline score`: one score for a leaderboard."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from schemas.generated.touchline.v1.score_pb2 import Score
from touchline.commands.arguments import Json, moment_ms
from touchline.errors import TouchlineError
from touchline.leaderboards import board_named, send_score
from touchline.sending import new_id
from touchline.settings import Settings
from udfs.clock import now_ms
from udfs.leaderboards.scores import MAX_VALUE, Schedule, ScoreReader
from udfs.rendering import iso_time

app = typer.Typer()


@app.command(context_settings={"ignore_unknown_options": True})
def score(
    board: Annotated[str, typer.Argument(metavar="BOARD", help="One that counts scores.")],
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Whose score it is.")],
    value: Annotated[
        int, typer.Argument(metavar="VALUE", min=-MAX_VALUE, max=MAX_VALUE, help="A whole number.")
    ],
    score_id: Annotated[
        str | None, typer.Option("--id", help="The score's id; the same one again counts once.")
    ] = None,
    region: Annotated[str, typer.Option(help="Counts in the region's table too.")] = "",
    name: Annotated[str, typer.Option(help="The member's name, to be shown.")] = "",
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When it was made: ISO 8601, or -5m. Else now."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send a score. The board says what it does to the value: `touchline leaderboard list`.

    \b
    Examples:
      touchline score game ann 30 --name "Ann A."
      touchline score game bo -5 --region es
      touchline score quiz cy 12 --id round-3 --at 2026-11-22T20:15:00Z --json
    """
    settings = Settings.load()
    if board_named(settings.leaderboards, board).canonical:
        raise TouchlineError(
            f"{board} counts what happens in matches, not scores",
            "`touchline leaderboard list` shows what each board counts",
        )
    at_ms = moment_ms(at, "--at") if at else now_ms()
    message = Score(
        board=board,
        member=member,
        score_id=score_id or new_id(),
        value=value,
        at_ms=at_ms,
        region=region,
        name=name,
    )
    # What the job would refuse is told at once.
    reader = ScoreReader({board: Schedule()})
    if problem := reader.read([message.SerializeToString()], [now_ms()])[0][-1]:
        raise TouchlineError(f"not a score: {problem}", "touchline score --help")
    send_score(settings.kafka, message)
    if as_json:
        said = {
            "board": board, "member": member, "score_id": message.score_id, "value": value,
            "at": iso_time(at_ms), "region": region, "name": name,
        }  # fmt: skip
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        typer.echo(f"{board}  {member}  {value:+,}  (score {message.score_id})")
