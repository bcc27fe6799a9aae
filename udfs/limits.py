"""What untrusted input may be at most. A message past a limit becomes a dead letter."""

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""Whole F24 and MA3 documents have 1 to 2 MB; ten times as much is no longer a match."""

MAX_DEPTH = 64
"""Nesting of a JSON or XML document; the deepest real one has 9 levels."""

MAX_ELEMENTS = 1_000_000
"""Elements of an XML document; the longest real one has 11,000."""

MAX_EVENTS = 50_000
"""Events in one message; the longest real match has 1,700."""

MAX_TEXT = 4_096
"""Characters of one attribute that is kept; a longer one is cut."""

EARLIEST_MS = 0
LATEST_MS = 4_102_444_800_000
"""Times of events are between 1970 and 2100 (UTC epoch milliseconds)."""
