"""`hotline model words add` as a site uses it: a word the model lacked is heard afterwards."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ivr.speech.recogniser import load_model, transcribe
from ivr.speech.store import PACKAGED
from ivr.speech.voice import speak

SENTENCE = "去磻溪镇怎么走"

# Looked for, not imported: it and Vosk bring two versions of OpenFst and must not share a process.
if find_spec("pynini") is None:
    pytest.skip("the extra [train] is not installed: make .venv/train", allow_module_level=True)


@pytest.fixture
def add(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "hotline", "model", "words", "add", *words]
        surroundings = os.environ | {"HOTLINE_HOME": str(tmp_path)}
        return subprocess.run(program, env=surroundings, capture_output=True, text=True, check=False, timeout=120)

    return run


def heard(folder: Path) -> str:
    still = np.zeros(3000, np.int16)
    wave = np.concatenate([still, speak(SENTENCE, "cmn+f4").samples, still])
    return "".join(final.text for final in transcribe(load_model(folder), wave.tobytes()))


def test_an_added_word_is_heard(add: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    before = (PACKAGED / "graph/words.txt").read_bytes()
    assert heard(PACKAGED) != SENTENCE
    done = add("磻溪镇=pan2xi1zhen4", "工资")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"] == ["磻溪镇"]
    assert heard(tmp_path / "models/default") == SENTENCE
    assert (PACKAGED / "graph/words.txt").read_bytes() == before
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["default"]
    again = add("磻溪镇=pan2xi1zhen4")
    assert json.loads(again.stdout)["added"] == []


def test_a_refused_word_changes_nothing(add: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = add("工资条儿", "磻溪镇=pan")
    assert done.returncode == 1
    assert "磻溪镇" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "models").exists()
