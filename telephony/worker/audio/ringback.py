"""The ringback tone of Chinese networks, for one leg at a time: 450 Hz, 1 s on and 4 s off (GB/T 3380, YD/T 1070).

Who hears it, and until when, is the core's to say.
"""

import pjsua2 as pj

from telephony.worker.audio.bridge import Bridge

RINGBACK = "ringback"
HERTZ = 450
ON, OFF = 1000, 4000
"""Milliseconds."""

VOLUME = 6000
"""Peak, of 32767: below speech."""


class Ringback:
    """The generator is made with the first ring, and kept until `leave`."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._tone: pj.ToneGenerator | None = None
        self._listener = ""

    def to(self, leg: str) -> None:
        """`leg` hears it, from its beginning; an empty one: nobody. Raises pj.Error."""
        if self._listener:
            self._bridge.disconnect(RINGBACK, self._listener)
        self._listener = leg
        if self._tone is not None:
            self._tone.stop()
        if not leg:
            return
        if self._tone is None:
            self._tone = pj.ToneGenerator()
            self._tone.createToneGenerator(8000, 1)
            self._bridge.put(RINGBACK, self._tone)
        described = pj.ToneDesc()
        described.freq1, described.on_msec, described.off_msec, described.volume = HERTZ, ON, OFF, VOLUME
        tones = pj.ToneDescVector()
        tones.append(described)
        self._tone.play(tones, True)
        self._bridge.connect(RINGBACK, leg)

    def leave(self) -> None:
        """Nobody will hear it any more."""
        self._bridge.lay_off(RINGBACK)
        self._tone = None
