"""What /healthz says: live, ready and draining, by what the parts say of themselves."""

import json
from typing import Any

import pytest
from twisted.web.test.requesthelper import DummyRequest

from agent_console.health import Health
from hotline.commands import CommandError
from hotline.commands.edge import seconds_of
from hotline.desk.health import Parts, health

EDGE: dict[str, Any] = {"draining": False, "nursery": True, "idle": 2, "busy": 1, "trunks": [], "counts": {}, "bans": 0}


def of(edge: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    return health(Parts(EDGE | (edge or {}), most_workers=4, **parts))


def test_all_well() -> None:
    found = of()
    assert (found["live"], found["ready"], found["draining"]) == (True, True, False)
    assert found["parts"] == {"edge": "up", "workers": "up", "log": "up", "speech": "up", "trunks": "none"}


@pytest.mark.parametrize(
    ("edge", "part", "state"),
    [
        ({"draining": True}, "edge", "draining"),
        ({"nursery": False}, "workers", "down"),
        ({"idle": 0, "busy": 4}, "workers", "exhausted"),
    ],
)
def test_what_costs_calls_is_not_ready(edge: dict[str, Any], part: str, state: str) -> None:
    found = of(edge)
    assert not found["ready"] and found["parts"][part] == state


def test_no_edge_is_not_ready() -> None:
    found = health(Parts({}))
    assert not found["ready"] and found["parts"]["edge"] == "down" and found["parts"]["workers"] == "down"


@pytest.mark.parametrize(
    ("edge", "parts", "part", "state"),
    [
        ({}, {"log_trouble": "disk"}, "log", "failing"),
        ({}, {"speech_trouble": "no model"}, "speech", "degraded"),
        ({"idle": 0, "busy": 3}, {}, "workers", "up"),
        ({"trunks": [{"outbound": True, "usable": False}]}, {}, "trunks", "down"),
        (
            {"trunks": [{"outbound": True, "usable": use} for use in (False, True)]},
            {},
            "trunks",
            "degraded",
        ),
    ],
)
def test_what_degrades_stays_ready(edge: dict[str, Any], parts: dict[str, Any], part: str, state: str) -> None:
    found = of(edge, **parts)
    assert found["ready"] and found["parts"][part] == state


@pytest.mark.parametrize(
    ("path", "ready", "code"),
    [
        ("", True, 200),
        ("", False, 503),
        ("ready", False, 503),
        ("ready", True, 200),
        ("live", False, 200),
        ("x", 1, 404),
    ],
)
def test_the_status_is_for_balancers(path: str, ready: bool, code: int) -> None:
    request = DummyRequest([path.encode()])
    body = Health(lambda: {"ready": ready}).render_GET(request)
    assert (request.responseCode or 200) == code
    if code != 404:
        assert isinstance(json.loads(body), dict)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800)])
def test_spans(text: str, seconds: float) -> None:
    assert seconds_of(text, "--for") == seconds


@pytest.mark.parametrize("text", ["", "0m", "5", "m", "1.5h", "-1m"])
def test_bad_spans_name_the_way_out(text: str) -> None:
    with pytest.raises(CommandError, match="such as 30m"):
        seconds_of(text, "--for")
