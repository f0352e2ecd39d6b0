"""The test's end of a running console: accounts, facts of calls, signed-in browsers over plain HTTP."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from config.load import PACKAGED
from config.settings import Settings
from records.accounts import add_user
from records.engine import open_database
from records.upgrade import upgrade
from tests.running import free_port

PROGRAM = Path(__file__).with_name("console_program.py")
PASSWORD = "geheim-12348"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Console:
    """A console in a process of its own, in the home `home`."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, folder=PACKAGED)
        upgrade(self.settings)
        self.database = open_database(self.settings)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._names = itertools.count(1)
        self._calls = itertools.count(1)
        self._agents: list[str] = []
        environment = os.environ | {"HOTLINE_HOME": str(home), "HOTLINE_WEB_PORT": str(self.port)}
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._answer() == {"ready": True}

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        if self._process.poll() is not None:
            self._process.stdout.close()
            self.database.close()
            return
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process.stdout.close()
            self.database.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, answer["error"]
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the console is gone"
        found: dict[str, Any] = json.loads(line)
        return found

    # --- people

    def account(self, role: str, display_name: str = "") -> str:
        name = f"{role}{next(self._names):02}"
        skills = {"*": 3} if role == "agent" else {}
        self.database.do(add_user, name, role, skills, PASSWORD, "12348", display_name)
        self.order(accounts=True)
        return name

    def person(self, role: str) -> "Person":
        return Person(self, self.account(role))

    def again(self, person: "Person") -> "Person":
        """The same person in another session."""
        return Person(self, person.name)

    def stranger(self, name: str = "nobody") -> "Person":
        return Person(self, name, sign_in=False)

    def agent(self, ready: bool = True) -> "Person":
        """An agent with a phone, ready unless told otherwise. Agents before this one take a break: calls go to this."""
        for earlier in self._agents:
            self.order(fact="PauseAsked", agent=earlier, reason="小休")
        found = self.person("agent")
        self._agents.append(found.name)
        self.order(fact="PhoneRegistered", agent=found.name)
        if ready:
            self.order(fact="ReadyAsked", agent=found.name)
        return found

    # --- calls

    def call(self, caller: str = "13800001234", said: str = "老板欠我三个月工资不给怎么办") -> str:
        """A caller who said what it is about and waits for a person (or already rings one)."""
        call = f"call-{next(self._calls)}"
        self.order(fact="Arrived", call=call, caller=caller, called="12348", trunk="local")
        self.order(fact="Answered", call=call)
        self.order(fact="PromptEnded", call=call, prompt="notice", completed=True)
        self.order(fact="Heard", call=call, text=said, confidence=0.91, seconds=3.2)
        return call

    def join(self, call: str, agent: str) -> None:
        self.order(fact="LegRinging", call=call, leg=f"agent:{agent}")
        self.order(fact="LegAnswered", call=call, leg=f"agent:{agent}")

    def end(self, call: str, code: int = 200) -> None:
        self.order(fact="LegEnded", call=call, leg="caller", code=code, reason="")

    def finish(self, call: str) -> None:
        """The worker is done with the call and gone."""
        self.order(fact="WorkerLost", call=call, reason="")

    def talked(self, agent: str, **call: str) -> str:
        """A call that `agent` answered and that is over; its record is not written."""
        made = self.call(**call)
        self.join(made, agent)
        self.end(made)
        self.finish(made)
        return made


class Person:
    """Somebody signed in, by plain HTTP."""

    def __init__(self, console: Console, name: str, sign_in: bool = True) -> None:
        self.console, self.name = console, name
        self.http = requests.Session()
        self._token = ""
        if sign_in:
            answer = self.sign_in(PASSWORD)
            assert answer.status_code == 303, answer.text

    def sign_in(self, password: str, **more: str) -> requests.Response:
        data = {"name": self.name, "password": password, "csrf_token": self.token("/signin"), **more}
        return self.http.post(self.console.address + "/signin", data=data, allow_redirects=False, timeout=10)

    def token(self, path: str = "/tickets") -> str:
        found = TOKEN.search(self.get(path).text)
        assert found
        return found[1]

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.http.get(self.console.address + path, **{"timeout": 10, **more})

    def post(self, path: str, token: str | None = None, **data: str) -> requests.Response:
        """As the pages' scripts do: the token in a header, JSON back."""
        if token is None:
            token = self._token = self._token or self.token()
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        return self.http.post(
            self.console.address + path, data=data, headers=headers, allow_redirects=False, timeout=10
        )

    def events(self, path: str) -> "Events":
        return Events(self, path)


class Events:
    """A live stream, read event by event."""

    def __init__(self, person: Person, path: str) -> None:
        self.answer = person.get(path, stream=True, timeout=(10, 20))
        self._lines = self.answer.iter_lines()

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()

    def next(self) -> tuple[str, str]:
        """The next event: its name and data. Raises StopIteration when the stream is closed."""
        event, data = "", ""
        while True:
            line = next(self._lines).decode()
            if not line and event:
                return event, data
            field, _, value = line.partition(": ")
            if field == "event":
                event = value
            elif field == "data":
                data = value

    def snapshot(self) -> dict[str, Any]:
        """What the next snapshot says is now."""
        while True:
            event, data = self.next()
            if event == "snapshot":
                now: dict[str, Any] = json.loads(data)["now"]
                return now
