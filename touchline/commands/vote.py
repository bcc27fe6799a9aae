"""`touchline vote`: one vote in a poll."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from schemas.generated.touchline.v1.poll_pb2 import FREE, PAID, PollVote
from touchline.commands.arguments import Json, moment_ms
from touchline.errors import TouchlineError
from touchline.polls import PollStore, Result, send_votes
from touchline.sending import new_id
from touchline.settings import Settings
from udfs.clock import now_ms
from udfs.rendering import iso_time

app = typer.Typer()


@app.command()
def vote(
    poll: Annotated[str, typer.Argument(metavar="POLL", help="The poll's id.")],
    choices: Annotated[
        list[str], typer.Argument(metavar="CHOICE", help="All that the voter wants now, by id.")
    ],
    voter: Annotated[str, typer.Option(help="Who votes.")],
    paid: Annotated[bool, typer.Option("--paid", help="The voter is of the paid class.")] = False,
    region: Annotated[str, typer.Option(help="Where the voter is.")] = "",
    source: Annotated[
        str, typer.Option(help="A device or an address, for the limit of votes a second.")
    ] = "",
    vote_id: Annotated[
        str | None, typer.Option("--id", help="The vote's id; the same one again counts once.")
    ] = None,
    voted_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="ISO 8601, or -5s, +1s. Else now.")
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not ask Redis for the poll and its choices.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Vote in a poll. Whether the vote counts is for the job to say: `touchline poll show`.

    \b
    Examples:
      touchline vote motm raul --voter v1
      touchline vote motm muniain --voter v1 --paid --region es
      touchline vote kit home third --voter v2 --id 7f3a --voted-at -5s --json
    """
    settings = Settings.load()
    if not unchecked:
        with PollStore(settings.redis) as store:
            _check(store.result(poll), choices)
    message = PollVote(
        poll_id=poll,
        voter_id=voter,
        vote_id=vote_id or new_id(),
        choices=choices,
        voted_ms=moment_ms(voted_at, "--voted-at") if voted_at else now_ms(),
        voter_class=PAID if paid else FREE,
        region=region,
        source=source,
    )
    send_votes(settings.kafka, [message])
    if as_json:
        typer.echo(msgspec.json.encode(_as_dict(message)).decode())
    else:
        typer.echo(f"{poll}  {voter} votes {', '.join(choices)}  (vote {message.vote_id})")


def _check(result: Result, choices: list[str]) -> None:
    known = [choice["id"] for choice in result["choices"]]
    for choice in choices:
        if choice not in known:
            raise TouchlineError(
                f"poll {result['id']} has no choice {choice!r}", f"it has: {', '.join(known)}"
            )


def _as_dict(message: PollVote) -> dict[str, object]:
    return {
        "poll_id": message.poll_id,
        "voter_id": message.voter_id,
        "vote_id": message.vote_id,
        "choices": list(message.choices),
        "voted_at": iso_time(message.voted_ms),
        "class": "paid" if message.voter_class == PAID else "free",
        "region": message.region,
        "source": message.source,
    }
