"""Voicemail (留言) as configured: when a message may be left, how long it may be, what is said on the way. PURE.

It decides which files of configuration are sound. It must not know how a message is recorded (telephony.worker) nor
what becomes of its ticket (hotline.services.messages).
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from ivr.speaking.wording import Wording

PREFIX = "voicemail."
MARK = "message"
"""In the name of a message's file, behind its call: CALL.message.rec beside the recording CALL.rec."""
SPOKEN = ("offer", "greeting", "nothing", "review", "sent", "kept", "cancelled")
KEYS = {"send": "1", "again": "2", "anew": "3", "cancel": "*", "person": "0", "end": "#"}
"""What the caller may press; `end` while the message is recorded, the others after it."""


class VoicemailSettings(BaseModel):
    """config/voicemail.yaml. Times are seconds; `clock_hours` is the promise: by then somebody has called back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    key: str = Field(default="8", pattern="^[1-9*#]$")
    in_queue: Literal["crowded", "always", "never"] = "crowded"
    longest_seconds: PositiveFloat = Field(default=180, le=600)
    least_seconds: PositiveFloat = 2
    silence_seconds: PositiveFloat = 6
    answer_seconds: PositiveFloat = 10
    clock_hours: PositiveFloat = 24
    title: str = Field(default="语音留言", min_length=1, max_length=60)
    urgency: str = "普通"
    channels: tuple[Literal["online", "window", "12345"], ...] = ()
    prompts: Mapping[str, str]

    def texts(self) -> dict[str, str]:
        """Name → text of every prompt; {number:digits} is left in it."""
        if not self.enabled:
            return {}
        filled = {"{key}": self.key, "{hours}": f"{self.clock_hours:g}"}
        texts = {}
        for name, text in self.prompts.items():
            texts[f"{PREFIX}{name}"] = re.sub(r"\{key\}|\{hours\}", lambda place: filled[place[0]], text)
        return texts

    @property
    def wording(self) -> Wording:
        return Wording(self.texts())


def faults(settings: VoicemailSettings, urgencies: Collection[str], callback_key: str) -> list[str]:
    """What the types cannot say."""
    found = [f"prompts.{name}: has no words" for name in SPOKEN if not settings.prompts.get(name, "").strip()]
    found += [
        f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}"
        for name in settings.prompts
        if name not in SPOKEN
    ]
    if "{key}" not in settings.prompts.get("offer", "{key}"):
        found.append("prompts.offer: must hold {key}, the key that begins a message")
    if "{number:digits}" not in settings.prompts.get("sent", "{number:digits}"):
        found.append("prompts.sent: must hold {number:digits}, the ticket's number")
    if settings.least_seconds >= settings.longest_seconds:
        found.append(f"least_seconds: {settings.least_seconds:g}: must be less than longest_seconds")
    if settings.urgency not in urgencies:
        found.append(f"urgency: {settings.urgency!r}: must be one of {', '.join(urgencies)}")
    if settings.key == callback_key and settings.enabled:
        found.append(f"key: {settings.key!r}: asks for a callback already (callbacks.yaml, key); use another")
    return found
