"""What a job could not read, as rows of `dead-letters`."""

from __future__ import annotations


def dead_letter(
    view: str, topic: str, error: str = "error", part: str = "FALSE", adapter: str = "''"
) -> str:
    """The query of a view's dead letters.

    view: has `match_key` and `part` (the record's key and bytes), `partition`, `offset`.
    topic, error, part: SQL of their topic, of what is wrong with them, and of whether the bytes are
        only a part of a record.
    adapter: SQL of who could not read them, and of its version; of what has no provider: nobody.
    """
    return f"""
        SELECT match_key, part, MAP[
            'error', CAST({error} AS BYTES),
            'source_topic', CAST({topic} AS BYTES),
            'source_partition', CAST(CAST(`partition` AS STRING) AS BYTES),
            'source_offset', CAST(CAST(`offset` AS STRING) AS BYTES),
            'part', CAST(LOWER(CAST({part} AS STRING)) AS BYTES),
            'adapter', CAST({adapter} AS BYTES)]
        FROM {view}"""
