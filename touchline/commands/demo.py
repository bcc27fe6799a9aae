"""`touchline demo`: matches of all providers, from their feeds to live state and history."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.syntax import Syntax
from rich.text import Text

from touchline import history
from touchline.commands.query import result_table
from touchline.demo_feeds import cues, samples_folder
from touchline.demo_player import Player
from touchline.demo_poll import DemoPoll, PollBoard
from touchline.demo_queries import FINALS, QUERIES, STANDINGS, TRY_NEXT
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.following import TICK_S, follow, refresh
from touchline.live import LiveStore
from touchline.live_board import Board, MatchesTable
from touchline.live_view import line_of, news_of
from touchline.poll_view import poll_panel
from touchline.polls import PollStore, Result
from touchline.prepare import prepare
from touchline.settings import Settings, stack_dir
from touchline.stack import guard, stack
from touchline.stack.own import own_settings, own_stack
from touchline.terminal import output
from touchline.versions import job_title
from udfs.clock import now_ms

app = typer.Typer()

SECONDS = 25.0
SETTLE_S = 120.0
JOBS_TIMEOUT_S = 180.0
FIGURES_EVERY_S = 5.0
FOLDER = "demo"
OVERRIDES = ("jobs.checkpoint_interval_ms=2000",)
"""The history job writes its last changes at a checkpoint: nobody should wait for it at the end."""
FIRST_SCORE = "the first score takes 20 to 50 s on two cores"
DEMO_JOBS = ("normalize", "match_state", "polls", "history")
"""What it shows; each job takes seconds to plan."""

LIVE_JOBS = ("normalize", "match_state")
"""What must run before there is a score."""


@app.command()
def demo(
    seconds: Annotated[float, typer.Option(min=1, help="How long the matches last.")] = SECONDS,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Invented matches, even if real ones are there.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running.")] = False,
) -> None:
    """Matches of all providers at once: started, submitted, fed, shown live, and queried.

    It has a stack of its own (below .touchline/demo, on free ports), which it stops at its end and
    on Ctrl-C. Matches are real ones where the folder of feed samples is there (TOUCHLINE_FEEDS),
    else the simulator's.

    \b
    Examples:
      touchline demo
      touchline demo --keep
      touchline demo --simulated --seconds 60
    """
    home = stack_dir() / FOLDER
    folder = None if simulated else samples_folder()
    with own_stack(home):
        show = Demo(output(), seconds)
        try:
            show.start(keep)
            show.run(folder)
            show.results()
            next_steps(show.console, home, keep)
        except KeyboardInterrupt:
            show.tell("stopped by Ctrl-C")
            keep = False
            raise typer.Exit(130) from None
        except BaseException:
            keep = False
            raise
        finally:
            show.close()
            if not keep:
                with show.console.status("stopping the stack"):
                    stack.down()


class Demo:
    """The parts of the demo, in the order of their methods."""

    def __init__(self, console: Console, seconds: float) -> None:
        self.console = console
        self._seconds = seconds
        self._since = time.monotonic()
        self._lock = Lock()
        self._client: Client | None = None
        self._settings: Settings | None = None
        self._player: Player | None = None
        self._poll: DemoPoll | None = None
        self._final: Result | None = None
        self._failure: TouchlineError | None = None
        self._live = console.is_terminal and not os.environ.get("CI")

    @property
    def settings(self) -> Settings:
        """Of the demo's own stack, whatever the environment says."""
        if self._settings is None:
            self._settings = own_settings()
        return self._settings

    def tell(self, text: str) -> None:
        """A line that stays, with the seconds since the start."""
        since = time.monotonic() - self._since
        self.console.print(f"[{since:5.1f} s] {text}", markup=False)

    def start(self, keep: bool) -> None:
        """The stack, and Flink's client beside it, which plans while the stack starts."""
        self.tell(f"starting the stack and planning the jobs; {FIRST_SCORE}")
        with self.console.status("starting the stack"):
            stack.up(fresh=True, report=self._report)
            if not keep:
                guard.watch()  # for a demo that is killed
            prepare(self.settings)

    def run(self, folder: Path | None) -> None:
        """Submit the jobs, play the matches, and show them until all is written."""
        settings = self.settings
        what = f"real matches from {folder}" if folder else "simulated matches"
        self.tell(f"the stack is up (web UI: {settings.flink.url}); feeding {what}")
        self._player = Player(settings.kafka, self._seconds)
        self._player.load(lambda: cues(folder))
        self._poll = DemoPoll(settings.kafka, self._seconds)
        self._wait_for_jobs()
        self._player.play()  # while the history job is still being planned
        with LiveStore(settings.redis) as store, PollStore(settings.redis) as polls:
            board, poll = Board(), PollBoard(polls)
            if self._live:
                with Live(console=self.console, refresh_per_second=1 / TICK_S) as live:
                    self._follow(board, poll, store, lambda: live.update(Group(board, poll)))
            else:
                self._follow(board, poll, store, _Lines(self, board, poll))
            self._settle(store, self._close_poll(poll))

    def results(self) -> None:
        """What the stores hold at the end."""
        self.console.print()
        self.console.print(Text("The matches, from Redis", "bold"))
        with LiveStore(self.settings.redis) as store:
            ids = store.match_ids()
            last = {one: found[0] for one, found in store.last_events(ids, 1).items() if found}
            self.console.print(MatchesTable(store.matches(ids), last))
        if self._final is not None:
            self.console.print(Text("The poll, from Redis", "bold"))
            self.console.print(poll_panel(self._final, now_ms()))
        for title, sql in QUERIES:
            self.console.print(Text(title, "bold"))
            self.console.print(Syntax(sql, "sql", theme="ansi_dark", background_color="default"))
            self.console.print(result_table(history.query(self.settings.clickhouse, sql)))
            self.console.print()

    def close(self) -> None:
        """Stop what runs beside the stack."""
        if self._player is not None:
            self._player.close()
        if self._poll is not None:
            self._poll.stop()
        if self._client is not None:
            self._client.stop()

    def _report(self, service: str, text: str) -> None:
        with self._lock:
            if self._client is None:  # the addresses are known once anything starts
                self._client = Client(Submission(DEMO_JOBS, overrides=OVERRIDES), self.settings)
        if text != stack.STARTING:
            self.tell(f"{service} {text}")

    def _submit(self) -> None:
        assert self._client is not None
        try:
            self._client.wait(lambda job: self.tell(f"{job} is submitted"))
        except TouchlineError as error:
            self._failure = error

    def _check(self) -> None:
        """Raises what has failed in the background."""
        if self._failure is not None:
            raise self._failure

    def _wait_for_jobs(self) -> None:
        Thread(target=self._submit, daemon=True).start()
        deadline = time.monotonic() + JOBS_TIMEOUT_S
        with (
            self.console.status("planning the jobs (Flink's client), starting Python workers"),
            Cluster(self.settings.flink) as cluster,
        ):
            while not _at_work(cluster):
                self._check()
                if time.monotonic() > deadline:
                    raise TouchlineError(
                        f"the jobs did not run within {JOBS_TIMEOUT_S:.0f} s",
                        f"logs: {stack_dir() / 'logs'}",
                    )
                time.sleep(TICK_S)
        self.tell("normalize and match_state run")

    def _follow(
        self, board: Board, poll: PollBoard, store: LiveStore, show: Callable[[], None]
    ) -> None:
        assert self._player is not None
        assert self._poll is not None
        first = True
        refresh(board, store, store.match_ids())
        for _ in follow(board, store, self.settings, None):
            if first and board.matches:
                first = False
                self.tell("the first score is there")
                self._poll.open(next(iter(board.matches)))
            self._check()
            poll.refresh()
            if poll.result is not None:  # the job polls runs: its votes are seen as they come
                self._poll.vote()
            show()
            over = not self._player.playing() and not self._poll.voting()
            if over and self._all_read(store):
                return

    def _close_poll(self, poll: PollBoard) -> Result:
        """Wait for the poll's one final result."""
        assert self._poll is not None
        self._poll.close()
        deadline = time.monotonic() + SETTLE_S
        with self.console.status("the poll's grace, and its final result"):
            while poll.result is None or not poll.result["final"]:
                self._check()
                if time.monotonic() > deadline:
                    raise TouchlineError(
                        "the poll has no final result", f"logs: {stack_dir() / 'logs'}"
                    )
                time.sleep(TICK_S)
                poll.refresh()
        self.tell(f"the poll is final: {poll.result['voters']:,} voters")
        self._final = poll.result
        return poll.result

    def _all_read(self, store: LiveStore) -> bool:
        """True if the normalize job has accounted for every message that was sent."""
        assert self._player is not None
        return all(
            store.accounting(self.settings.kafka.feed(provider)).get("messages", 0) >= sent
            for provider, sent in self._player.sent.items()
        )

    def _settle(self, store: LiveStore, final: Result) -> None:
        """Wait until ClickHouse, which gets its rows in larger batches, says what Redis says."""
        deadline = time.monotonic() + SETTLE_S
        with self.console.status("the history job writes its last batches"):
            polls = {(final["id"], final["voters"])}
            while (live := _live_standings(store)) | polls != self._history():
                self._check()
                if time.monotonic() > deadline:
                    self.tell("ClickHouse is still behind Redis: its results may lack the end")
                    self._explain()
                    return
                time.sleep(2 * TICK_S)
        self.tell(f"ClickHouse and Redis agree on all {len(live)} matches and the poll")

    def _explain(self) -> None:
        """Say what is wrong with the jobs, if anything is."""
        with Cluster(self.settings.flink) as cluster:
            for job in cluster.current_jobs().values():
                if not job.at_work:
                    self.tell(f"{job.name} is {job.state.lower()}: {cluster.failure(job.id)}")

    def _history(self) -> set[tuple[object, ...]]:
        """What ClickHouse has of matches, and of polls that are final."""
        found = [history.query(self.settings.clickhouse, sql).rows for sql in (STANDINGS, FINALS)]
        return {tuple(row) for rows in found for row in rows}


