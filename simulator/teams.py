"""Invented clubs and players."""

from __future__ import annotations

import msgspec

SQUAD = 18
"""Players of a club: the first ones start, the rest sit on the bench."""

_PLACES = (
    "Ashford Bay", "Brennholm", "Caldera", "Dunmore", "Eastvale", "Fairhaven", "Glenrock",
    "Harrowgate", "Ironbridge", "Juniper Hill", "Kestrel Point", "Lakemont", "Marlow Quay",
    "Northwick", "Oakhurst", "Porto Azul", "Queensferry", "Rivermouth", "Stonehaven", "Thornbury",
)  # fmt: skip
_NICKNAMES = (
    "Rovers", "Falcons", "Mariners", "Wolves", "Comets", "United", "Giants", "Herons", "Foundry",
    "Rangers", "Kestrels", "Lancers", "Tide", "Northmen", "Acorns", "Corsairs", "Crowns",
    "Otters", "Albion", "Thorns",
)  # fmt: skip
_FIRST_NAMES = (
    "Aron", "Bilal", "Caspar", "Dario", "Emeka", "Felix", "Goran", "Hugo", "Ivan", "Jonas", "Kaito",
    "Luca", "Mateo", "Nils", "Omar", "Pavel", "Quentin", "Rafael", "Søren", "Tomás",
)  # fmt: skip
_LAST_NAMES = (
    "Abara", "Bergström", "Castellan", "Dvorský", "Ekwueme", "Fontaine", "Grünwald", "Halloran",
    "Ibarra", "Jansson", "Kowal", "Lindqvist", "Moretti", "Nakata", "O'Dea", "Petrov", "Quiroga",
    "Rossi", "Sandoval", "Thackeray", "Ueda", "Valdés", "Whitlock",
)  # fmt: skip


class Player(msgspec.Struct, frozen=True):
    """A player: `number` is the shirt's, `id` is unique among all clubs."""

    id: int
    number: int
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


class Club(msgspec.Struct, frozen=True):
    """A club and its squad."""

    id: int
    place: str
    nickname: str
    squad: tuple[Player, ...]

    @property
    def name(self) -> str:
        """Place and nickname."""
        return f"{self.place} {self.nickname}"


def _club(index: int) -> Club:
    squad = tuple(
        Player(
            id=60_000 + index * SQUAD + n,
            number=n + 1,
            first_name=_FIRST_NAMES[(index * 7 + n * 3) % len(_FIRST_NAMES)],
            last_name=_LAST_NAMES[(index * 5 + n) % len(_LAST_NAMES)],
        )
        for n in range(SQUAD)
    )
    return Club(id=100 + index, place=_PLACES[index], nickname=_NICKNAMES[index], squad=squad)


CLUBS = tuple(_club(index) for index in range(len(_PLACES)))
