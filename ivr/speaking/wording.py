"""All that callers can hear, by name, and the sounds it takes. PURE.

It decides which files must exist. It must not know where they lie nor who says them (ivr.prompts).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.speaking.pieces import Part
from ivr.speaking.template import Template, TemplateError, fragments, has_places, parse


@dataclass(frozen=True, slots=True)
class Sound:
    """One file: `text` said to its end, or as if it went on. `name` is the name of its recorded take."""

    name: str
    text: str
    final: bool = True


@dataclass(frozen=True)
class Wording:
    """`texts`: prompt → its text, with places or without; `choices`: list → the texts a place can choose from.

    `limits`: prompt → the largest number its places say. `phrases` are pieces of sentences that are put together
    elsewhere; each is needed in both forms.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()

    def __or__(self, more: "Wording") -> "Wording":
        return Wording(
            {**self.texts, **more.texts},
            {**self.choices, **more.choices},
            {**self.limits, **more.limits},
            (*self.phrases, *more.phrases),
        )

    def template(self, prompt: str) -> Template | None:
        """The sentence with places that `prompt` is; None for a plain text. Raises TemplateError."""
        text = self.texts[prompt]
        if "{" not in text and "}" not in text:
            return None
        template = parse(text, self.choices)
        return template.limited(self.limits[prompt]) if prompt in self.limits else template

    def templates(self) -> dict[str, Template]:
        """All sentences with places that are sound; the faulty ones are in `faults` and have none."""
        found = {}
        for prompt in self.texts:
            try:
                template = self.template(prompt)
            except TemplateError:
                continue
            if template is not None:
                found[prompt] = template
        return found

    def faults(self) -> list[str]:
        """One line for each text that is no sentence with places; it names the prompt and the way out."""
        found = []
        for prompt in self.texts:
            try:
                self.template(prompt)
            except TemplateError as error:
                found.append(f"{prompt}: {error}")
        return found

    def sounds(self) -> dict[str, Sound]:
        """Name → sound of everything that must be a file: whole prompts, then parts."""
        made = {
            prompt: Sound(prompt, text)
            for prompt, text in self.texts.items()
            if not has_places(text) and text.strip() and "{" not in text
        }
        parts = {Part(phrase, final) for phrase in self.phrases for final in (False, True)}
        for template in self.templates().values():
            parts |= fragments(template)
        ordered = sorted(parts, key=lambda part: (part.text, part.final))
        return made | {part.name: Sound(part.name, part.text, part.final) for part in ordered}
