"""The outbox against real stand-ins that are down, slow, failing, killed, or silent after taking: exactly once."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, time
from typing import Any

import pytest
from pydantic import SecretStr
from twisted.internet.defer import ensureDeferred
from twisted.internet.selectreactor import SelectReactor
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from config.load import PACKAGED
from config.settings import Channel, Channels, Settings
from records.engine import Database, open_database
from records.threads import DatabaseThreads
from records.upgrade import upgrade
from tickets import outbox_entries
from tickets.channels.events import EventRefusedError, receive_event
from tickets.lifecycle import Event
from tickets.outbox import Outbox
from tickets.ticket import get_ticket
from tickets.writing import Draft, change, open_ticket

DRAFT = Draft("law.labour", "欠薪", "三个月没发工资", "li", call="c1", contact_number="13812341234")
LONGEST_WAIT = 30.0


class StandInProcess:
    """A `hotline stand-in` of its own. It takes a free port when first started and keeps it after that."""

    def __init__(self, name: str, folder: Path, *options: str) -> None:
        self.name, self.folder, self.options = name, folder, options
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        program = "import sys; from hotline.cli import main; sys.exit(main())"
        words = ["stand-in", self.name, "--port", str(self.port), "--store", str(self.folder), *self.options]
        self.process = subprocess.Popen([sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert found, said
        self.port = int(found[1])

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        self.process = None

    def ask(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", data, timeout=30) as answer:
            return json.loads(answer.read())

    def numbers(self) -> list[str]:
        return [row["number"] for row in self.ask("received")]


@pytest.fixture
def online(tmp_path: Path) -> Iterator[StandInProcess]:
    made = StandInProcess("online", tmp_path / "stores")
    made.start()
    yield made
    if made.process is not None:
        made.kill()


@pytest.fixture
def settings(tmp_path: Path, online: StandInProcess) -> Settings:
    url = f"http://127.0.0.1:{online.port}"
    quick = Channel(url=url, timeout_seconds=5, retry_seconds=0.02, retry_cap_seconds=0.2)
    return Settings(home=tmp_path / "home", folder=PACKAGED, channels=Channels(online=quick))


class Core:
    """What the core process holds of the outbox, on a reactor that the test turns."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reactor: Any = SelectReactor()
        self.reactor.startRunning(installSignalHandlers=False)
        self.database: Database = open_database(settings)
        self.threads = DatabaseThreads(self.reactor, self.database)
        self.outbox = Outbox(self.reactor, self.threads, settings)
        self.outbox.start()

    def until(self, condition: Callable[[], Any]) -> None:
        end, look = monotonic() + LONGEST_WAIT, 0.0
        while monotonic() < end:
            self.reactor.iterate(0.01)
            if monotonic() > look:
                if condition():
                    return
                look = monotonic() + 0.05
        raise AssertionError("it did not come to pass")

    def open(self, **changes: Any) -> str:
        number = self.database.do(open_ticket, replace(DRAFT, **{"channels": ("online",), **changes}), time()).number
        self.outbox.nudge()
        return number

    def sync(self, number: str) -> outbox_entries.Sync:
        return self.database.read(outbox_entries.sync_of, number)[0]

    def delivered(self, *numbers: str) -> None:
        self.until(lambda: all(self.sync(number).state == "delivered" for number in numbers))

    def end(self) -> None:
        """Stop in good order."""
        over: list[None] = []
        ensureDeferred(self.outbox.stop()).addCallback(over.append)
        self.until(lambda: over)
        ensureDeferred(self.threads.close()).addCallback(over.append)
        self.until(lambda: len(over) == 2)
        self.database.close()
        self.reactor.disconnectAll()


@pytest.fixture
def core(settings: Settings) -> Iterator[Core]:
    upgrade(settings)
    made = Core(settings)
    yield made
    made.end()


