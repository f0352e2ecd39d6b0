"""A hotline that drains: who is on the line goes on, who calls now gets 503, and /healthz says so to load balancers."""

from typing import Any

import requests

from hotline.asking import ask
from telephony.softphone.remote import Softphone
from tests.process.house import free_port
from tests.running import Hotline, until

STAYS, COMES = "13911116601", "13911116602"


def health(hotline: Hotline, path: str = "") -> tuple[int, dict[str, Any]]:
    try:
        answer = requests.get(f"http://127.0.0.1:{hotline.web_port}/healthz{path}", timeout=10)
    except requests.ConnectionError:
        return 0, {}
    return answer.status_code, dict(answer.json())


def test_drained_and_taken_up_again(hotline: Hotline) -> None:
    until(lambda: health(hotline)[0] == 200 or None, "a healthy hotline")
    until(lambda: ask(hotline.settings, "state", "edge")["calls"] == 0 or None, "an edge without a call")
    with (
        Softphone(STAYS, rtp_port=free_port() & ~1) as stays,
        Softphone(COMES, rtp_port=free_port() & ~1) as comes,
    ):
        stays.dial(hotline.number)
        stays.wait("answered", 30)
        until(lambda: [call["caller"] for call in hotline.board()["calls"]] == [STAYS] or None, "nobody else")
        try:
            assert hotline.cli("drain")[0]["calls"] == 1
            code, told = until(lambda: (found := health(hotline))[1].get("draining") and found, "its health")
            assert (code, told["ready"], told["parts"]["edge"]) == (503, False, "draining")
            assert health(hotline, "/live") == (200, {"live": True})
            assert STAYS not in str(told) and "127.0.0.1" not in str(told)
            comes.dial(hotline.number)
            assert comes.wait("ended", 30)["code"] == 503
            until(lambda: hotline.state_of(STAYS) in ("CLOSED", "ASKING") or None, "the question")
            stays.press("0")
            hotline.wait_state(STAYS, "WAITING")
        finally:
            hotline.cli("drain", "--off")
        until(lambda: health(hotline, "/ready")[0] == 200 or None, "ready again")
        comes.dial(hotline.number)
        comes.wait("answered", 30)
        comes.hang_up()
        stays.hang_up()
        assert until(lambda: hotline.record_of(STAYS), "its record")["outcome"] == "abandoned_queue"
        assert until(lambda: hotline.record_of(COMES), "the record")["outcome"] != "failed"
