"""What a stack of calls was at: rules for the Python worker's stacks and for the JVM's.

A stack belongs to its innermost frame that a rule knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

Rules = Sequence[tuple[str, tuple[str, ...]]]
"""What a frame's text contains -> what it is at; the first rule that fits."""

PYTHON: Rules = (
    ("codec", ("/udfs/codec.py",)),
    ("the functions around them", ("/udfs/functions.py", "/udfs/feed.py", "/udfs/snapshots.py")),
    ("adapter", ("/udfs/",)),
    ("Arrow and pandas", ("/pandas/", "/pyarrow/", "/numpy/", "arrow", "pandas")),
    ("Beam and gRPC", ("/apache_beam/", "/grpc/", "/pyflink/", "/google/", "/threading.py")),
)

JVM: Rules = (
    ("Arrow", ("org.apache.arrow.", "flink.table.runtime.arrow.", ".ArrowSerializer.")),
    (
        "Beam and gRPC",
        ("org.apache.beam.", "io.grpc.", "api.runners.python.", ".operators.python."),
    ),
    ("Kafka", ("org.apache.kafka.", "flink.connector.kafka.", "connectors.kafka.", "lz4")),
    ("exchange between tasks", ("flink.runtime.io.", "streaming.runtime.io.", "shaded.netty")),
    ("SQL operators and state", ("org.apache.flink.table.", "flink.runtime.state.", "StreamExec")),
    ("SQL operators and state", ("org.apache.flink.",)),
)

OTHER = "other"

_WAITING = re.compile(r"^(?:Condition\.wait|\S*channel_spin|\S*select|\S*poll) \(")
"""Innermost frames of threads that only wait; py-spy takes some of them for being at work."""

_FRAME = re.compile(r"^(.*) \((.*?)(?::\d+)?\)$")
_SAMPLE = "jdk.ExecutionSample {"
_JAVA_FRAME = re.compile(r"^\s+([\w.$/<>]+)\(.*\)\s+line:", re.MULTILINE)


def kind_of(frames: Iterable[str], rules: Rules) -> str:
    """What a stack, its innermost frame first, was at."""
    for frame in frames:
        for kind, parts in rules:
            if any(part in frame for part in parts):
                return kind
    return OTHER


def python_samples(raw: str) -> Counter[tuple[str, ...]]:
    """The stacks of py-spy's raw format, innermost frame first, and how often each was seen at
    work."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = tuple(reversed(stack.split(";")))
        if not _WAITING.match(frames[0]):
            stacks[frames] += int(count)
    return stacks


def jvm_samples(printed: str) -> Counter[tuple[str, ...]]:
    """The same of what `jfr print --events jdk.ExecutionSample` prints."""
    return Counter(tuple(_JAVA_FRAME.findall(sample)) for sample in printed.split(_SAMPLE)[1:])


def shares(samples: Counter[tuple[str, ...]], rules: Rules) -> dict[str, float]:
    """Kind -> its share of the samples."""
    kinds: Counter[str] = Counter()
    for frames, count in samples.items():
        kinds[kind_of(frames, rules)] += count
    return {kind: count / kinds.total() for kind, count in kinds.most_common()}


def innermost(samples: Counter[tuple[str, ...]]) -> dict[str, float]:
    """Python function -> the share of the samples in which it was itself at work."""
    functions: Counter[str] = Counter()
    for frames, count in samples.items():
        if frames and (found := _FRAME.match(frames[0])):
            function, file = found.groups()
            functions["/".join([*file.split("/")[-2:], function])] += count
    return {name: count / samples.total() for name, count in functions.most_common()}
