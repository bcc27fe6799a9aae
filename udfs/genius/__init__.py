"""Genius Sports: Match Events, the LiveStats stream and `data.json`, NBA live play-by-play."""
