"""Sportradar: push streams and REST documents of soccer and the US leagues."""
