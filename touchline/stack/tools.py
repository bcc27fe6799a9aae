"""Where the stack's programs are: the JDK, Flink's distribution, the jars, Redis."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from touchline.errors import TouchlineError

PROJECT = Path(__file__).resolve().parents[2]
FLINK_CONF = PROJECT / "flink-conf"
FLINK_JARS = PROJECT / "connectors" / "target" / "flink"
KAFKA_JARS = PROJECT / "connectors" / "target" / "kafka"
JVM_CACHE = PROJECT / "connectors" / "target" / "jvm-cache"
JAVA_VERSION = 17


def java() -> Path:
    """The `java` to run, from JAVA_HOME or the PATH.

    Raises:
        TouchlineError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (program := Path(home) / "bin" / "java").exists():
        return program
    if found := shutil.which("java"):
        return Path(found)
    raise TouchlineError("no Java found", f"install a JDK {JAVA_VERSION}; see `touchline doctor`")


def package_dir(package: str) -> Path:
    """The folder of an installed Python package, which is not imported.

    Raises:
        TouchlineError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TouchlineError(f"the Python package {package} is missing", "run `make env`")
    return Path(spec.submodule_search_locations[0])


def jars(folder: Path) -> list[Path]:
    """The jars that Maven has put into `folder`.

    Raises:
        TouchlineError: there are none.
    """
    found = sorted(folder.glob("*.jar"))
    if not found:
        raise TouchlineError(f"no jars in {folder}", "run `make jars`")
    return found
