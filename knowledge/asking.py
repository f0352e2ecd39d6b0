"""The questions asked back, in Chinese, and the pieces they are made of, so that each can be spoken ahead.

Decides wording only.
"""

from collections.abc import Sequence

from knowledge.known import Known

STILL_IN_DANGER = "您那里现在还有危险吗？"
SAY_AGAIN = "抱歉，我没有听清。请您再说一遍，是什么事情想咨询？"
NOTARY_OR_FAIR = "您是要办理公证书，还是认为事情处理得不公平？"


def phrases(known: Known) -> tuple[str, ...]:
    """All pieces that questions back are made of, so that a voice can be given to them ahead of the call."""
    joints = ("请问您是要", "还是", "吗", "您说了几件事", "请问先办哪一件")
    return (STILL_IN_DANGER, SAY_AGAIN, NOTARY_OR_FAIR, *joints, *dict.fromkeys(known.topics.values()))


def topic(known: Known, code: str) -> str:
    return known.topics.get(code, code)


def ask(known: Known, labels: Sequence[tuple[str, float]]) -> str:
    """The question about the first label, or about the first two when the second is near."""
    code, best = labels[0]
    others = [one for one in labels[1:] if one[0] != "unclear"]
    if others and others[0][1] >= best / 3:
        return f"请问您是要{topic(known, code)}，还是{topic(known, others[0][0])}？"
    return f"请问您是要{topic(known, code)}吗？"


def ask_main(known: Known, codes: Sequence[str]) -> str:
    """The question which of several matters comes first."""
    return f"您说了几件事：{'；'.join(topic(known, code) for code in codes)}。请问先办哪一件？"
