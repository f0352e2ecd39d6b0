"""What a demonstration needs around it: the hotline, the outside systems, agents. Starts what is not running.

What it starts it ends; what was running is left alone.
"""

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import requests

from config.settings import Settings
from hotline.asking import tell_if_running
from hotline.commands import CommandError
from hotline.run.ready import core_serves, edge_serves, workers_serve
from records import accounts
from records.engine import open_database

PATIENCE = 120.0  # seconds for the first start, which renders prompts
GENERALIST = {"*": 3}


@dataclass(frozen=True)
class DemoAgent:
    name: str
    password: str
    sip_user: str
    sip_password: str


@contextmanager
def surroundings(settings: Settings, config: Path | None) -> Iterator[None]:
    """The hotline and the stand-ins of the online and the window channel, up for as long as this lasts."""
    with ExitStack() as started:
        for channel, url in (("online", settings.channels.online.url), ("window", settings.channels.window.url)):
            if not url:
                raise CommandError(f"channels.{channel}.url: is empty, so no ticket can be delivered there")
            if not answers(url):
                port = str(urlsplit(url).port or 80)
                store = str(settings.home / "stand-ins" / channel)
                started.enter_context(process(["stand-in", channel, "--port", port, "--store", store], settings))
                wait_for(partial(answers, url), f"the {channel} stand-in")
        if not serves(settings):
            own = ["--config", str(config)] if config else []
            running = started.enter_context(process(["run", *own], settings))
            wait_for(lambda: serves(settings) or running.poll() is not None, "the hotline")
            if running.poll() is not None:
                raise CommandError(f"the hotline did not start; see {settings.home / 'demo.log'}")
        yield


@contextmanager
def process(words: list[str], settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A hotline command in a process of its own, its output in home/demo.log."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.home / "demo.log").open("ab") as log:
        started = subprocess.Popen([sys.executable, "-m", "hotline", *words], stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def make_agents(settings: Settings, count: int) -> list[DemoAgent]:
    """`count` generalist agents named demo01, demo02 …, with new passwords each time."""
    database = open_database(settings)
    made = []
    try:
        known = {account.name for account in database.read(accounts.list_accounts)}
        for number in range(1, count + 1):
            name, password = f"demo{number:02}", secrets.token_urlsafe(12)
            if name not in known:
                database.do(
                    accounts.add_user, name, "agent", GENERALIST, password, settings.sip.realm, f"演示{number:02}"
                )
            database.do(accounts.set_password, name, password)
            sip_password = database.do(accounts.set_sip_password, name, settings.sip.realm)
            account = database.read(accounts.account, name)
            assert account is not None and account.sip_user is not None
            made.append(DemoAgent(name, password, account.sip_user, sip_password))
    finally:
        database.close()
    tell_if_running(settings, "accounts.changed")
    return made


def serves(settings: Settings) -> bool:
    return core_serves(settings) and workers_serve(settings) and edge_serves(settings)


def answers(url: str) -> bool:
    """Whether somebody listens at `url`."""
    try:
        requests.get(f"{url}/received", timeout=2)
    except requests.RequestException:
        return False
    return True


def wait_for(ready: Callable[[], bool], what: str) -> None:
    """Wait until `ready()` is true. Raises CommandError after PATIENCE."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if ready():
            return
        time.sleep(0.1)
    raise CommandError(f"{what} did not come up within {PATIENCE:.0f} s")
