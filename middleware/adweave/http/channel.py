"""What supervisor and workers tell each other, over a socket that nobody else has.

A frame is four bytes of length and a value in `marshal`'s format (both ends are this very
program). Plans are hints: where the other side does not read, they are dropped, not queued.
Knows bytes and values, nothing of what they mean.
"""

from __future__ import annotations

import asyncio
import marshal
import socket
from collections.abc import Callable
from typing import Any, Final, cast

# Of a frame; the longest plan has some hundred insertions.
MAX_FRAME_BYTES: Final = 4_000_000
# With so much unread nothing is told that can be done without.
_MAX_UNREAD_BYTES: Final = 8_000_000
_LENGTH_BYTES: Final = 4


class Channel(asyncio.Protocol):
    """One end. `on_message` gets each value, `on_end` is called once the other end is gone."""

    def __init__(self, on_message: Callable[[Any], None], on_end: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._unparsed = bytearray()

    @classmethod
    async def over(
        cls,
        sock: socket.socket,
        on_message: Callable[[Any], None],
        on_end: Callable[[], None],
    ) -> Channel:
        """An end over a connected socket, in the running loop."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_connection(lambda: cls(on_message, on_end), sock=sock)
        return channel

    def tell(self, value: Any) -> None:
        """Send a value; nothing where the other end is gone."""
        if self._transport is not None:
            frame = marshal.dumps(value)
            self._transport.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)

    def hint(self, value: Any) -> None:
        """Send a value that may be lost."""
        transport = self._transport
        if transport is not None and transport.get_write_buffer_size() < _MAX_UNREAD_BYTES:
            self.tell(value)

    def close(self) -> None:
        """Hang up, once all is sent."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._unparsed += data
        while len(self._unparsed) >= _LENGTH_BYTES:
            length = int.from_bytes(self._unparsed[:_LENGTH_BYTES], "big")
            if length > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {length} bytes")
            end = _LENGTH_BYTES + length
            if len(self._unparsed) < end:
                return
            frame = bytes(self._unparsed[_LENGTH_BYTES:end])
            del self._unparsed[:end]
            self._on_message(marshal.loads(frame))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end is gone."""
        self._transport = None
        self._on_end()
