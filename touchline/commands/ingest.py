"""`touchline ingest`: a provider's messages into Kafka, as received."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from connectors.feeds.files import Received
from connectors.feeds.http import RefusedError, redacted
from connectors.feeds.http_poll import PolledSnapshot
from connectors.feeds.http_stream import HttpStream
from connectors.feeds.keys import key_for
from connectors.feeds.pacing import parse_speed, played
from connectors.feeds.publisher import Publisher, PublishError
from connectors.feeds.recovery import recovery_for
from connectors.feeds.retry import Failure, GaveUpError, Retrier
from connectors.feeds.split import split
from touchline import secrets
from touchline.commands.feed_arguments import PROVIDER_HELP, adapter_named, sources_of
from touchline.errors import TouchlineError
from touchline.settings import Feeds, Settings
from udfs.contract import Rejected

app = typer.Typer()

INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell has it; what was read until then is in Kafka."""

REFRESH_PER_SECOND = 4


@app.command()
def ingest(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help=PROVIDER_HELP)],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL",
            help="Files, folders, - for standard input; or the URL of a stream or a document.",
        ),
    ],
    match: Annotated[
        str | None,
        typer.Option(help="The match, where the feed does not say; else the file's name."),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(
            help="Of recorded messages, by their times: 1x, 60x, … or max (no waiting)",
            show_default="max",
        ),
    ] = None,
    split_documents: Annotated[
        bool,
        typer.Option(
            "--split",
            help="Play a finished match's document (F24, MA3, data.json, NBA live) as a live feed.",
        ),
    ] = False,
    poll: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0.1, help="Fetch the URL's document again and again."),
    ] = None,
    recover_from: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Of a timeline to fetch after a gap in a stream; {match} stands for its matches.",
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'",
            help="Of every request; the value may be env:VARIABLE or file:PATH (secrets).",
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Do not connect again when a URL's stream has ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON line.")] = False,
) -> None:
    """Put a provider's messages into Kafka, in the topic feed.PROVIDER, byte by byte as received.

    The key is the match, so that the order of a match holds. Nothing is dropped: an error of Kafka
    ends the command. A stream is connected to again after it broke or fell silent; Ctrl-C ends it
    and waits until Kafka has everything.

    \b
    Examples:
      touchline ingest opta f24-23-2018-1009316-eventdetails.xml --split --speed 60x
      touchline ingest sportradar capture.txt --speed 1x
      touchline ingest sportradar https://push.example/nba --header 'x-api-key: env:SR_KEY'
      touchline ingest genius https://example/1976446/data.json --match 1976446 --poll 5
    """
    adapter_named(provider)
    settings = Settings.load()
    console = Console(stderr=True)
    urls = [source for source in sources if _is_url(source)]
    if not urls:
        live = {"--poll": poll, "--recover-from": recover_from, "--header": header, "--once": once}
        _refuse(live, "is of a URL; these are files")
        messages = _recorded(provider, sources, speed or "max", split_documents)
    elif len(sources) == 1:
        _refuse({"--speed": speed, "--split": split_documents}, "is of files; this is a URL")
        if poll is not None:
            _refuse({"--recover-from": recover_from}, "is of a stream; --poll fetches a document")
        messages = _fetched(
            provider, urls[0], settings.feeds, console, _headers(header or []),
            poll_s=poll, recover_from=recover_from, once=once,
        )  # fmt: skip
    else:
        raise typer.BadParameter("a URL stands alone: one command for each", param_hint="PATH|URL")

    summary = Summary(provider=provider, topic=settings.kafka.feed(provider))
    try:
        with _terminated_like_interrupted(), _progress(summary, console, shown=not as_json):
            _publish(messages, Publisher(settings.kafka, summary.topic), match, summary)
    except KeyboardInterrupt:
        summary.interrupted = True
    except (RefusedError, GaveUpError) as error:
        raise TouchlineError(
            f"{error} ({summary.text()})", "check the URL and its key; run the command again"
        ) from error
    except PublishError as error:
        raise TouchlineError(str(error), "is the stack up? touchline status") from error
    typer.echo(msgspec.json.encode(summary).decode() if as_json else summary.text())
    if summary.interrupted:
        raise typer.Exit(INTERRUPTED)


