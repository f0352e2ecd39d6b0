"""What happens when more callers come than can be served: the queue is full, nobody is logged in. PURE.

It decides which path a caller takes. It must not know how many wait (routing) nor what a path does (ivr.dialogue).
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ivr.speaking.wording import Wording

PREFIX = "overload."
SPOKEN = ("full", "nobody", "full_12345", "nobody_12345")
Path = Literal["wait", "offer", "voicemail", "to_12345"]
Why = Literal["full", "nobody"]


class OverloadSettings(BaseModel):
    """config/overload.yaml. `full_at` callers who wait on the line are a full queue; 0: it never is.

    The paths: wait (as ever), offer (told so, with what may be pressed, keeping the place), voicemail (begins at once,
    keeping the place until it is sent), to_12345 (its number is said and the call ends).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    full_at: int = Field(default=30, ge=0)
    queue_full: Path = "offer"
    nobody: Path = "offer"
    prompts: Mapping[str, str]

    def path(self, why: str) -> Path:
        return self.queue_full if why == "full" else self.nobody

    @property
    def wording(self) -> Wording:
        return Wording({f"{PREFIX}{name}": text for name, text in self.prompts.items()})


def faults(settings: OverloadSettings, voicemail: bool) -> list[str]:
    """What the types cannot say. `voicemail` tells whether messages can be left."""
    found = [f"prompts.{name}: has no words" for name in SPOKEN if not settings.prompts.get(name, "").strip()]
    found += [
        f"prompts.{name}: is played nowhere; known prompts: {', '.join(SPOKEN)}"
        for name in settings.prompts
        if name not in SPOKEN
    ]
    for name in ("full_12345", "nobody_12345"):
        if "12345" not in settings.prompts.get(name, "12345"):
            found.append(f"prompts.{name}: must name 12345, where the caller is sent")
    for name, path in (("queue_full", settings.queue_full), ("nobody", settings.nobody)):
        if path == "voicemail" and not voicemail:
            found.append(f"{name}: voicemail: is switched off in voicemail.yaml; say offer, wait or to_12345")
    return found


def crowding(settings: OverloadSettings, waiting: int, agents: int) -> Why | None:
    """What the matter is for a caller who has just joined `waiting` others, with so many `agents` logged in."""
    if agents == 0:
        return "nobody"
    return "full" if 0 < settings.full_at <= waiting else None
