"""The commands of speech: `say`, `transcribe`, `model`. They read and write files; ivr.speech does the work."""

import argparse
import sys
from pathlib import Path
from time import perf_counter

from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of

# Imports stand inside the commands: Vosk, espeak-ng and torch are slow to load, and each command needs one of them.


def register(commands: Commands) -> None:
    say = command(commands, "say", run_say, "Speak TEXT into a WAV file (8 kHz, mono).")
    say.add_argument("text", metavar="TEXT")
    say.add_argument("file", metavar="F.wav", type=Path)
    say.add_argument(
        "--voice", metavar="V", help="a voice of prompts.yaml, or espeak-ng's cmn+NAME, as cmn+f2; else speech.voice"
    )
    say.add_argument("--speed", metavar="N", type=int, help="espeak-ng: words a minute, 80 to 450 (175)")
    say.add_argument("--pitch", metavar="N", type=int, help="espeak-ng: 0 to 99 (50)")
    hear = command(commands, "transcribe", run_transcribe, "Write down what is said in WAV files, one JSON line each.")
    hear.add_argument("files", metavar="F.wav", type=Path, nargs="+")
    hear.add_argument("--model", metavar="NAME", help="a model by name; by default the setting speech.model")
    model = commands.add_parser("model", help="Install, list or train speech models.")
    model_commands = model.add_subparsers(required=True, metavar="WHAT")
    install = command(model_commands, "install", run_install, "Install a Vosk model from its zip file.")
    install.add_argument("file", metavar="FILE.zip", type=Path)
    command(model_commands, "list", run_list, "List the models there are.")
    words = model_commands.add_parser("words", help="Add words to a model that this project trained.")
    words_commands = words.add_subparsers(required=True, metavar="WHAT")
    add = command(words_commands, "add", run_words_add, "Add words; only the graph is made again, in seconds.")
    add.add_argument("words", metavar="WORD[=pin1yin1]", nargs="+", help="a word, with its reading where it is unusual")
    add.add_argument("--model", metavar="NAME", help="a model by name; by default the setting speech.model")
    train = command(model_commands, "train", run_train, "Train the small default model again.")
    train.add_argument(
        "--out", metavar="DIR", type=Path, help="where the model goes; by default the packaged one's place"
    )
    train.add_argument("--hours", metavar="H", type=float, help="hours of speech (16)")
    train.add_argument("--epochs", metavar="N", type=int, help="times the network sees all of it (8)")
    train.add_argument("--further", action="store_true", help="train the packaged model's network on, not a new one")
    train.add_argument("--keep-corpus", action="store_true", help="leave the corpus in the home folder's training/")


def run_say(arguments: argparse.Namespace) -> None:
    from ivr.load import load_speaking
    from ivr.speaking.engines import lacking, load
    from ivr.speaking.joints import finished
    from ivr.speaking.voices import Espeak
    from ivr.speech.voice import VoiceError, write_wav

    settings = settings_of(arguments)
    speaking = load_speaking(settings)
    name = arguments.voice or settings.speech.voice
    voice = speaking.voice(name)
    if voice is None:
        known = ", ".join(speaking.voices)
        raise CommandError(f"voice: {name!r}: no such voice; there are {known}, and espeak-ng's own, such as cmn+f2")
    changed = {key: value for key in ("speed", "pitch") if (value := getattr(arguments, key)) is not None}
    if changed and not isinstance(voice, Espeak):
        raise UsageError(f"say: --speed and --pitch are for espeak-ng; set them for {name} in prompts.yaml")
    voice = voice.model_copy(update=changed)
    if missing := lacking(voice, settings.home / "voices"):
        raise CommandError(f"voice {name}: {'; '.join(missing)}")
    try:
        write_wav(arguments.file, finished(load(voice, settings.home / "voices").render(arguments.text, final=True)))
    except VoiceError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{arguments.file}: cannot be written: {error.strerror}") from None


