"""The signs of danger and the model check each other: what is done when both, one or none of them sees it."""

import pytest

from knowledge.danger import Signs
from knowledge.matter import threatened

CODES = ("emergency.police", "emergency.fire", "emergency.medical", "emergency.traffic", "crisis")


def signs(past: float = 0, aftermath: float = 0, immediate: float = 0) -> Signs:
    return Signs(dict.fromkeys(CODES, 0.0), dict.fromkeys(CODES, 0.0), immediate, past, aftermath)


def ranked(code: str, share: float) -> list[tuple[str, float]]:
    rest = [(other, 0.0) for other in CODES if other != code]
    return sorted([(code, share), ("law.family", 1 - share), *rest], key=lambda one: -one[1])


@pytest.mark.parametrize(
    ("share", "judged", "found", "decision", "first"),
    [
        (0.9, None, signs(), "act", "emergency.fire"),
        (0.9, None, signs(past=1), "confirm", "emergency.fire"),
        (0.3, None, signs(), "confirm", "law.family"),
        (0.02, None, signs(), None, ""),
        (0.9, ("emergency.fire", "act"), signs(), "act", "emergency.fire"),
        (0.02, ("emergency.fire", "act"), signs(), "confirm", "law.family"),
        (0.95, ("emergency.fire", "confirm"), signs(), "act", "emergency.fire"),
        (0.95, ("emergency.fire", "confirm"), signs(aftermath=1), "confirm", "emergency.fire"),
        (0.02, ("emergency.fire", "confirm"), signs(aftermath=1), None, ""),
    ],
)
def test_who_sees_the_danger(
    share: float, judged: tuple[str, str] | None, found: Signs, decision: str | None, first: str
) -> None:
    answer = threatened(ranked("emergency.fire", share), found, judged)  # type: ignore[arg-type]
    if decision is None:
        assert answer is None
    else:
        assert answer is not None
        assert (answer.decision, answer.code) == (decision, first)
        assert "emergency.fire" in [code for code, _ in answer.labels]


def test_a_crisis_gets_a_person_where_others_are_asked() -> None:
    answer = threatened(ranked("crisis", 0.5), signs(), ("crisis", "act"))
    assert answer is not None
    assert (answer.decision, answer.code) == ("person", "crisis")


def test_the_model_tells_the_kind_of_danger_when_it_is_surer() -> None:
    shares = [("emergency.medical", 0.9), ("emergency.fire", 0.05), ("law.tort", 0.05)]
    answer = threatened(shares, signs(), ("emergency.fire", "act"))
    assert answer is not None
    assert answer.code == "emergency.medical"
