"""Where speech models are: the packaged "default", and HOTLINE_HOME/models/NAME, put there from Vosk's zip files.

It decides what is a model and what may be unpacked; it must not load one.
"""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from config.settings import Settings

PACKAGED = Path(__file__).parent / "default_model"
DEFAULT = "default"
LARGEST = 8 * 2**30  # bytes unpacked; vosk-model-cn-0.22 has 2.0 GiB
MOST_FILES = 2000


class ModelError(ValueError):
    """The model cannot be used or installed; one line that names it and says the way out."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model directory; `size` in bytes of all its files."""

    name: str
    folder: Path
    size: int


def find(name: str, models: Path) -> Path:
    """The directory of the model `name`. Raises ModelError when there is none or it is not whole."""
    if name == DEFAULT and not (models / name).exists():
        folder = PACKAGED
    elif not name or name != PurePosixPath(name).name or name in (".", ".."):
        raise ModelError(f"speech.model: {name!r}: must be a name without slashes; see hotline model list")
    else:
        folder = models / name
    if not folder.is_dir():
        raise ModelError(
            f"speech.model: {name!r}: no such model; see hotline model list, or hotline model install FILE.zip"
        )
    lacking = incomplete(folder)
    if lacking:
        raise ModelError(f"speech.model: {name!r}: {folder} lacks {lacking}; install it again")
    return folder


def trouble(settings: Settings) -> str:
    """Why the hotline does not hear, in one line; empty when it does. Looks at files only, loads nothing."""
    if not settings.speech.enabled:
        return "switched off by speech.enabled: false"
    try:
        find(settings.speech.model, settings.models)
    except ModelError as error:
        return str(error)
    return ""


def incomplete(folder: Path) -> str:
    """What a model directory lacks, in words; empty when nothing."""
    if not (folder / "am/final.mdl").is_file():
        return "am/final.mdl"
    graph = folder / "graph"
    whole = (graph / "HCLG.fst").is_file()
    parts = (graph / "HCLr.fst").is_file() and (graph / "Gr.fst").is_file()
    return "" if whole or parts else "graph/HCLG.fst, or graph/HCLr.fst and graph/Gr.fst"


def stored(models: Path) -> list[StoredModel]:
    """All models, the default first, then by name; broken ones are left out."""
    found = [(DEFAULT, PACKAGED)] if not (models / DEFAULT).is_dir() else []
    if models.is_dir():
        found += [(folder.name, folder) for folder in sorted(models.iterdir()) if not folder.name.startswith(".")]
    return [
        StoredModel(name, folder, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
        for name, folder in found
        if folder.is_dir() and not incomplete(folder)
    ]


def install(archive: Path, models: Path) -> StoredModel:
    """Unpack the Vosk model in the zip file `archive` into `models` under its own name. Raises ModelError.

    Nothing is left behind by an archive that is refused; a model of the same name is replaced as a whole.
    """
    with _opened(archive) as opened:
        root = _root(archive, opened)
        name = root.name or archive.stem
        if name.startswith("."):
            raise ModelError(f"{archive}: its folder is called {name!r}: rename it to a plain name")
        try:
            models.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".install-", dir=models) as scratch:
                fresh = Path(scratch) / name
                _unpack(archive, opened, root, fresh)
                if lacking := incomplete(fresh):
                    raise ModelError(f"{archive}: lacks {lacking}: must be a Vosk model")
                _put(fresh, models / name, Path(scratch) / "before")
        except OSError as error:
            raise ModelError(f"{models}: the model cannot be written: {error.strerror}") from None
    return next(model for model in stored(models) if model.name == name)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        opened = zipfile.ZipFile(archive)
    except FileNotFoundError:
        raise ModelError(f"{archive}: no such file") from None
    except zipfile.BadZipFile:
        raise ModelError(f"{archive}: is not a zip file, or is cut short: get it again") from None
    except OSError as error:
        raise ModelError(f"{archive}: cannot be read: {error.strerror}") from None
    with opened:
        yield opened


def _root(archive: Path, opened: zipfile.ZipFile) -> PurePosixPath:
    """The folder inside the archive that holds am/final.mdl; every entry is checked on the way."""
    entries = opened.infolist()
    if len(entries) > MOST_FILES:
        raise ModelError(f"{archive}: {len(entries)} files: must be {MOST_FILES} at most; this is no Vosk model")
    size = sum(entry.file_size for entry in entries)
    if size > LARGEST:
        raise ModelError(f"{archive}: {size} bytes unpacked: must be {LARGEST} at most")
    roots = []
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise ModelError(f"{archive}: {entry.filename!r}: leads out of the model's folder; do not trust this file")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ModelError(f"{archive}: {entry.filename!r}: is a link; do not trust this file")
        if path.parts[-2:] == ("am", "final.mdl"):
            roots.append(path.parent.parent)
    if len(roots) != 1:
        raise ModelError(f"{archive}: holds {len(roots)} files am/final.mdl: must be one Vosk model")
    return roots[0]


def _unpack(archive: Path, opened: zipfile.ZipFile, root: PurePosixPath, folder: Path) -> None:
    left = LARGEST
    for entry in opened.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if entry.is_dir() or not path.is_relative_to(root):
            continue
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with opened.open(entry) as source, target.open("wb") as sink:
                while block := source.read(2**20):
                    left -= len(block)  # the sizes in the directory may lie
                    if left < 0:
                        raise ModelError(f"{archive}: more than {LARGEST} bytes unpacked; do not trust this file")
                    sink.write(block)
        except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
            raise ModelError(f"{archive}: {entry.filename!r} cannot be unpacked: {error}") from None


def _put(fresh: Path, place: Path, before: Path) -> None:
    if place.exists():
        place.rename(before)
    shutil.move(fresh, place)
