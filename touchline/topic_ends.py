"""How long Kafka topics are."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 10.0


def outputs_of(job: str, kafka: Kafka) -> list[str]:
    """The topics that a job writes to."""
    written = {
        "normalize": [
            *(kafka.match_events, kafka.superseded_events),
            *(kafka.feed_counts, kafka.dead_letters),
        ],
        "polls": [kafka.poll_ballots, kafka.poll_results, kafka.dead_letters],
        "leaderboards": [kafka.leaderboard_standings, kafka.dead_letters],
    }
    return written.get(job, [])


def ends(kafka: Kafka, topics: Sequence[str]) -> dict[str, int]:
    """The sum of the end offsets of each topic's partitions; 0 for a topic that is missing.

    Raises:
        TouchlineError: no broker answers.
    """
    if not topics:
        return {}
    consumer = Consumer(
        {
            **librdkafka(kafka),
            "group.id": "touchline-cli",  # librdkafka wants one; nothing is committed to it
            "log_level": LOG_LEVEL,
        }
    )
    try:
        known = consumer.list_topics(timeout=ANSWER_S).topics
        return {
            topic: sum(
                consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=ANSWER_S)[1]
                for number in (known[topic].partitions if topic in known else ())
            )
            for topic in topics
        }
    except KafkaException as error:
        raise TouchlineError(
            f"no Kafka broker answers at {kafka.bootstrap}",
            "start the stack with `touchline up`, or set kafka.bootstrap",
        ) from error
    finally:
        consumer.close()
