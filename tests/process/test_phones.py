"""`hotline call` and `hotline phone`, as people use them: a caller speaks, an agent's phone answers, both are told."""

import subprocess
import sys
from pathlib import Path

from hotline.demo.hearing import loudness
from tests.running import Hotline, until

SENTENCE = "退租的时候房东说墙脏了要扣押金"


def command(hotline: Hotline, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "hotline", *words, "--config", str(hotline.config)],
        env=hotline.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_call_is_answered_by_a_phone(hotline: Hotline, tmp_path: Path) -> None:
    caller, name = "13911119101", "typed-phone"
    made = hotline.cli("user", "add", name, "--role", "agent", "--skill", "*=3")[0]
    wrong = command(hotline, "phone", made["sip_user"], "--password", "wrong")
    assert "the user or the password is wrong" in wrong.communicate(timeout=60)[1]
    assert wrong.returncode == 1
    words = ["--password", made["sip_password"], "--calls", "1", "--hang-up-after", "5", "--say", "您好，请讲。"]
    phone = command(hotline, "phone", made["sip_user"], *words)
    try:
        until(lambda: any(each["name"] == name and each["phone"] for each in hotline.board()["agents"]), "the phone")
        hotline.cli("agent", "ready", name)
        heard = tmp_path / "heard.wav"
        words = ["--keys", "0", "--say", SENTENCE, "--as", caller, "--record", str(heard), "--transcribe"]
        call = command(hotline, "call", *words)
        told, complaint = call.communicate(timeout=120)
        assert call.returncode == 0, told + complaint
        answered, _ = phone.communicate(timeout=60)
    finally:
        phone.kill()
        hotline.cli("agent", "pause", name)
    lines = [line.partition(" s  ")[2] for line in told.splitlines()]
    for step in ("answered", "they speak", "keys 0 sent", "speaking", "said"):
        assert step in lines, told
    assert any(line.startswith("heard: ") for line in lines), told
    assert lines[-1].startswith("they hung up after")
    assert f"a call from {caller}" in answered
    assert loudness(heard) > 300
    record = until(lambda: hotline.record_of(caller), "the record")
    assert (record["outcome"], record["agent"], record["ended_by"]) == ("answered", name, "agent")


def test_how_calls_end_is_told_by_the_exit_code(hotline: Hotline) -> None:
    short = command(hotline, "call", "--as", "13911119102", "--for", "1")
    told = short.communicate(timeout=60)[0]
    assert (short.returncode, "we hung up after" in told) == (0, True), told
    refused = command(hotline, "call", "999", "--as", "13911119103")
    assert "refused: 404" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 3
