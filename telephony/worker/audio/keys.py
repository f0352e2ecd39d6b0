"""Keys pressed for a leg: telephone events (RFC 4733) where it takes them, their tones (ITU-T Q.23) where it does not.

What is pressed, and for whom, is the core's to say.
"""

import pjsua2 as pj

from telephony.worker.audio.bridge import Bridge

KEYS = "keys"
ON, OFF = 100, 100
"""Milliseconds; a receiver must take 40 of each (ITU-T Q.24)."""


class Keys:
    """The generator is made with the first tone, and kept until `leave`."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._tones: pj.ToneGenerator | None = None
        self._listener = ""

    def press(self, name: str, leg: pj.Call, digits: str) -> None:
        """Press `digits` for `leg`, whose audio is the bridge's `name`. Raises pj.Error."""
        try:
            leg.dialDtmf(digits)
        except pj.Error:  # no telephone events were agreed on
            self._sound(name, digits)

    def _sound(self, name: str, digits: str) -> None:
        if self._tones is None:
            self._tones = pj.ToneGenerator()
            self._tones.createToneGenerator(8000, 1)
            self._bridge.put(KEYS, self._tones)
        if self._listener != name:
            if self._listener:
                self._bridge.disconnect(KEYS, self._listener)
            self._listener = name
        self._bridge.connect(KEYS, name)
        pressed = pj.ToneDigitVector()
        for digit in digits:
            tone = pj.ToneDigit()
            tone.digit, tone.on_msec, tone.off_msec, tone.volume = digit, ON, OFF, 0
            pressed.append(tone)
        self._tones.playDigits(pressed, False)

    def leave(self) -> None:
        """Nobody will hear it any more."""
        self._bridge.lay_off(KEYS)
        self._tones = None
