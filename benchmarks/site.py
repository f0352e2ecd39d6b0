"""Hotlines to be measured: each whole, in a home of its own, on free ports, with short recorded prompts.

It knows how a site is set up, not what is measured on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml

from config.load import PACKAGED
from hotline.asking import ask
from hotline.demo.surroundings import make_agents
from ivr.speech.sound import write_wav
from tests.process.sipp.drive import User
from tests.process.sipp.media import tone
from tests.running import Hotline, until

TRUNKS = "trunks: [{name: carrier, addresses: [127.0.0.0/8]}]\n"
FIRST_RTP_PORT = 24000


@contextmanager
def site(direct: bool, recording: bool = True) -> Iterator[Hotline]:
    """A running hotline. With `direct` callers go from a short notice straight to the queue; else they are asked.

    The question and the notice are digital silence, 「没有这个选项」 is a loud tone: a change of prompt can be heard.
    """
    with TemporaryDirectory(prefix="bench-") as home:
        settings = f"media: {{first_port: {FIRST_RTP_PORT}}}\nrecording: {{enabled: {str(recording).lower()}}}\n"
        settings += "agents: {wrap_up_seconds: 600}\n" + TRUNKS
        running = Hotline(Path(home), settings)
        tree = yaml.safe_load((PACKAGED / "ivr.yaml").read_text(encoding="utf-8"))
        tree |= {"enabled": not direct, "silences": 1000}
        (Path(home) / "ivr.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        recorded = Path(home) / "recorded"
        recorded.mkdir()
        write_wav(recorded / "notice.wav", silence(0.4))
        write_wav(recorded / "question.wav", silence(30))
        write_wav(recorded / "to_person.wav", silence(0.4))
        write_wav(recorded / "wrong_key.wav", tone(1000, 0.3, 12000))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(8000 * seconds), np.int16)


def agents(hotline: Hotline, count: int) -> dict[str, User]:
    """`count` generalists by name, with their phones' accounts."""
    made = make_agents(hotline.settings, count)
    return {agent.name: User(agent.sip_user, agent.sip_password) for agent in made}


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
