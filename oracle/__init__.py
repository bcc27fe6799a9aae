"""What the stores must hold, computed from the feeds alone, in plain Python.

Nothing here knows Flink, SQL or Lua, and nothing of the jobs is used: only the adapters, which say
what a message means, and the definitions of what an event counts for (`jobs/measures.py`); of
leaderboards also the library that says when a cron is due. So that
where the jobs and this disagree, one of them is wrong.

| module | says |
|---|---|
| `feeds` | which versions a feed held, and what became of each |
| `matches` | what Redis must hold of a match and of its players |
| `timelines` | a match's events in the order of the game, and what the last of them say |
| `history` | the rows that ClickHouse must hold |
| `truth` | the four above together: what must be in the stores after each message |
| `polls`, `poll_lives` | what must become of votes and commands |
| `scores`, `periods` | what a score says, or that it is refused; which table a moment belongs to |
| `leaderboards` | the tables that must come of scores and events |
| `differences` | where what is there is not what must be |

`touchline verify` compares a running system with it, and so do the tests of faults.
"""