def run_transcribe(arguments: argparse.Namespace) -> None:
    from ivr.speech.ear import utterances
    from ivr.speech.recogniser import Recogniser, load_model
    from ivr.speech.sound import RATE, SoundError, read_wav
    from ivr.speech.store import ModelError, find

    settings = settings_of(arguments)
    try:
        model = load_model(find(arguments.model or settings.speech.model, settings.models))
    except ModelError as error:
        raise CommandError(str(error)) from None
    refused = 0
    for file in arguments.files:
        try:
            samples = read_wav(file)
        except SoundError as error:
            print(error, file=sys.stderr)
            refused += 1
            continue
        started = perf_counter()
        text = "".join(utterance.text for utterance in utterances(Recogniser(model), samples))
        seconds = samples.size / RATE
        rtf = (perf_counter() - started) / seconds
        print_rows([{"file": str(file), "text": text, "seconds": round(seconds, 3), "rtf": round(rtf, 4)}])
    if refused:
        raise CommandError(f"{refused} of {len(arguments.files)} files could not be transcribed")


def run_install(arguments: argparse.Namespace) -> None:
    from ivr.speech.recogniser import load_model
    from ivr.speech.store import ModelError, install

    settings = settings_of(arguments)
    try:
        model = install(arguments.file, settings.models)
        load_model(model.folder)
    except ModelError as error:
        raise CommandError(str(error)) from None
    print_rows([{"name": model.name, "folder": str(model.folder), "bytes": model.size}])
    if settings.speech.model != model.name:
        print(f"To use it, set in the settings file:\nspeech:\n  model: {model.name}", file=sys.stderr)


def run_list(arguments: argparse.Namespace) -> None:
    from ivr.speech.store import stored

    settings = settings_of(arguments)
    print_rows(
        {
            "name": model.name,
            "folder": str(model.folder),
            "bytes": model.size,
            "used": model.name == settings.speech.model,
        }
        for model in stored(settings.models)
    )


def run_words_add(arguments: argparse.Namespace) -> None:
    from ivr.speech.recogniser import load_model
    from ivr.speech.store import PACKAGED, ModelError, find
    from ivr.speech.training.adding import add

    settings = settings_of(arguments)
    name = arguments.model or settings.speech.model
    try:
        source = find(name, settings.models)
        out = settings.models / name
        new = add(arguments.words, source, out, _shown)
        known = load_model(out if new else source).knows
        lost = [word for word in new if not known(word)]
    except ModelError as error:
        raise CommandError(str(error)) from None
    if lost:
        raise CommandError(f"{out}: the model does not know {lost[0]!r} now: install it again")
    print_rows([{"name": name, "folder": str(out if new else source), "added": new}])
    if new and source == PACKAGED:
        _shown(f"{out} now stands in for the model of the program; remove that folder to go back")


def run_train(arguments: argparse.Namespace) -> None:
    from ivr.speech.store import PACKAGED

    try:
        from ivr.speech.training import run
    except ImportError as error:
        lacking = f"training needs the extra [train] ({error.name} is missing)"
        raise CommandError(f"{lacking}: pip install -e '.[train]', or make model") from None
    hours = run.HOURS if arguments.hours is None else arguments.hours
    epochs = run.EPOCHS if arguments.epochs is None else arguments.epochs
    if not 0.1 <= hours <= 200:
        raise CommandError(f"--hours {hours}: must be 0.1 to 200")
    if not 1 <= epochs <= 100:
        raise CommandError(f"--epochs {epochs}: must be 1 to 100")
    work = settings_of(arguments).home / "training"
    try:
        plan = run.Plan(hours, epochs, PACKAGED if arguments.further else None, arguments.keep_corpus)
        run.train(arguments.out or PACKAGED, work, plan, _shown)
    except (OSError, RuntimeError, ValueError) as error:
        raise CommandError(f"training: {' '.join(str(error).split())}") from None


def _shown(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
