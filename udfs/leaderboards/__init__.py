"""Leaderboards: what of them is Python and not SQL. The rules are in docs/leaderboards.md."""
