"""What happened while a stream was away: how each provider lets one catch up after a gap."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Protocol

import httpx

from connectors.feeds.keys import match_key

RECENT_S = 2 * 3600.0
"""A match of which nothing has come for so long is over: no break of play is longer."""

MOST_MATCHES = 100
"""So many timelines are fetched after a gap at most, while the stream itself waits."""


class Recovery(Protocol):
    """Watches a stream's messages, and says after a gap what to ask for."""

    def saw(self, message: bytes) -> None:
        """A message of the stream has come."""
        ...

    def resumed(self, url: str) -> str:
        """The URL to connect to again, instead of `url`."""
        ...

    def documents(self) -> list[str]:
        """URLs of documents to fetch once connected again; they hold what the gap had."""
        ...


class NoRecovery:
    """The stream goes on where it is; what the gap had is lost, as the provider offers nothing."""

    def saw(self, message: bytes) -> None:
        """Nothing to remember."""

    def resumed(self, url: str) -> str:
        """The same URL."""
        return url

    def documents(self) -> list[str]:
        """None."""
        return []


class ResumeAfterMessage(NoRecovery):
    """Genius LiveStats: `fromMessageId` sends everything from the last message on. That one comes
    twice; last-write-wins makes nothing of it."""

    PARAMETER = "fromMessageId"
    _MESSAGE_ID = re.compile(rb'"messageId"\s*:\s*"?(\d+)')

    def __init__(self) -> None:
        self._last = ""

    def saw(self, message: bytes) -> None:
        """Remember the message's id, if it has one."""
        if found := self._MESSAGE_ID.search(message):
            self._last = found.group(1).decode()

    def resumed(self, url: str) -> str:
        """`url` with `fromMessageId` of the last message seen."""
        if not self._last:
            return url
        return str(httpx.URL(url).copy_set_param(self.PARAMETER, self._last))


class FetchTimelines(NoRecovery):
    """Sportradar: push streams have no session, the REST timeline has the match so far.

    template: the timeline's URL; `{match}` in it stands for each match that was on: of which
    something came within `RECENT_S` before the stream's last message, the `MOST_MATCHES` last ones.
    """

    def __init__(
        self, provider: str, template: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = provider
        self._template = template
        self._clock = clock
        self._matches: dict[str, float] = {}  # when its last message came; the oldest is first

    def saw(self, message: bytes) -> None:
        """Remember the message's match, and forget those that are over. The time of a gap itself
        does not count: what was on before it is asked for after it, however long it was."""
        now = self._clock()
        if key := match_key(self._provider, message):
            self._matches.pop(key, None)
            self._matches[key] = now
        while self._matches:
            oldest = next(iter(self._matches))
            if len(self._matches) <= MOST_MATCHES and self._matches[oldest] >= now - RECENT_S:
                break
            del self._matches[oldest]

    def documents(self) -> list[str]:
        """The timelines of the matches that were on."""
        if "{match}" not in self._template:
            return [self._template]
        return [self._template.replace("{match}", match) for match in self._matches]


def recovery_for(provider: str, recover_from: str | None) -> Recovery:
    """How a provider's stream catches up; `recover_from` is the URL of a timeline, if given."""
    if recover_from:
        return FetchTimelines(provider, recover_from)
    return ResumeAfterMessage() if provider == "genius" else NoRecovery()
