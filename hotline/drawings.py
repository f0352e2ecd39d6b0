"""The tree and the state tables as Mermaid drawings, made from the tables the code runs on."""

from collections.abc import Iterable
from pathlib import Path

from hotline.configured.parts import Read
from ivr import outgoing, session
from routing import agent


def draw(read: Read, folder: Path) -> list[Path]:
    """Write tree.md, session.md and agent.md into `folder`; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {"tree.md": tree(read), "session.md": session_table(), "agent.md": agent_table()}
    drawn["callback.md"] = callback_table()
    for name, text in drawn.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in drawn]


def tree(read: Read) -> str:
    """What keys and words lead to."""
    lines = [
        "  ring([来电]) --> notice[欢迎和录音告知]",
        "  notice --> question{请说出您的问题}",
        "  question -->|沉默或听不懂 1 次| question",
        f"  question -->|沉默或听不懂 {read.tree.silences} 次| person([人工])",
        "  question -->|听不准| confirm{追问一次} --> person",
    ]
    for key, target in sorted(read.tree.keys.items()):
        served = " --> service([自助服务])" if target.service else ""
        lines.append(f"  question -->|{key}| {node(target.label)}[{read.labels[target.label]}]{served} --> person")
    lines.append(f"  question -->|说出问题| labels[{len(read.labels)} 个类别之一] --> person")
    return page("The tree, from config/ivr.yaml", "flowchart LR", lines)


def session_table() -> str:
    """Which fact is taken in which state of a session, and by which step."""
    lines = [
        f"| {state.name} | {fact.__name__} | {step.__name__.strip('_').replace('_', ' ')} |"
        for (state, fact), step in session.TABLE.items()
        if step is not session.ignore
    ]
    head = "# A session's table, from ivr/session.py\n\nEvery other fact is ignored in that state.\n\n"
    return head + "| state | fact | step |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def callback_table() -> str:
    """Which fact is taken at which stage of a callback before the talk, and by which step."""
    lines = [
        f"| {stage.name} {stage.value} | {fact.__name__} | {step.__name__.replace('_', ' ')} |"
        for (stage, fact), step in outgoing.TABLE.items()
        if step is not outgoing.ignore
    ]
    head = "# A callback's table, from ivr/outgoing.py\n\nEvery other fact is ignored at that stage.\n\n"
    return head + "| stage | fact | step |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def agent_table() -> str:
    """An agent's states."""
    lines = [
        f"  {state.name} --> {(target.name if target else 'rest')} : {event.name}"
        for (state, event), target in agent.TABLE.items()
        if target is not state
    ]
    rest = [
        "  state rest <<choice>>",
        "  rest --> OFFLINE : no phone",
        "  rest --> PAUSED : not willing",
        "  rest --> READY",
    ]
    return page("An agent's states, from routing/agent.py", "stateDiagram-v2", [*lines, *rest])


def page(title: str, kind: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"# {title}\n\n```mermaid\n{kind}\n{body}\n```\n"


def node(label: str) -> str:
    return label.replace(".", "_")
