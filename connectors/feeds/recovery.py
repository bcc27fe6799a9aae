"""What happened while a stream was away: how each provider lets one catch up after a gap."""

from __future__ import annotations

import re
from typing import Protocol

import httpx

from connectors.feeds.keys import match_key


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

    template: the timeline's URL; `{match}` in it stands for each match that the stream has named.
    """

    def __init__(self, provider: str, template: str) -> None:
        self._provider = provider
        self._template = template
        self._matches: dict[str, None] = {}  # a set that keeps its order

    def saw(self, message: bytes) -> None:
        """Remember the message's match."""
        if key := match_key(self._provider, message):
            self._matches[key] = None

    def documents(self) -> list[str]:
        """The timeline of every match seen."""
        if "{match}" not in self._template:
            return [self._template]
        return [self._template.replace("{match}", match) for match in self._matches]


def recovery_for(provider: str, recover_from: str | None) -> Recovery:
    """How a provider's stream catches up; `recover_from` is the URL of a timeline, if given."""
    if recover_from:
        return FetchTimelines(provider, recover_from)
    return ResumeAfterMessage() if provider == "genius" else NoRecovery()