def test_a_ticket_arrives_with_what_it_holds(core: Core, online: StandInProcess) -> None:
    number = core.open()
    core.delivered(number)
    (row,) = online.ask("received")
    assert (row["number"], row["title"], row["category_name"], row["deliveries"]) == (number, "欠薪", "劳动", 1)
    assert core.sync(number).reference == row["reference"] == "online-000001"


def test_a_channel_that_is_down_gets_everything_when_it_is_back(core: Core, online: StandInProcess) -> None:
    online.kill()
    numbers = [core.open() for _ in range(12)]
    core.database.do(change, numbers[0], Event.FORWARD, "li", "请办", time())
    core.until(lambda: core.sync(numbers[-1]).attempts > 0)
    assert core.sync(numbers[0]).error == "连不上对方系统：连接被拒绝"
    online.start()
    core.delivered(*numbers)
    rows = online.ask("received")
    assert sorted(row["number"] for row in rows) == numbers
    changes = {row["number"]: [each["state"] for each in row["changes"]] for row in rows}
    assert changes == {number: ["to_dispatch"] if number == numbers[0] else [] for number in numbers}


def test_a_channel_that_fails_a_few_times(core: Core, online: StandInProcess) -> None:
    online.ask("behave", {"fail_with": 503, "fail_times": 4})
    numbers = [core.open() for _ in range(3)]
    core.delivered(*numbers)
    assert sum(core.sync(number).attempts for number in numbers) == 7
    assert sorted(online.numbers()) == numbers


def test_a_channel_that_takes_but_does_not_answer(core: Core, online: StandInProcess) -> None:
    online.ask("behave", {"answer_twice": True})
    numbers = [core.open() for _ in range(5)]
    core.delivered(*numbers)
    rows = online.ask("received")
    assert sorted(row["number"] for row in rows) == numbers
    assert [row["deliveries"] for row in rows] == [2] * 5


def test_a_channel_that_is_too_slow(settings: Settings, online: StandInProcess) -> None:
    impatient = settings.channels.online.model_copy(update={"timeout_seconds": 0.3})
    settings = settings.model_copy(update={"channels": Channels(online=impatient)})
    upgrade(settings)
    core = Core(settings)
    online.ask("behave", {"delay_seconds": 2})
    number = core.open()
    core.until(lambda: core.sync(number).attempts >= 2)
    assert core.sync(number).error == "对方系统0.3秒内没有应答"
    online.ask("behave", {})
    core.delivered(number)
    (row,) = online.ask("received")
    assert row["deliveries"] >= 3
    core.end()


def test_a_slow_channel_holds_up_no_other(tmp_path: Path, settings: Settings, online: StandInProcess) -> None:
    window = StandInProcess("window", tmp_path / "stores")
    window.start()
    second = settings.channels.online.model_copy(update={"url": f"http://127.0.0.1:{window.port}"})
    settings = settings.model_copy(update={"channels": Channels(online=settings.channels.online, window=second)})
    upgrade(settings)
    core = Core(settings)
    online.ask("behave", {"delay_seconds": 4})
    numbers = [core.open(channels=("online", "window")) for _ in range(10)]
    core.until(lambda: sorted(window.numbers()) == numbers)
    core.until(
        lambda: all(core.database.read(outbox_entries.sync_of, number)[1].state == "delivered" for number in numbers)
    )
    assert any(core.sync(number).state == "waiting" for number in numbers)
    core.end()
    window.kill()


def test_a_refusal_is_parked_with_its_reason_until_somebody_asks_again(core: Core, online: StandInProcess) -> None:
    online.ask("behave", {"fail_with": 422, "fail_times": 1})
    number = core.open()
    core.until(lambda: core.sync(number).state == "failed")
    assert core.sync(number).error == "对方系统返回422：told to fail"
    other = core.open()
    core.delivered(other)
    assert online.numbers() == [other]
    core.database.do(outbox_entries.retry, number, "online", time())
    core.outbox.nudge()
    core.delivered(number)
    assert sorted(online.numbers()) == [number, other]


