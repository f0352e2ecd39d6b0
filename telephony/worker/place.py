"""What a worker is given by the nursery: its ports, its sockets, its recordings folder, and ears.

It imports no numerical library before `load_speech` is called: those start threads unless they are told not to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from records.audio.keys import load_keyring
from records.keyfile import SealError
from telephony.link.wire import socket_path
from telephony.worker.engine import Ports
from telephony.worker.legs.security import Security, security_of
from telephony.worker.recorder.keeping import Keeping

if TYPE_CHECKING:
    from ivr.speech.ear import Words

Speech = Callable[[tuple[str, ...]], "Words"]
"""Makes a recogniser for a grammar."""

SLOT_PORTS = 16
"""RTP and RTCP ports of a worker: four legs need eight, the rest is for ports others hold."""


@dataclass(frozen=True)
class Place:
    """What the nursery gives a worker: its id, slot, ports and the sockets it reports to."""

    worker: str
    slot: int
    ports: Ports
    core: Path
    nursery: Path
    keeping: Keeping
    recogniser: Speech | None
    no_speech: str
    silence_seconds: float
    security: Security


def slots(settings: Settings) -> int:
    """How many workers' RTP ports there are above `media.first_port`."""
    return max(1, (65536 - settings.media.first_port) // SLOT_PORTS)


def place(settings: Settings, worker: str, slot: int, speech: Speech | None, no_speech: str) -> Place:
    """What one worker is given: its ports and the sockets it reports to."""
    host, port = settings.sip.inside
    ports = Ports(
        rtp_port=settings.media.first_port + slot * SLOT_PORTS,
        rtp_range=SLOT_PORTS,
        media_address=settings.media.address,
        proxy=f"sip:{host}:{port};lr",
        codecs=settings.media.codecs,
        accounts=accounts_of(settings),
        session_seconds=settings.media.session_seconds,
    )
    core = socket_path(settings, "core")
    nursery = socket_path(settings, "nursery")
    keeping, silence = load_keeping(settings), settings.media.silence_seconds
    security = security_of(settings)
    return Place(worker, slot, ports, core, nursery, keeping, speech, no_speech, silence, security)


def load_keeping(settings: Settings) -> Keeping:
    """How recordings are kept. Without a key that can be used nothing is recorded: never in the clear."""
    floor = settings.recording.min_free_mb * 1e6
    try:
        key, why = load_keyring(settings).newest, ""
    except SealError as error:
        key, why = None, str(error)
    return Keeping(settings.recordings, key, why, settings.recording.sync_seconds, floor)


def accounts_of(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """Our accounts at carriers, as PJSIP takes them. Those with a realm come first: a * would answer for them."""
    known = [each.account for each in settings.trunks if each.account is not None and each.outbound is not None]
    found = [(each.realm or "*", each.user, each.password.get_secret_value()) for each in known]
    return tuple(sorted(found, key=lambda each: each[0] == "*"))


def load_speech(settings: Settings) -> tuple[Speech | None, str]:
    """What makes recognisers, or None and why not. The model is loaded here once, and shared by every fork."""
    from ivr.speech import recogniser, store  # noqa: PLC0415

    try:
        if reason := store.trouble(settings):
            return None, reason
        model = recogniser.load_model(store.find(settings.speech.model, settings.models))
    except store.ModelError as error:
        return None, str(error)
    return lambda grammar: recogniser.Recogniser(model, grammar), ""
