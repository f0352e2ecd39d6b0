"""The commands of speech: `say`, `transcribe`, `model`. They read and write files; ivr.speech does the work."""

import argparse
from pathlib import Path

from hotline.commands import CommandError, Commands, command, settings_of


def register(commands: Commands) -> None:
    say = command(commands, "say", run_say, "Speak TEXT into a WAV file (8 kHz, mono).")
    say.add_argument("text", metavar="TEXT")
    say.add_argument("file", metavar="F.wav", type=Path)
    say.add_argument(
        "--voice", metavar="V", help="cmn, or cmn+NAME such as cmn+f2; by default the setting speech.voice"
    )
    say.add_argument("--speed", metavar="N", type=int, default=175, help="words a minute, 80 to 450 (175)")
    say.add_argument("--pitch", metavar="N", type=int, default=50, help="0 to 99 (50)")


def run_say(arguments: argparse.Namespace) -> None:
    from ivr.speech.voice import VoiceError, speak, write_wav

    voice = arguments.voice or settings_of(arguments).speech.voice
    try:
        speech = speak(arguments.text, voice, arguments.speed, arguments.pitch)
        write_wav(arguments.file, speech.samples)
    except VoiceError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{arguments.file}: cannot be written: {error.strerror}") from None
