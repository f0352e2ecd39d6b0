"""The one-level tree of config/ivr.yaml: its shape, its rules, and what is said at each step. PURE.

It decides which files of configuration are sound. It must not know how a call runs through it (ivr.session).
"""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

PERSON = "agent"
KEYS = frozenset("0123456789*#")
SPOKEN = (
    *("notice", "question", "question_keys", "again", "wrong_key", "warning", "confirm"),
    *("to_person", "understood", "emergency", "crisis", "still_waiting", "reconnecting", "transferring"),
    *("rating", "thanks"),
)


class Key(BaseModel):
    """A key leads to a person for `label`, or to a self-service (config/services.yaml) that falls back to one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    service: Literal["", "choose", "appointment", "progress"] = ""


class Tree(BaseModel):
    """The tree as configured; see config/ivr.yaml for what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    silence_seconds: PositiveFloat = 5
    silences: PositiveInt = 2
    warnings: PositiveInt = 2
    after_warnings: Literal["person", "end"] = "person"
    longest_utterance_seconds: PositiveFloat = 15
    announce_every_seconds: PositiveFloat = 30
    rating: bool = True
    keys: Mapping[str, Key]
    priorities: Mapping[str, int] = Field(default_factory=dict)
    prompts: Mapping[str, str]

    def priority(self, label: str) -> int:
        """The priority of `label` or of the nearest label above it."""
        while label:
            if label in self.priorities:
                return self.priorities[label]
            label = label.rpartition(".")[0]
        return 0


def faults(tree: Tree, labels: Collection[str]) -> list[str]:
    """What the types cannot say: every key leads to a known label, 0 to a person, every prompt has its words."""
    found = []
    for key, target in tree.keys.items():
        if key not in KEYS:
            found.append(f"keys.{key}: is no telephone key; use one of 0-9 * #")
        if target.label not in labels:
            found.append(f"keys.{key}.label: {target.label!r} is no label; see labels.yaml for those there are")
    if "0" not in tree.keys or tree.keys["0"].label != PERSON:
        found.append(f"keys.0: must lead to {PERSON!r}: a caller who presses 0 always reaches a person")
    for label in tree.priorities:
        if label not in labels and not any(known.startswith(label + ".") for known in labels):
            found.append(f"priorities.{label}: is no label and no beginning of one; see labels.yaml")
    for prompt in SPOKEN:
        if not tree.prompts.get(prompt, "").strip():
            found.append(f"prompts.{prompt}: has no words; callers would hear nothing there")
    for prompt in tree.prompts:
        if prompt not in SPOKEN:
            found.append(f"prompts.{prompt}: is played nowhere; known prompts: {', '.join(SPOKEN)}")
    if "{label}" not in tree.prompts.get("confirm", "{label}"):
        found.append("prompts.confirm: must hold {label}, the place of what was understood")
    return found
