"""One open stream of server-sent events: what it has shown, what it still owes, a reader who is slower than the news.

It decides what is sent again. When is agent_console.live's business, what a person may see agent_console.sight's.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.web.server import Request

from agent_console.sessions import Visitor
from agent_console.sight import words
from records.utterance import Utterance

View = Callable[[Mapping[str, Any], str], dict[str, Any]]  # the board and a name → what that person sees
Follows = Callable[[Mapping[str, Any], str], str]  # the board and a name → the call whose words that person reads


@dataclass(frozen=True)
class Sight:
    """What a stream shows: `view` of the board; the words of the call it `follows`, with numbers `whole` or masked.

    With `roles` it is for these only.
    """

    view: View
    follows: Follows = lambda _board, _name: ""
    whole: bool = False
    roles: tuple[str, ...] = ()


class Stream:
    """One open stream. A reader who is too slow misses snapshots, never the newest one, and no word of a talk."""

    def __init__(
        self,
        request: Request,
        visitor: Visitor,
        sight: Sight,
        said: Callable[[str], Sequence[Utterance]],
        cookies: str,
    ) -> None:
        self.visitor, self.cookies, self.open = visitor, cookies, True
        self._request, self._sight, self._said = request, sight, said
        self._call, self._sent = "", 0  # whose words, and how many utterances of it were sent
        self._shown = ""
        self._waiting = ""
        self._paused = False
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"x-content-type-options", b"nosniff")
        request.setHeader(b"x-accel-buffering", b"no")
        request.registerProducer(self, True)
        request.write(b"retry: 1000\n\n")

    def show(self, board: Mapping[str, Any]) -> None:
        """Send what has changed since the last snapshot, if anything has."""
        shown = json.dumps(self._sight.view(board, self.visitor.name), ensure_ascii=False)
        if shown != self._shown:
            self._shown = shown
            event = f'event: snapshot\ndata: {{"at": {board["at"]}, "now": {shown}}}\n\n'
            if self._paused:
                self._waiting = event
            else:
                self._write(event)
        call = self._sight.follows(board, self.visitor.name)
        if call != self._call:
            self._call, self._sent = call, 0
        self._tell_words()

    def _tell_words(self) -> None:
        """Send what was said since the last time, in the order in which it came."""
        said = self._said(self._call) if self._call and not self._paused else ()
        if len(said) > self._sent:
            new = {"call": self._call, "from": self._sent, "lines": words(said[self._sent :], self._sight.whole)}
            self._sent = len(said)
            self._write(f"event: said\ndata: {json.dumps(new, ensure_ascii=False)}\n\n")

    def beat(self, now: float) -> None:
        if not self._paused:
            self._write(f"event: beat\ndata: {now}\n\n")

    def close(self, last_word: str = "") -> None:
        if self.open:
            self.open = False
            if last_word:
                self._write(f"event: {last_word}\ndata: \n\n")
            self._request.unregisterProducer()
            self._request.finish()

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        waiting, self._waiting = self._waiting, ""
        if waiting:
            self._write(waiting)
        self._tell_words()

    def stopProducing(self) -> None:
        self.open = False

    def _write(self, event: str) -> None:
        self._request.write(event.encode())
