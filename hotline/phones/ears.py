"""What is heard on a phone, written down as the recording grows: each stretch when the other end falls silent."""

import struct
from pathlib import Path

from config.settings import Settings
from hotline.commands import CommandError


class Ears:
    """Reads the WAV `file` that is being recorded (8 kHz, mono). Raises CommandError without a recogniser."""

    def __init__(self, settings: Settings, file: Path) -> None:
        from ivr.speech.recogniser import load_model  # noqa: PLC0415 - Vosk is slow to load
        from ivr.speech.store import ModelError, find  # noqa: PLC0415

        try:
            self._model = load_model(find(settings.speech.model, settings.models))
        except ModelError as error:
            raise CommandError(f"--transcribe: {error}") from None
        self._file = file
        self._read = 0

    def heard(self) -> str:
        """What was said since it was last asked; empty for nothing. The last quarter of a second may still come."""
        from ivr.speech.recogniser import transcribe  # noqa: PLC0415

        try:
            begin, length = data_span(self._file)
            with self._file.open("rb") as recording:
                recording.seek(begin + self._read)
                pcm = recording.read(max(0, length - self._read) & ~1)
        except (OSError, ValueError):
            return ""
        self._read += len(pcm)
        return "".join(each.text for each in transcribe(self._model, pcm))


def data_span(file: Path) -> tuple[int, int]:
    """Where the samples of a WAV begin and how many octets there are, to the end of the file where the header is
    unfinished. Raises ValueError."""
    size = file.stat().st_size
    with file.open("rb") as reader:
        if reader.read(4) != b"RIFF":
            raise ValueError(f"{file.name} is no WAV file")
        reader.seek(12)
        while True:
            head = reader.read(8)
            if len(head) < 8:
                raise ValueError(f"{file.name} holds no samples")
            name, length = struct.unpack("<4sI", head)
            begin = reader.tell()
            if name == b"data":
                there = size - begin
                return begin, min(length, there) if length else there
            reader.seek(begin + length + (length & 1))
