"""The agent at their page: what a person does with mouse and keyboard, done over the same HTTP."""

import re
from contextlib import suppress
from typing import Any

import requests

from hotline.commands import CommandError

PATIENCE = 20  # seconds
TOKEN = re.compile(r'name="csrf[-_]token"[^>]*(?:content|value)="([^"]+)"')


class AgentPage:
    """One agent's browser session at the console `url`."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Connection"] = "close"  # a kept one may be closed by the console just as it is used
        self._post("/signin", self._token("/signin"), name=name, password=password)
        self._csrf = self._token("/")

    def press_ready(self) -> None:
        """Ask for calls, after writing the records that an earlier demonstration left unwritten."""
        for call in self._session.get(f"{self._url}/calls/work", timeout=PATIENCE).json()["work"]:
            self.save_record(call["call"], "agent", "演示", "演示中断，补录。")
        self._post("/desk/ready", self._csrf)

    def press_pause(self) -> None:
        """No more calls, please; harmless when the console is gone."""
        with suppress(CommandError, requests.RequestException):
            self._post("/desk/pause", self._csrf, reason="演示结束")

    def save_record(self, call: str, category: str, matter: str, answer: str) -> None:
        self._post(f"/calls/{call}/record", self._csrf, category=category, matter=matter, answer=answer)

    def empty_answer_is_refused(self, call: str) -> bool:
        """Whether a record without an answer is sent back."""
        return self._send(f"/calls/{call}/record", self._csrf, {"category": "law", "matter": "x"}).status_code == 422

    def open_ticket(self, call: str, category: str, title: str, content: str) -> str:
        """Open a ticket out of the call; returns its number."""
        opened = self._post(f"/calls/{call}/ticket", self._csrf, category=category, title=title, content=content)
        return str(opened.json()["ticket"]["number"])

    def press(self, path: str, **fields: str) -> dict[str, Any]:
        """Another button: what the page posts to `path`, and what comes back. Raises CommandError when refused."""
        found: dict[str, Any] = self._post(path, self._csrf, **fields).json()
        return found

    def read(self, path: str) -> dict[str, Any]:
        """What a page's script asks for."""
        found: dict[str, Any] = self._session.get(f"{self._url}{path}", timeout=PATIENCE).json()
        return found

    def close(self) -> None:
        self._session.close()

    def _token(self, path: str) -> str:
        page = self._session.get(self._url + path, timeout=PATIENCE)
        found = TOKEN.search(page.text)
        if page.status_code != 200 or found is None:
            raise CommandError(f"console {path}: answered {page.status_code} without a form")
        return found[1]

    def _post(self, path: str, token: str, **fields: str) -> requests.Response:
        answer = self._send(path, token, fields)
        if answer.status_code >= 400:
            raise CommandError(f"console {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def _send(self, path: str, token: str, fields: dict[str, str]) -> requests.Response:
        data: dict[str, Any] = {"csrf_token": token, **fields}
        headers = {"X-CSRFToken": token, "Referer": self._url}
        return self._session.post(self._url + path, data=data, headers=headers, timeout=PATIENCE)
