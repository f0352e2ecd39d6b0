"""Small WAV files for PJSIP, 8 kHz mono 16-bit."""

import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

RATE = 8000


@contextmanager
def silent_wav(seconds: int = 1) -> Iterator[str]:
    """A file of silence for as long as it takes to open it. Raises OSError."""
    with NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(bytes(2 * RATE * seconds))
        file.flush()
        yield file.name


def header_is_written(file: Path) -> bool:
    """PJSIP writes the length into the header when it closes the file."""
    try:
        with file.open("rb") as reader:
            head = reader.read(8)
    except OSError:
        return True
    return len(head) == 8 and struct.unpack("<I", head[4:])[0] > 0
