"""What the profile makes of stacks."""

from __future__ import annotations

import pytest

from bench.stacks import JVM, PYTHON, innermost, jvm_samples, kind_of, python_samples, shares

SPY = """\
main (/p/pyflink/worker.py:1);eval (/w/udfs/functions.py:88);encode (/w/udfs/codec.py:80) 3
main (/p/pyflink/worker.py:1);eval (/w/udfs/functions.py:90);__init__ (/p/pandas/core/frame.py:7) 1
"""

RECORDING = """\
jdk.ExecutionSample {
  startTime = 04:43:14.000
  sampledThread = "Source: feed_log[1] (1/1)#0" (javaThreadId = 90)
  state = "STATE_RUNNABLE"
  stackTrace = [
    java.util.HashMap.get(Object) line: 560
    org.apache.arrow.vector.VarCharVector.set(int, byte[]) line: 12
    org.apache.flink.table.runtime.operators.Calc.process() line: 3
    ...
  ]
}

"""


def test_the_innermost_frame_that_is_known_decides() -> None:
    frames = ["lib (/usr/lib/unknown.so:1)", "f (/w/udfs/opta/f24.py:5)", "g (/p/pandas/x.py:1)"]
    assert kind_of(frames, PYTHON) == "adapter"


def test_a_stack_that_no_rule_knows_is_other() -> None:
    assert kind_of(["f (/somewhere.py:1)"], PYTHON) == "other"


def test_samples_of_the_worker_are_shared_out() -> None:
    samples = python_samples(SPY)
    assert shares(samples, PYTHON) == {"codec": 0.75, "Arrow and pandas": 0.25}
    assert innermost(samples)["udfs/codec.py/encode"] == 0.75


@pytest.mark.parametrize(
    "frame",
    [
        "Condition.wait (/lib/python3.11/threading.py:324)",
        "_run_channel_spin_thread.<locals>.channel_spin (/p/grpc/_channel.py:1430)",
    ],
)
def test_a_thread_that_waits_is_not_at_work(frame: str) -> None:
    assert python_samples(f"{SPY}main (/p/pyflink/worker.py:1);{frame} 400\n") == python_samples(
        SPY
    )


def test_samples_of_the_jvm_are_read_from_what_jfr_prints() -> None:
    samples = jvm_samples(RECORDING)
    assert samples.total() == 1
    assert shares(samples, JVM) == {"Arrow": 1.0}


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (
            "org.apache.flink.api.runners.python.beam.BeamPythonFunctionRunner.flush",
            "Beam and gRPC",
        ),
        ("org.apache.flink.kafka.shaded.org.apache.kafka.clients.Sender.run", "Kafka"),
        ("org.apache.flink.runtime.io.network.Buffer.add", "exchange between tasks"),
        ("org.apache.flink.runtime.state.heap.CopyOnWriteStateMap.put", "SQL operators and state"),
    ],
)
def test_frames_of_flink_are_told_apart(frame: str, kind: str) -> None:
    assert kind_of([frame], JVM) == kind
