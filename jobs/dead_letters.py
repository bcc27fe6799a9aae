"""What a job could not read, as rows of `dead-letters`."""

from __future__ import annotations


def dead_letter(view: str, topic: str) -> str:
    """The query of a view's dead letters, whole messages of a topic.

    view: has `match_key` and `part` (the record's key and bytes), `error`, `partition`, `offset`.
    """
    return f"""
        SELECT match_key, part, MAP[
            'error', CAST(error AS BYTES),
            'source_topic', CAST('{topic}' AS BYTES),
            'source_partition', CAST(CAST(`partition` AS STRING) AS BYTES),
            'source_offset', CAST(CAST(`offset` AS STRING) AS BYTES),
            'part', CAST('false' AS BYTES)]
        FROM {view}"""
