"""Hotlines to be measured: each whole, on free ports, with short recorded prompts.

It knows how a site is set up, not what is measured on it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import yaml

from config.load import PACKAGED
from hotline.asking import ask
from ivr.speech.sound import write_wav
from records import accounts
from records.engine import open_database
from tests.process.sipp.drive import User
from tests.process.sipp.media import tone
from tests.running import Hotline, until

TRUNKS = "trunks: [{name: carrier, addresses: [127.0.0.0/8]}]\n"
FIRST_RTP_PORT = 24000
NOBODY_LISTENS = "speech: {enabled: false}\n"
"""As in Asterisk's queue, which has no recogniser: a waiting caller is understood by keys alone."""

NOT_WRITTEN_DOWN = "speech: {transcript: off}\n"
"""As in the scenario Asterisk was measured with; what a live transcript costs is measured on its own."""


@contextmanager
def site(home: Path, direct: bool, recording: bool = True, more: str = "", wrap_up: float = 600) -> Iterator[Hotline]:
    """A hotline that runs on `home`. With `direct` callers go from a short notice straight to the queue.

    `more` are further settings, `wrap_up` seconds.

    The question and the notice are digital silence, 「没有这个选项」 is a loud tone: a change of prompt can be heard.
    """
    settings = f"media: {{first_port: {FIRST_RTP_PORT}}}\nrecording: {{enabled: {str(recording).lower()}}}\n"
    settings += f"agents: {{wrap_up_seconds: {wrap_up:g}}}\n{more}{TRUNKS}"
    running = Hotline(home, settings)
    tree = yaml.safe_load((PACKAGED / "ivr.yaml").read_text(encoding="utf-8"))
    tree |= {"enabled": not direct, "silences": 1000}
    (home / "ivr.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    recorded = home / "recorded"
    recorded.mkdir(exist_ok=True)
    write_wav(recorded / "notice.wav", silence(0.4))
    write_wav(recorded / "question.wav", silence(30))
    write_wav(recorded / "to_person.wav", silence(0.4))
    write_wav(recorded / "wrong_key.wav", tone(1000, 0.3, 12000))
    (home / "run.log").unlink(missing_ok=True)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(8000 * seconds), np.int16)


def agents(hotline: Hotline, count: int) -> dict[str, User]:
    """`count` new generalists by name, with their phones' accounts."""
    database = open_database(hotline.settings)
    realm = hotline.settings.sip.realm
    made = {}
    try:
        for number in range(1, count + 1):
            name = f"bench{number:02}"
            database.do(accounts.add_user, name, "agent", {"*": 3}, secrets.token_urlsafe(12), realm, name)
            password = database.do(accounts.set_sip_password, name, realm)
            account = database.read(accounts.account, name)
            assert account is not None and account.sip_user is not None
            made[name] = User(account.sip_user, password)
    finally:
        database.close()
    ask(hotline.settings, "accounts.changed")
    return made


def ready(hotline: Hotline, names: list[str]) -> None:
    """Sign the agents in once the router knows that their phones are registered."""

    def phones() -> bool:
        known = {agent["name"] for agent in hotline.board()["agents"] if agent["phone"]}
        return known.issuperset(names)

    until(phones, "the agents' phones at the router")
    for name in names:
        ask(hotline.settings, "agent.ready", name=name)


def talking(hotline: Hotline) -> int:
    """Conversations that are up."""
    return sum(1 for call in hotline.board()["calls"] if call["state"] == "TALKING")
