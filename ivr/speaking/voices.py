"""The catalogue of voices as configured: a name, an engine, and what the engine needs. Shapes only.

It decides which voice is meant by a name. It must not know how an engine speaks (ivr.speaking.engines).
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Speed = Annotated[float, Field(ge=0.3, le=3.0)]


class Voice(BaseModel):
    """`package` is what the engine imports, `files` what must lie in the folder of voices."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    package: ClassVar[str] = ""
    engine: str

    @property
    def files(self) -> tuple[str, ...]:
        return ()

    @property
    def fingerprint(self) -> str:
        """What a file's sound depends on: rendered files are named by it."""
        return self.model_dump_json()


class Espeak(Voice):
    """espeak-ng, in the box. `speed` is words a minute."""

    package: ClassVar[str] = "espeakng_loader"
    engine: Literal["espeak"] = "espeak"
    voice: str = "cmn"
    speed: int = Field(default=175, ge=80, le=450)
    pitch: int = Field(default=50, ge=0, le=99)


class Piper(Voice):
    """A Piper voice: `model` and `model`.json. `speed` 1 is the model's own; `speaker` counts from 0."""

    package: ClassVar[str] = "piper"
    engine: Literal["piper"]
    model: str = Field(min_length=1)
    speaker: int = Field(default=0, ge=0)
    speed: Speed = 1.0

    @property
    def files(self) -> tuple[str, ...]:
        return self.model, f"{self.model}.json"


class Sherpa(Voice):
    """A VITS or, with `vocoder`, a Matcha model for sherpa-onnx; file names are relative to `folder`."""

    package: ClassVar[str] = "sherpa_onnx"
    engine: Literal["sherpa-onnx"]
    folder: str = ""
    model: str = "model.onnx"
    tokens: str = "tokens.txt"
    lexicon: str = "lexicon.txt"
    vocoder: str = ""
    rules: tuple[str, ...] = ()
    speaker: int = Field(default=0, ge=0)
    speed: Speed = 1.0

    @property
    def files(self) -> tuple[str, ...]:
        named = (self.model, self.tokens, self.lexicon, self.vocoder, *self.rules)
        return tuple(self.inside(name) for name in named if name)

    def inside(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder and name else name


DEFAULT = Espeak()
Configured = Annotated[Espeak | Piper | Sherpa, Field(discriminator="engine")]


class Speaking(BaseModel):
    """All of config/prompts.yaml: the voices by name, and the words for what cannot be said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    voices: Mapping[str, Configured]
    unsayable: str = Field(min_length=1)

    def voice(self, name: str) -> Voice | None:
        """The voice called `name`; names like cmn+f2 are espeak-ng's own."""
        found = self.voices.get(name)
        if found is None and name.partition("+")[0] == "cmn":
            return Espeak(voice=name)
        return found