class Summary(msgspec.Struct):
    """What one run has sent, for the progress line and the end."""

    provider: str
    topic: str
    messages: int = 0
    bytes: int = 0
    matches: int = 0
    without_match: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    def text(self) -> str:
        """One line for people."""
        rate = self.messages / self.seconds if self.seconds else 0.0
        return (
            f"{self.messages:,} messages ({self.bytes / 1e6:,.1f} MB) of {self.matches:,} matches "
            f"to {self.topic} in {self.seconds:,.1f} s ({rate:,.0f}/s)"
        )


def _publish(
    messages: Iterable[Received], publisher: Publisher, match: str | None, summary: Summary
) -> None:
    """Send all messages; what was read is in Kafka when this ends, in whatever way."""
    started = time.monotonic()
    matches: set[str] = set()
    publisher.check()
    try:
        with publisher:
            for message in messages:
                key = key_for(summary.provider, message.value, match, message.named_match)
                publisher.send(message.value, key, {"source": message.source})
                summary.messages += 1
                summary.bytes += len(message.value)
                summary.seconds = time.monotonic() - started
                if key is None:
                    summary.without_match += 1
                elif key not in matches:
                    matches.add(key)
                    summary.matches += 1
    finally:
        summary.seconds = round(time.monotonic() - started, 3)


def _refuse(options: Mapping[str, object], why: str) -> None:
    """Raises typer.BadParameter for the first of the options that was given."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise typer.BadParameter(why, param_hint=name)


def _recorded(
    provider: str, paths: list[str], speed: str, split_documents: bool
) -> Iterator[Received]:
    try:
        factor = parse_speed(speed)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--speed") from error
    files: list[Iterator[Received]] = sources_of(paths)
    if split_documents:
        files = [_split(provider, file) for file in files]
    return played(files, provider, factor)


def _split(provider: str, messages: Iterable[Received]) -> Iterator[Received]:
    for message in messages:
        try:
            pieces = split(provider, message.value)
        except Rejected as error:
            raise TouchlineError(
                f"{message.source}: cannot be split: {error}", "run it without --split"
            ) from error
        for time_ms, piece in pieces:
            yield Received(piece, message.named_match, message.source, time_ms)


def _fetched(
    provider: str,
    url: str,
    feeds: Feeds,
    console: Console,
    headers: dict[str, str],
    *,
    poll_s: float | None,
    recover_from: str | None,
    once: bool,
) -> Iterator[Received]:
    """The messages of a URL: a polled document, or a stream."""

    def tell(text: str) -> None:
        console.print(text, markup=False)

    def failed(failure: Failure) -> None:
        tell(
            f"{failure.error}; try {failure.failures + 1} in {failure.wait_s:.2f} s"
            f" (circuit {failure.breaker.value})"
        )

    retrier = Retrier(feeds, notify=failed)
    feed: PolledSnapshot | HttpStream
    if poll_s is not None:
        feed = PolledSnapshot(url, poll_s, retrier, headers=headers, once=once)
    else:
        recovery = recovery_for(provider, recover_from)
        feed = HttpStream(url, feeds, retrier, recovery, headers=headers, once=once, tell=tell)
    source = redacted(url)
    return (Received(value, None, source) for value in feed.messages())


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _headers(texts: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not (colon and name.strip()):
            raise typer.BadParameter(f"{name!r}: wants 'NAME: VALUE'", param_hint="--header")
        headers[name.strip()] = _secret(value.strip())
    return headers


def _secret(value: str) -> str:
    try:
        return secrets.resolve(value).strip() if secrets.is_reference(value) else value
    except secrets.SecretError as error:
        raise typer.BadParameter(error.message, param_hint="--header") from error


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Within, SIGTERM is Ctrl-C: what was read is sent before the process ends."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(summary: Summary, console: Console, *, shown: bool) -> Iterator[None]:
    if not (shown and console.is_terminal):
        yield
        return
    with Live(
        get_renderable=lambda: Text(summary.text()),
        console=console,
        refresh_per_second=REFRESH_PER_SECOND,
        transient=True,
    ):
        yield