class _Lines:
    """Shows a board where there is no terminal: a line for each change that matters."""

    def __init__(self, demo: Demo, board: Board, poll: PollBoard) -> None:
        self._demo, self._board, self._poll = demo, board, poll
        self._shown: dict[str, tuple[str, ...]] = {}
        self._figures_at = time.monotonic() + FIGURES_EVERY_S

    def __call__(self) -> None:
        for match_id, match in self._board.matches.items():
            if self._shown.get(match_id) != (news := news_of(match)):
                self._shown[match_id] = news
                self._demo.tell(line_of(match_id, match, self._board.last.get(match_id)))
        if time.monotonic() > self._figures_at:
            self._figures_at = time.monotonic() + FIGURES_EVERY_S
            self._demo.tell(self._board.numbers())
            if line := self._poll.line():
                self._demo.tell(line)


def next_steps(console: Console, home: Path, keep: bool) -> None:
    """What to try next, as commands that work."""
    console.print(Text("Try next", "bold"))
    shown = os.path.relpath(home)
    steps = [
        f"export TOUCHLINE_HOME={shown if len(shown) < len(str(home)) else home}",
        *([] if keep else ["touchline up                      # with the demo's data"]),
        "touchline state opta:1009316" if samples_folder() else "touchline watch --all --once",
        'touchline search "@sport:{SOCCER}"',
        f'touchline query "{TRY_NEXT}"',
        *(["touchline jobs", "touchline down"] if keep else ["touchline submit all"]),
        "touchline --help",
    ]
    for step in steps:
        console.print(f"  {step}", markup=False)


def _at_work(cluster: Cluster) -> bool:
    jobs = cluster.current_jobs()
    titles = [job_title(name) for name in LIVE_JOBS]
    return all(title in jobs and jobs[title].at_work for title in titles)


def _live_standings(store: LiveStore) -> set[tuple[object, ...]]:
    return {
        (match_id, match["score"]["home"], match["score"]["away"], match["events"])
        for match_id, match in store.matches(store.match_ids()).items()
        if "score" in match
    }
