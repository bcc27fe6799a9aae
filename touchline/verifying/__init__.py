"""A running system against the oracle: `touchline verify`.

| module | does |
|---|---|
| `live` | compares what Redis has of matches, players and feeds |
| `past` | compares what ClickHouse has of matches |
| `boards` | compares what both have of the tables of leaderboards |
| `voting` | compares what both have of polls that are over |
| `run` | reads the topics, looks, and looks again at what still moves |
"""
