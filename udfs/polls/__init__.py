"""Polls: their life, their votes and their results, without Flink."""