def test_everything_at_once_and_both_sides_killed(settings: Settings, online: StandInProcess) -> None:
    upgrade(settings)
    core = Core(settings)
    numbers: list[str] = []
    faults = [
        {"fail_with": 500, "fail_times": 5},
        {"answer_twice": True},
        {"delay_seconds": 0.2, "answer_twice": True},
        {"fail_with": 429, "fail_times": 3},
    ]
    for fault in faults:
        online.ask("behave", fault)
        numbers += [core.open() for _ in range(8)]
        core.database.do(change, numbers[-1], Event.FORWARD, "li", None, time())
        arrived = len(online.numbers())
        core.until(lambda arrived=arrived: len(online.numbers()) > arrived)
        online.kill()
        core.end()
        online.start()
        core = Core(settings)
    core.delivered(*numbers)
    rows = online.ask("received")
    assert sorted(row["number"] for row in rows) == numbers
    assert [len(row["changes"]) for row in sorted(rows, key=lambda row: row["number"])] == ([0] * 7 + [1]) * 4
    core.end()


def test_without_the_token_nothing_is_taken(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "strict.yaml").write_text("channels: {online: {token: right}}\n")
    strict = StandInProcess("online", tmp_path / "strict", "--config", str(tmp_path / "strict.yaml"))
    strict.start()
    channel = settings.channels.online.model_copy(update={"url": f"http://127.0.0.1:{strict.port}"})
    for token, state in (("wrong", "failed"), ("right", "delivered")):
        known = channel.model_copy(update={"token": SecretStr(token)})
        own = settings.model_copy(update={"channels": Channels(online=known), "home": tmp_path / token})
        upgrade(own)
        core = Core(own)
        number = core.open()
        core.until(lambda core=core, number=number: core.sync(number).state != "waiting")
        assert core.sync(number).state == state
        core.end()
    assert len(strict.numbers()) == 1
    strict.kill()


class Events(Resource):
    """The console's place for pushed changes, as small as can be."""

    isLeaf = True

    def __init__(self, core: Core) -> None:
        super().__init__()
        self.core = core

    def render_POST(self, request: Any) -> int:
        def answer(status: int, body: dict[str, Any]) -> None:
            request.setResponseCode(status)
            request.write(json.dumps(body).encode())
            request.finish()

        def refused(failure: Any) -> None:
            error = failure.value
            assert isinstance(error, EventRefusedError)
            answer(error.status, error.body())

        payload = json.loads(request.content.read())
        taken = self.core.threads.write(receive_event, "online", payload, time())
        taken.addCallback(lambda received: answer(200, received.body())).addErrback(refused)
        return NOT_DONE_YET


def test_changes_are_pushed_back_once(tmp_path: Path, core: Core) -> None:
    site = Site(Events(core))
    listening = core.reactor.listenTCP(0, site, interface="127.0.0.1")
    pusher = StandInProcess("online", tmp_path / "pusher", "--push-to", f"http://127.0.0.1:{listening.getHost().port}")
    pusher.start()
    pusher.ask("behave", {"answer_twice": True})
    number = core.open()
    core.delivered(number)
    body = json.dumps({"ticket": number, "state": "办理中", "note": "已联系单位"})
    asking = subprocess.Popen(
        [sys.executable, "-c", PUSH, f"http://127.0.0.1:{pusher.port}/push", body], stdout=subprocess.PIPE, text=True
    )
    core.until(lambda: asking.poll() is not None)
    answers = json.loads(asking.communicate()[0])["answers"]
    assert [answer["body"]["duplicate"] for answer in answers] == [False, True]
    detail = core.database.read(get_ticket, number)
    assert detail is not None
    assert (detail.ticket.state_name, [step.note for step in detail.history if step.note]) == ("办理中", ["已联系单位"])
    pusher.kill()


PUSH = (
    "import sys, urllib.request as r;"
    "print(r.urlopen(r.Request(sys.argv[1], sys.argv[2].encode(), method='POST'), timeout=30).read().decode())"
)
