"""Starting a JVM fast: what a start computes again and again is kept, below connectors/target.

Half of a Flink or Kafka process's start is loading and verifying classes. The JVM can write what it
loaded to an archive when it ends (class-data sharing) and map it the next time. An archive belongs
to one class path and one JVM; with another one the JVM ignores it, hence the hash in its name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from touchline.settings import stack_dir
from touchline.stack.tools import JVM_CACHE, java


def command(
    jars: Sequence[Path], options: Sequence[str], main: str, archive: str = "", write: bool = False
) -> list[str]:
    """`java` with this class path, ready for the main class's arguments.

    archive: the name of the class archive to use; processes that load the same classes share it.
    write: write the archive when the JVM ends, if there is none yet; one process of each kind does.
    """
    return [
        str(java()),
        *options,
        *(_sharing(archive, jars, write) if archive else ()),
        "-cp",
        os.pathsep.join(str(jar) for jar in jars),
        main,
    ]


def fingerprint(jars: Sequence[Path], *texts: str) -> str:
    """Changes when a jar, the JVM or one of `texts` does."""
    program = java().resolve()
    parts = [f"{jar}:{jar.stat().st_mtime_ns}:{jar.stat().st_size}" for jar in (*jars, program)]
    return hashlib.sha256("\n".join([*parts, *texts]).encode()).hexdigest()[:16]


def cache() -> Path:
    """The folder of what is kept, made if need be: one for all stacks of this project. Where the
    project may not be written to, as in the image, it is the stack's own."""
    try:
        JVM_CACHE.mkdir(parents=True, exist_ok=True)
    except OSError:
        return _own_cache()
    return JVM_CACHE if os.access(JVM_CACHE, os.W_OK) else _own_cache()


def _own_cache() -> Path:
    folder = stack_dir() / JVM_CACHE.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sharing(name: str, jars: Sequence[Path], write: bool) -> list[str]:
    folder = cache()
    archive = folder / f"{name}-{fingerprint(jars)}.jsa"
    # The warnings would be about classes that cannot be archived, some hundred lines of them.
    quiet = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    if archive.exists():
        return [f"-XX:SharedArchiveFile={archive}", *quiet]
    if not write:
        return []
    for old in folder.glob(f"{name}-*.jsa"):
        old.unlink(missing_ok=True)  # of other jars; who has it mapped keeps it
    return [f"-XX:ArchiveClassesAtExit={archive}", *quiet]
