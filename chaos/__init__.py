"""Faults under load: what is lost, what is doubled, and how long until updates are fresh again.

`python -m chaos`, `make chaos`. A stack of its own, a feed at a constant rate, a fault at a moment
that the seed says; then everything in Redis and ClickHouse is compared with the oracle.

| module | does |
|---|---|
| `system` | the stack with its jobs, which reach the stores through proxies |
| `proxies` | Toxiproxy between the jobs and the stores |
| `faults` | what can go wrong, and how it is made to |
| `load` | the feed, and votes |
| `watching` | how fresh Redis is, and how much memory all takes |
| `matrix` | one fault after the other |
| `report` | the table and the plot |
"""
