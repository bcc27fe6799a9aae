"""All feeds together: what must be in the stores after each message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from oracle.feeds import Arrival, Feeds
from oracle.history import History
from oracle.matches import Match, PlayerInMatch


class Truth:
    """What follows from all that has come so far.

    aliases: see `Feeds`.
    feeds: what became of each topic's items.
    matches: those that have a state: what came of others counts for none.
    histories: of every match, the versions of its events.
    players: `PROVIDER:ID` -> the player's part in each match.
    """

    def __init__(self, aliases: Mapping[str, list[str]]) -> None:
        self.feeds = Feeds(aliases)
        self.matches: dict[str, Match] = {}
        self.histories: dict[str, History] = defaultdict(History)
        self.players: dict[str, dict[str, PlayerInMatch]] = defaultdict(dict)

    def take(self, arrival: Arrival) -> set[str]:
        """One message; gives the matches that it changed. Those of a partition come in order."""
        changed: set[str] = set()
        for match_id, version in self.feeds.take(arrival):
            event = version.event()
            self.histories[match_id].take(event, version)
            changed.add(match_id)
            if version.superseded or not event.primary:
                continue
            match = self.matches.setdefault(match_id, Match(match_id))
            match.take(event)
            player = f"{event.provider}:{event.player_id}"
            if player in match.players:
                self.players[player][match_id] = match.players[player]
        return changed
