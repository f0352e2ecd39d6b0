"""Which of espeak-ng's voices the model is trained on, and which only measure it.

A voice counts as heard when training had it at any speed or pitch.
"""

from ivr.speech.voice import voices

# For the figures, the tests and the demonstration only: men, women, odd throats.
HELD_OUT = (
    "cmn+f4",
    "cmn+m5",
    "cmn+Annie",
    "cmn+Andy",
    "cmn+linda",
    "cmn+pablo",
    "cmn+steph2",
    "cmn+ed",
    "cmn+Michael",
)
# No human throat sounds like these.
UNFIT = (
    *("cmn+Demonic", "cmn+croak", "cmn+whisper", "cmn+whisperf", "cmn+UniRobot", "cmn+fast", "cmn+Tweaky"),
    *("cmn+kaukovalta", "cmn+anikaRobot", "cmn+robosoft", *(f"cmn+robosoft{n}" for n in range(2, 9))),
)


def training_voices() -> tuple[str, ...]:
    return tuple(voice for voice in voices() if voice not in HELD_OUT and voice not in UNFIT)
