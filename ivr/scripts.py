"""What a session says and how it understands: the tree, the files of its prompts, the classifier. PURE.

It only looks up; who rendered the files (ivr.prompts) and trained the classifier (knowledge) is not known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.tree import Tree
from knowledge.intents import Understanding


@dataclass(frozen=True)
class Script:
    """`prompts` maps a prompt's name to its files; `questions` the text of a question back to its prompt's name."""

    tree: Tree
    understand: Callable[[str], Understanding]
    prompts: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, str] = field(default_factory=dict)
    music: str = ""
    record: bool = True

    def files(self, prompt: str) -> tuple[str, ...]:
        """The audio of `prompt`; empty where none was rendered, which plays as nothing."""
        return self.prompts.get(prompt, ())

    def question(self, understood: Understanding) -> str:
        """The prompt that asks back: the classifier's own question where it was rendered, else the label's."""
        own = self.questions.get(understood.question or "")
        return own or f"confirm.{understood.labels[0][0]}"
