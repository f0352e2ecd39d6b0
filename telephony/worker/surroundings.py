"""What a conversation is given from outside: where facts go, where recordings lie, ears, a clock."""

from collections.abc import Callable
from dataclasses import dataclass

from config.settings import Srtp
from ivr.facts import Fact
from ivr.speech.ear import Words
from telephony.worker.ears.listening import Heard, Listening
from telephony.worker.engine import Account
from telephony.worker.recorder.keeping import Keeping


@dataclass(frozen=True)
class Surroundings:
    """`recogniser` makes words for a grammar, or is None for the reason `no_speech`; `clock` gives seconds."""

    tell: Callable[[Fact], None]
    keeping: Keeping
    recogniser: Callable[[tuple[str, ...]], Words] | None
    no_speech: str
    heard: Callable[[Listening, Heard], None]
    clock: Callable[[], float]
    silence_seconds: float
    account_for: Callable[[str, Srtp | None], Account]
    """Who dials a URI, with another SRTP than the settings have for it where one is named."""
