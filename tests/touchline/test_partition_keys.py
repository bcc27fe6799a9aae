"""Keys that lead into each partition."""

from __future__ import annotations

import pytest
from kafka.partitioner.default import murmur2

from touchline.partition_keys import keys_for

KAFKAS_OWN = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
}
"""From the tests of Kafka's Java client, which is what writes the ticks."""


@pytest.mark.parametrize("text", KAFKAS_OWN)
def test_the_hash_is_that_of_kafkas_java_client(text: bytes) -> None:
    assert (murmur2(text) - KAFKAS_OWN[text]) % 2**32 == 0


@pytest.mark.parametrize("partitions", [1, 4, 7, 64])
def test_there_is_a_key_for_each_partition(partitions: int) -> None:
    found = [(murmur2(key.encode()) & 0x7FFFFFFF) % partitions for key in keys_for(partitions)]
    assert found == list(range(partitions))
