"""Opta F24 (XML) and Stats Perform MA3 (JSON): soccer, one feed in two notations."""
