"""Which version a match is read from: one value in Redis, and a rule that any language can follow.

A match is read from `version` if CRC32(match id, UTF-8) mod 100 < `percent`, else from `base`. So
the matches of 5 % are among those of 20 %, and every reader comes to the same answer by itself.
The value is replaced as a whole: from then on matches are read from elsewhere, and back. Nothing is
copied, as all versions write their own keys all the time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
import redis

from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.redis_reader import RedisReader

HUNDREDTHS = 100
NOTHING = "`touchline rollout start VERSION` begins one"


@dataclass(frozen=True)
class Rollout:
    """What the value says.

    base: the version that matches are read from that no rollout is about.
    version: the one that is to take its place; empty if there is none.
    percent: how many of the matches are read from `version`.
    """

    base: str = keys.MAIN
    version: str = ""
    percent: int = 0

    def version_of(self, match_id: str) -> str:
        """The version that the match is read from."""
        return self.version if self.version and place_of(match_id) < self.percent else self.base

    @property
    def read(self) -> tuple[str, ...]:
        """The versions that some match is read from."""
        if not self.version or self.percent == 0:
            return (self.base,)
        return (self.version,) if self.percent == HUNDREDTHS else (self.base, self.version)

    def started(self, version: str) -> Rollout:
        """With a version in the shadow.

        Raises:
            TouchlineError: it is the base, or another one is being rolled out.
        """
        if version == self.base:
            raise TouchlineError(
                f"{version} is what all matches are read from already", "touchline rollout status"
            )
        if self.version and self.version != version:
            raise TouchlineError(
                f"{self.version} is being rolled out, at {self.percent} %",
                "`touchline rollout back` and then `rollout drop`, or `rollout finish`",
            )
        return Rollout(self.base, version, self.percent)

    def at(self, percent: int) -> Rollout:
        """With so many matches read from the version.

        Raises:
            TouchlineError: there is no rollout.
        """
        return Rollout(self.base, self._going_on().version, percent)

    def dropped(self) -> Rollout:
        """Without the version.

        Raises:
            TouchlineError: there is no rollout, or matches are read from the version.
        """
        if self._going_on().percent:
            raise TouchlineError(
                f"{self.percent} % of the matches are read from {self.version}",
                "`touchline rollout back` first",
            )
        return Rollout(self.base)

    def finished(self) -> Rollout:
        """With the version as the base.

        Raises:
            TouchlineError: there is no rollout, or not all matches are read from the version.
        """
        if self._going_on().percent < HUNDREDTHS:
            raise TouchlineError(
                f"only {self.percent} % of the matches are read from {self.version}",
                "`touchline rollout set 100` first",
            )
        return Rollout(self.version)

    def _going_on(self) -> Rollout:
        if not self.version:
            raise TouchlineError("no version is being rolled out", NOTHING)
        return self


def place_of(match_id: str) -> int:
    """A number from 0 to 99 that is the match's for ever."""
    return zlib.crc32(match_id.encode()) % HUNDREDTHS


def decode(value: str | None) -> Rollout:
    """What a value of the key says; without one there is no rollout.

    Raises:
        TouchlineError: it is not such a value.
    """
    if value is None:
        return Rollout()
    try:
        return msgspec.json.decode(value, type=Rollout)
    except msgspec.DecodeError as error:
        raise TouchlineError(
            f"{keys.ROLLOUT} in Redis is no rollout: {error}", "touchline rollout --help"
        ) from error


class RolloutReader(RedisReader):
    """The value in Redis, and the matches of a version. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def rollout(self) -> Rollout:
        """As it is now."""
        with self._readable(keys.ROLLOUT):
            return decode(self._redis.get(keys.ROLLOUT))

    def ids_of(self, version: str) -> list[str]:
        """The matches that have a state in a version, by id."""
        return self._owners(keys.versioned(keys.match_state("*"), version))

    def check(self, version: str) -> None:
        """Raises TouchlineError if there is no match of a version."""
        if not self.ids_of(version):
            raise TouchlineError(
                f"Redis has no match of version {version!r}",
                f"`touchline submit match_state --set jobs.version={version}` writes them",
            )


class RolloutStore(RolloutReader):
    """The same, to be changed."""

    def change(self, step: Callable[[Rollout], Rollout]) -> Rollout:
        """Replace the value by what `step` makes of it, and tell it; gives the new one.

        If another one changes it at the same time, `step` is asked again.
        """
        made = Rollout()

        def swap(pipeline: redis.client.Pipeline) -> None:
            nonlocal made
            made = step(decode(pipeline.get(keys.ROLLOUT)))
            value = msgspec.json.encode(asdict(made))
            pipeline.multi()
            pipeline.set(keys.ROLLOUT, value)
            pipeline.publish(keys.ROLLOUT_UPDATES, value)

        with self._readable():
            self._redis.transaction(swap, keys.ROLLOUT)
        return made
