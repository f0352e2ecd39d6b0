"""`hotline classify` as a program: JSON lines for any bytes, a report, and errors of one line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def classify(home: Path, *words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", "import sys; from hotline.cli import main; sys.exit(main())", "classify", *words],
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
        env={"HOTLINE_HOME": str(home), "PATH": "", "PYTHONIOENCODING": "utf-8"},
    )


def rows(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode().splitlines()]


def test_a_line_each_whatever_comes(tmp_path: Path) -> None:
    given = "房东不退押金\n\n".encode() + b"\xff\xfe\x00\n" + "工资".encode() * 50000 + "\r\n我要公证".encode()
    done = classify(tmp_path, given=given)
    assert (done.returncode, done.stderr) == (0, b"")
    found = rows(done.stdout)
    assert [row["labels"][0]["code"] for row in found] == ["law.housing", "unclear", "unclear", "law.labour", "notary"]
    assert [row["decision"] for row in found] == ["act", "confirm", "confirm", "act", "confirm"]
    assert found[0].keys() == {"text", "labels", "decision"}
    assert "question" in found[4]


def test_the_report_counts(tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    file.write_text("# some\nlaw.housing\t房东不退押金\nlaw.family\t房东不退押金\n", encoding="utf-8")
    found = rows(classify(tmp_path, "--report", str(file)).stdout)
    assert (found[0]["sentences"], found[0]["accuracy"]) == (2, 0.5)
    assert {"label": "law.housing", "sentences": 1, "precision": 0.5, "recall": 1.0} in found
    assert any(row.get("wanted") == "law.family" and row["found"] == "law.housing" for row in found)


def test_the_report_as_tables(tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    file.write_text("law.housing\t房东不退押金\nemergency.fire\t着火了快来救火\n", encoding="utf-8")
    done = classify(tmp_path, "--report", str(file), "--table")
    lines = done.stdout.decode().splitlines()
    assert [line for line in lines if line.startswith("【")] == ["【总体】", "【险情】", "【各类】", "【置信度校准】"]
    assert any(line.split()[:3] == ["law.housing", "房产租赁物业", "1"] for line in lines)


def test_a_table_needs_a_report(tmp_path: Path) -> None:
    done = classify(tmp_path, "--table")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--report FILE" in done.stderr.decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "line 1: 'nonsense'"),
        ("# fine\nlaw.family\t我想离婚\nlaw.moon\t月亮", "line 3: 'law.moon': unknown label"),
        ("law.family\t", "line 1: law.family: holds no sentence"),
        ("a\n" * 9, "and 4 more"),
        ("", "no labelled"),
    ],
)
def test_a_bad_report_file_is_one_line_of_error(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "said.txt"
    file.write_text(text, encoding="utf-8")
    done = classify(tmp_path, "--report", str(file))
    assert (done.returncode, done.stdout) == (1, b"")
    assert told in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
