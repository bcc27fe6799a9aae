"""Cuts a byte stream into messages, without parsing them.

A message is a JSON object or array, or an XML document. They may follow one another with or without
newlines between them (LF or CRLF), pretty-printed or not. Only whitespace between messages, and a
byte order mark at the start, are left out; every other byte comes out in exactly one message.

Damage is never dropped. A stretch that cannot be a message (a truncated one, text between two)
comes out as a message of its own, which an adapter refuses and `dead-letters` keeps. Framing goes
on at the next plausible start: a line that begins with `{`, a `{` after a `}`, which within JSON
can only be two messages, or an XML declaration.

Memory is bounded by the limit and one chunk. A message past the limit comes out in consecutive
pieces: each ends as a dead letter, all but the last for its length, and together they are the
message.
"""

from __future__ import annotations

import re

from udfs import limits

JSON_STARTS = b"{["
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PIECE_BYTES = limits.MAX_MESSAGE_BYTES + 1
"""Of a message that is too long: an adapter refuses such a piece as too long, not as damaged."""

TAIL_BYTES = 4_096
"""How far back whitespace is looked through."""

_WHITESPACE = re.compile(rb"\s*+")

# JSON. `_PLAIN` jumps over everything that changes no nesting: whole strings, and the characters
# that may stand outside of a string (numbers, true, false, null, commas, colons, whitespace). A
# control character in a string, most of all a newline, is not JSON: there a message was cut off.
_STRING_INSIDE = re.compile(rb'[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+')
_PLAIN = re.compile(
    rb'(?:[-+0-9.eEtrufalsn:,\s]++|"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+")*+'
)
_RESTART = re.compile(rb"\n(?=\{)|\}\s*+(?=\{)|(?=<\?xml\s)")

