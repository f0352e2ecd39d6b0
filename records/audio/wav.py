"""The header of a WAV file (RIFF, 16-bit PCM). PURE."""

import struct

from records.audio.form import CHANNELS, FRAME, RATE

WAV_OCTETS = 44


def wav_header(frames: int) -> bytes:
    """Of a stereo file of `frames` frames; lengths beyond 4 GB are said as the longest there is."""
    octets = min(frames * FRAME, 0xFFFFFFFF - 36)
    form = struct.pack("<HHIIHH", 1, CHANNELS, RATE, RATE * FRAME, FRAME, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + octets, b"WAVE", b"fmt ", 16)
        + form
        + struct.pack("<4sI", b"data", octets)
    )
