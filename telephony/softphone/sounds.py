"""What a softphone plays and records on its one call, and whether the other end speaks or is silent.

It knows files and the bridge. When something is played is said by the orders (telephony.softphone.inside).
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pjsua2 as pj

from telephony.softphone.level import Level
from telephony.worker.audio.bridge import Bridge
from telephony.worker.audio.media import Player
from telephony.worker.audio.sound import header_is_written
from telephony.worker.engine import Engine

Tell = Callable[..., None]


class Sounds:
    """Everything on the bridge but the leg itself. `tell(event, **fields)` reports."""

    def __init__(self, engine: Engine, tell: Tell) -> None:
        self._engine = engine
        self._tell = tell
        self._bridge = Bridge()
        self._old: list[tuple[float, Any]] = []
        self._player: Any = None
        self._playing_once = False
        self._recorder: Any = None
        self._recording = ""
        self._media: pj.AudioMedia | None = None
        self._level = Level()

    @property
    def recording(self) -> bool:
        return self._recorder is not None

    def start(self) -> None:
        """A call begins."""
        self._engine.start_clock()
        self._bridge.put("sink", self._engine.sink)

    def audio(self, media: pj.AudioMedia) -> None:
        """The leg's audio has come."""
        self._bridge.put("leg", media)
        self._bridge.connect("leg", "sink")
        self._media = media

    def listen_anew(self) -> None:
        """The call is answered: what was heard before does not count."""
        self._level = Level()

    def drop_leg(self, leg: Any) -> None:
        """The leg has ended; it is kept for a moment, since PJSIP may still speak of it."""
        self._media = None
        self._bridge.drop("leg")
        self._old.append((time.monotonic() + 0.1, leg))

    def forget(self, now: float) -> None:
        """Let go of what was kept for a moment."""
        self._old = [(until, media) for until, media in self._old if until > now]

    def look(self, now: float) -> None:
        """Tell when the other end begins or ceases to be heard."""
        if self._media is not None and self._level.due(now):
            # What a medium transmits is what comes from it; the port goes before the leg is told as ended.
            with contextlib.suppress(pj.Error):
                if change := self._level.look(int(self._media.getTxLevel()), now):
                    self._tell(change)

    def play(self, file: str, loop: bool) -> None:
        self.stop_player()
        player = Player()
        player.createPlayer(file, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        self._player = player
        self._playing_once = not loop
        self._bridge.put("player", player)
        self._bridge.connect("player", "leg")
        self._tell("playing")

    def look_at_player(self) -> None:
        """Tell when a file has been played to its end."""
        if self._player is not None and self._playing_once and self._player.at_end:
            self.stop_player()
            self._tell("played")

    def stop_player(self) -> None:
        if self._player is not None:
            self._bridge.drop("player")
            self._old.append((time.monotonic() + 0.3, self._player))
            self._player = None

    def record(self, file: str) -> None:
        self.stop_recording()
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(file, 0, 0, pj.PJMEDIA_FILE_WRITE_PCM)
        self._recorder = recorder
        self._recording = file
        self._bridge.put("recorder", recorder)
        self._bridge.connect("leg", "recorder")

    def stop_recording(self) -> None:
        if self._recorder is None:
            return
        self._bridge.drop("recorder")
        self._recorder = None
        until = time.monotonic() + 1
        while time.monotonic() < until and not header_is_written(Path(self._recording)):
            self._engine.poll(5)
        self._tell("recorded", file=self._recording)
