"""The history: ClickHouse tables as numbered migrations, applied in order, each once."""
