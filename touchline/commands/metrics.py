"""`touchline metrics`: what lives in Redis and Kafka, for Prometheus."""

from __future__ import annotations

import threading
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, generate_latest, start_http_server

from touchline.errors import TouchlineError
from touchline.exporter import Stores, registry
from touchline.settings import Settings

app = typer.Typer()

PORT = 9270


@app.command()
def metrics(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: a free one.")] = PORT,
    once: Annotated[bool, typer.Option("--once", help="Print them as of now, and end.")] = False,
) -> None:
    """Serve metrics for Prometheus of what lives in Redis and Kafka, until Ctrl-C: the feeds'
    accounting, latency by provider, lag, matches, polls, dead letters.

    Flink's processes serve theirs themselves; docs/operations.md lists both. With --once there is
    no latency in it: that is what is heard while it runs.

    \b
    Examples:
      touchline metrics
      touchline metrics --host 0.0.0.0 --port 9270
      touchline metrics --once | grep dead_letters
    """
    settings = Settings.load()
    if once:
        alone = CollectorRegistry()
        alone.register(Stores(settings))
        typer.echo(generate_latest(alone).decode(), nl=False)
        return
    try:
        server, thread = start_http_server(port, host, registry(settings))
    except OSError as error:
        raise TouchlineError(
            f"cannot listen on {host}:{port}: {error.strerror}", "take another --port"
        ) from error
    typer.echo(f"http://{host}:{server.server_port}/metrics")
    try:
        while thread.is_alive():
            thread.join(threading.TIMEOUT_MAX)
    except KeyboardInterrupt:
        server.shutdown()
