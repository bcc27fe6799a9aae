"""The embedded stack: Kafka, Redis, ClickHouse and Flink on one machine, without containers."""
