"""What is asked of the worker thread and what it answers, and which requests are still wanted.

The GUI thread issues tickets; the worker thread only reads them. They are plain integers, so nothing is locked.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """One thing asked of the worker thread: the backend's method, its arguments, and its place in the queue."""

    method: str
    channel: str
    ticket: int
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One thing told to the GUI thread: the Worker's signal and its arguments."""

    request: Request
    signal: str
    args: tuple[Any, ...]


class Tickets:
    """Which requests are still wanted. Written by the GUI thread, read by both."""

    def __init__(self) -> None:
        self._count = 0
        self._newest: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self.closed = False

    def issue(self, channel: str) -> int:
        """The next ticket; older requests of the channel are no longer wanted."""
        self._count += 1
        self._newest[channel] = self._count
        return self._count

    def drop_older(self, channel: str, ticket: int) -> None:
        """Requests of the channel, or of all that start with it, that came before the ticket are not wanted."""
        self._older[channel] = ticket

    def wanted(self, request: Request) -> bool:
        if self.closed or self._newest.get(request.channel) != request.ticket:
            return False
        return request.ticket >= self._older.get(request.channel.partition(":")[0], 0)