# XML. The document ends where its root element does.
_PROLOG = re.compile(
    rb"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)*+", re.DOTALL
)
_ROOT = re.compile(rb"<([A-Za-z_][^\s/>]*+)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_TAG_STARTS = re.compile(rb"<(?:[A-Za-z_!?]|\Z)")
_NEXT_DOCUMENT = re.compile(rb"<\?xml\s")
PROLOG_BYTES = 64 * 1024
"""The root element's tag ends within these, or it is no XML that is worth waiting for."""

_QUOTE, _OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY = b'"{}[]'
_BACKSLASH = ord("\\")
_CLOSED_BY = {_CLOSE_OBJECT: _OPEN_OBJECT, _CLOSE_ARRAY: _OPEN_ARRAY}
_BEFORE_VALUE = {_OPEN_OBJECT: b":", _OPEN_ARRAY: b",["}
"""What an object or array within one of these must follow."""


class Framer:
    """Frames one stream: `feed` it chunks as they come, `close` it at the end.

    limit: the longest message that comes out in one piece, in bytes.
    damaged: stretches so far that were no messages.
    oversized: messages so far that came out in pieces.
    """

    def __init__(self, limit: int = PIECE_BYTES) -> None:
        self.damaged = 0
        self.oversized = 0
        self._limit = limit
        self._buffer = bytearray()  # what has not come out yet
        self._at = 0  # scanned up to here
        self._open = bytearray()  # the brackets that are open here, outermost first
        self._in_string = False
        self._root: re.Pattern[bytes] | None = None  # closes the XML document that this is within
        self._in_pieces = False  # some of this message has come out already
        self._lost = False  # within damage: looking for the next plausible start
        self._fresh = True  # still to see whether the stream starts with a byte order mark

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that `chunk` completes."""
        self._buffer += chunk
        if self._fresh:
            if len(self._buffer) < len(BYTE_ORDER_MARK):
                return []
            self._drop_mark()
        return self._take(final=False)

    def close(self) -> list[bytes]:
        """What is left at the end of the stream: an unfinished message comes out as damage."""
        self._drop_mark()
        return self._take(final=True)

    def _take(self, final: bool) -> list[bytes]:
        messages: list[bytes] = []
        start = 0
        while True:
            if not self._under_way:
                start = self._at = _end(_WHITESPACE, self._buffer, start)
            if start >= len(self._buffer):
                break
            end = self._end_of_message(start, final)
            if end is None:
                break
            self._emit(messages, start, end)
            self._begin_message()
            start = self._at = end
        del self._buffer[:start]
        self._at -= start
        while len(self._buffer) > self._limit:
            self._emit_piece(messages)
        return messages

    @property
    def _under_way(self) -> bool:
        return bool(self._open or self._root or self._in_pieces or self._lost)

    def _drop_mark(self) -> None:
        if self._fresh and self._buffer.startswith(BYTE_ORDER_MARK):
            del self._buffer[: len(BYTE_ORDER_MARK)]
        self._fresh = False

    def _begin_message(self) -> None:
        self._open.clear()
        self._in_string = False
        self._root = None
        self._in_pieces = False
        self._lost = False

    def _emit(self, messages: list[bytes], start: int, end: int) -> None:
        message = bytes(memoryview(self._buffer)[start:end])
        if self._lost:
            self.damaged += 1
            stripped = message.rstrip()
            # UTF-16 with its high bytes first ends in half of a newline: that is no white space.
            message = message if stripped.endswith(b"\x00") else stripped
        for piece in range(0, len(message), self._limit):
            messages.append(message[piece : piece + self._limit])
        self.oversized += len(message) > self._limit and not self._in_pieces

    def _emit_piece(self, messages: list[bytes]) -> None:
        messages.append(bytes(memoryview(self._buffer)[: self._limit]))
        del self._buffer[: self._limit]
        self._at = max(self._at - self._limit, 0)
        self.oversized += not self._in_pieces
        self._in_pieces = True

    def _end_of_message(self, start: int, final: bool) -> int | None:
        """Where the message at `start` ends; None if that is not in the buffer yet."""
        if not self._lost:
            end = self._end_if_sound(start)
            if end is not None or not (self._lost or final):
                return end
            if not self._lost:
                self._lose(start)
        return self._end_of_damage(start, final)

    def _end_if_sound(self, start: int) -> int | None:
        """The same, of a message that is not damaged as far as is known; loses it if it is."""
        begins = 0 if self._in_pieces else self._buffer[start]
        if self._open or begins in JSON_STARTS:
            return self._end_of_json(start)
        if self._root or (begins and _TAG_STARTS.match(self._buffer, start)):
            return self._end_of_xml(start)
        self._lose(start)
        return None

    def _lose(self, search_from: int) -> None:
        self._lost = True
        self._at = search_from

    def _end_of_damage(self, start: int, final: bool) -> int | None:
        """Where the next plausible message starts. What has been searched is not searched again,
        but for the last bytes, which may be the start of a mark."""
        found = _RESTART.search(self._buffer, max(self._at, start))
        if found and found.end() == start:
            found = _RESTART.search(self._buffer, start + 1)
        if found:
            return found.end()
        if final:
            return len(self._buffer)
        tail = self._buffer[-TAIL_BYTES:]
        searched = len(self._buffer) - len(tail) + len(tail.rstrip()) - len(b"<?xml ")
        self._at = max(start, searched)
        return None

    def _end_of_json(self, start: int) -> int | None:
        """Scan on for the last bracket. Loses the message where the bytes cannot be JSON."""
        buffer, stack, at = self._buffer, self._open, self._at
        if self._in_string:
            at = self._end_of_string(at)
        while at < len(buffer) and not self._in_string:
            at = _end(_PLAIN, buffer, at)
            if at >= len(buffer):
                break
            byte = buffer[at]
            if byte == _QUOTE:
                at = self._end_of_string(at + 1)
                continue
            if byte in JSON_STARTS and (not stack or _may_open(buffer, at, stack[-1])):
                stack.append(byte)
                if len(stack) > limits.MAX_DEPTH:
                    self._lose(at)  # not from the start: nothing is scanned twice
                    return None
            elif stack and stack[-1] == _CLOSED_BY.get(byte):
                stack.pop()
                if not stack:
                    return at + 1
            else:
                self._lose(start)
                return None
            at += 1
        self._at = at
        if self._in_string and at < len(buffer) and buffer[at] != _BACKSLASH:
            self._lose(start)
        return None

    def _end_of_string(self, at: int) -> int:
        """Behind the closing quote of the string that `at` is within. Without one `_in_string` is
        set, and it is where the string breaks off: the buffer's end, a backslash that is its last
        byte, or a byte that no string may hold."""
        at = _end(_STRING_INSIDE, self._buffer, at)
        self._in_string = self._buffer[at : at + 1] != b'"'
        if self._buffer[at : at + 1] == b"\\" and at + 1 < len(self._buffer):
            return at + 1
        return at if self._in_string else at + 1

    def _end_of_xml(self, start: int) -> int | None:
        """Scan on for the root's end; no provider's root holds an element of its own name. Loses
        the document where another starts before this one has ended."""
        if self._root is None:
            opening = _ROOT.match(self._buffer, _end(_PROLOG, self._buffer, start))
            if opening is None:
                if len(self._buffer) - start > PROLOG_BYTES:
                    self._lose(start)
                return None
            if opening.group().endswith(b"/>"):
                return opening.end()
            self._at = opening.end()
            self._root = re.compile(rb"</" + re.escape(opening.group(1)) + rb"\s*+>")
        closing = self._root.search(self._buffer, self._at)
        until = closing.start() if closing else len(self._buffer)
        if _NEXT_DOCUMENT.search(self._buffer, self._at, until):
            self._lose(start)
        elif closing:
            return closing.end()
        else:
            last_tag = self._buffer.rfind(b"<", self._at)
            self._at = until if last_tag < 0 else last_tag
        return None


def _end(pattern: re.Pattern[bytes], buffer: bytearray, at: int) -> int:
    """The end of a match that may be empty, hence always is."""
    found = pattern.match(buffer, at)
    return found.end() if found else at


def _may_open(buffer: bytearray, at: int, within: int) -> bool:
    """Whether an object or array may start at `at`, `within` one that is open."""
    before = buffer[max(0, at - 1) : at].rstrip() or buffer[max(0, at - TAIL_BYTES) : at].rstrip()
    return not before or before[-1] in _BEFORE_VALUE[within]
