"""What the caller hears that no person says: prompts played file after file, and music that loops.

It tells that a prompt was played to its end; what follows from that is the conversation's business. A prompt that is
hushed is off the bridge, which then reads nothing of it: it goes on at the very sample.
"""

import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import pjsua2 as pj

from telephony.worker.audio.bridge import Bridge
from telephony.worker.audio.hush import Event, Hush

PLAYER = "player"
LINGER = 0.3
"""Seconds a stopped player is kept: its end may be in PJSIP's queue, and the bridge lets go one tick later."""

END_POLL = 0.005
"""Seconds between polls when a prompt is about to end: the end comes from another thread and wakes nothing."""


class Player(pj.AudioMediaPlayer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.at_end = False

    def onEof2(self) -> None:
        self.at_end = True


class Sounds(Protocol):
    """Who must know what is played."""

    def plays(self, files: tuple[str, ...], loop: bool, now: float) -> None:
        """Told before anything is played, and with no files when it stops."""

    def hushed(self, on: bool, now: float) -> None:
        """What plays is held from now on, or goes on where it was."""


class Playing:
    """At most one thing plays. `ended(prompt, completed)` is called for every prompt begun; never for music."""

    def __init__(
        self,
        bridge: Bridge,
        listener: str,
        ended: Callable[[str, bool], None],
        sounds: Sounds,
    ) -> None:
        self._bridge = bridge
        self._listener = listener
        self._ended = ended
        self._sounds = sounds
        self._player: Player | None = None
        self._prompt: str | None = None
        self._hush = Hush()
        self._lingering: list[tuple[float, Player]] = []

    @property
    def yields(self) -> bool:
        """Whether a prompt plays that the caller may barge into."""
        return self._hush.yields

    def play(self, prompt: str, files: tuple[str, ...], barge_in: bool, now: float) -> None:
        """Play `files` without gaps. Raises OSError, with the prompt told as not completed."""
        self.stop(now)
        try:
            seconds = sum(length_of(Path(file)) for file in files)
            player = Player()
            with joined(files) as file:
                player.createPlayer(file, pj.PJMEDIA_FILE_NO_LOOP)
        except (OSError, pj.Error) as error:
            self._ended(prompt, False)
            raise OSError(error.reason if isinstance(error, pj.Error) else str(error)) from None
        self._prompt = prompt
        self._hush.begin(seconds, barge_in, now)
        self._sounds.plays(files, False, now)
        self._start(player)

    def loop(self, file: str, now: float) -> None:
        """Play `file` over and over. Raises OSError."""
        self.stop(now)
        try:
            length_of(Path(file))
            player = Player()
            player.createPlayer(file, 0)
        except (OSError, pj.Error) as error:
            raise OSError(error.reason if isinstance(error, pj.Error) else str(error)) from None
        self._sounds.plays((file,), True, now)
        self._start(player)

    def stop(self, now: float) -> None:
        """Stop what plays; a prompt is told as not completed."""
        self._finish(now, completed=False)

    def noticed(self, now: float) -> None:
        """Somebody may be beginning to speak: hush the prompt that may be barged into."""
        if self._hush.take(Event.NOTICED, now):
            self._bridge.disconnect(PLAYER, self._listener)
            self._sounds.hushed(True, now)

    def mistaken(self, now: float) -> None:
        """Nobody spoke: let the prompt go on that was hushed; harmless when none was."""
        if self._hush.take(Event.MISTAKEN, now):
            self._go_on(now)

    def tick(self, now: float) -> float | None:
        """Tell an end that has come; returns the seconds until the next look, None when nothing is awaited."""
        if self._hush.late(now):
            self._go_on(now)
        self._lingering = [(until, player) for until, player in self._lingering if until > now]
        if self._player is not None and self._prompt is not None and self._player.at_end:
            self._finish(now, completed=True)
        if self._prompt is not None:
            return max(END_POLL, self._hush.wait(now))
        return LINGER if self._lingering else None

    def _go_on(self, now: float) -> None:
        self._sounds.hushed(False, now)
        self._bridge.connect(PLAYER, self._listener)

    def _start(self, player: Player) -> None:
        self._player = player
        self._bridge.put(PLAYER, player)
        self._bridge.connect(PLAYER, self._listener)

    def _finish(self, now: float, completed: bool) -> None:
        player, prompt = self._player, self._prompt
        self._player = self._prompt = None
        self._hush.end()
        if player is not None:
            self._sounds.plays((), False, now)
            self._bridge.drop(PLAYER)
            self._lingering.append((now + LINGER, player))
        if prompt is not None:
            self._ended(prompt, completed)


@contextmanager
def joined(files: tuple[str, ...]) -> Iterator[str]:
    """One file that holds the sound of all, for as long as it takes to open it. Raises OSError.

    PJSIP's own playlist is not used: it leaves out what follows the last whole 250 ms.
    """
    if len(files) == 1:
        yield files[0]
        return
    if not files:
        raise OSError("the prompt has no sound")
    with NamedTemporaryFile(suffix=".wav") as whole:
        with wave.open(whole, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(8000)
            for file in files:
                with wave.open(file, "rb") as reader:
                    writer.writeframes(reader.readframes(reader.getnframes()))
        whole.flush()
        yield whole.name


def length_of(file: Path) -> float:
    """Seconds of a WAV. Raises OSError when it is missing, empty or not 8 kHz mono 16-bit."""
    try:
        with wave.open(str(file), "rb") as reader:
            shape = (reader.getframerate(), reader.getnchannels(), reader.getsampwidth())
            if shape != (8000, 1, 2) or reader.getnframes() == 0:
                raise OSError(f"{file.name}: must be 8 kHz mono 16-bit WAV with sound in it")
            return reader.getnframes() / 8000
    except (wave.Error, EOFError) as error:
        raise OSError(f"{file.name}: is no WAV file: {error}") from None
    except FileNotFoundError:
        raise OSError(f"{file.name}: is missing") from None
