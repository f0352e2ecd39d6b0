"""What calls need and who may take them: rings, preference, priority, ageing, other work."""

import pytest

from routing.commands import Ring
from routing.facts import (
    AgentAnswered,
    AgentKnown,
    AgentLegEnded,
    CallWaiting,
    LoadChanged,
    PauseAsked,
    PhoneRegistered,
    ReadyAsked,
    WrapUpDone,
)
from routing.needs import Tier, needs_of, tier_of
from routing.router import Router, Rules
from routing.rules import Waits

RULES = Rules(
    waits={"": Waits(0, 5, 10, 20, 40), "crisis": Waits(0, 0, 0, 0, 0)},
    levels={"law": 3},
    neighbours={"notary": ("appraisal",)},
    groups={"group.minor": 2},
)


def work(router: Router, name: str, now: float, **skills: int) -> None:
    router.handle(AgentKnown(name, name, tuple((key.replace("_", "."), level) for key, level in skills.items())), now)
    router.handle(PhoneRegistered(name), now)
    router.handle(ReadyAsked(name), now)


@pytest.mark.parametrize(
    ("skills", "label", "wanted", "tier"),
    [
        ({"law.labour": 3}, "law.labour.injury", (), Tier.SPECIALIST),
        ({"law": 3}, "law.labour", (), Tier.SPECIALIST),
        ({"law.labour": 2}, "law.labour", (), Tier.OVERFLOW),
        ({"law.labour": 3}, "law.labour", (("law.labour", 4),), Tier.OVERFLOW),
        ({"law.family": 3}, "law.labour", (), Tier.NEIGHBOUR),
        ({"appraisal": 1}, "notary", (), Tier.NEIGHBOUR),
        ({"notary": 1}, "appraisal", (), Tier.OVERFLOW),
        ({"*": 1}, "law.labour", (), Tier.GENERALIST),
        ({"*": 1, "law": 3}, "law.labour", (), Tier.SPECIALIST),
        ({"law": 3}, "law", (("group.minor", 1),), Tier.OVERFLOW),
        ({"law": 3, "group.minor": 1}, "law", (("group.minor", 1),), Tier.SPECIALIST),
        ({"law": 3, "*": 1}, "law", (("group.minor", 1),), Tier.GENERALIST),
        ({"law": 3}, "law", (("lang.wu", 1),), Tier.OVERFLOW),
        ({"law": 3, "lang.wu": 1}, "law", (("lang.wu", 2),), Tier.OVERFLOW),
        ({"law": 3, "lang.wu": 2}, "law", (("lang.wu", 2),), Tier.SPECIALIST),
        ({"law": 3}, "law", (("lang.cmn", 5),), Tier.SPECIALIST),
        ({"law": 3}, "law", (("region.33.01", 1),), Tier.SPECIALIST),
        ({"law": 3, "region.33": 1}, "law", (("region.33.01", 1),), Tier.SPECIALIST),
        ({"law": 3, "region.34": 1}, "law", (("region.33.01", 1),), Tier.SPECIALIST_ELSEWHERE),
        ({"*": 3, "region.34": 1}, "law", (("region.33.01", 1),), Tier.GENERALIST_ELSEWHERE),
    ],
)
def test_tiers(skills: dict[str, int], label: str, wanted: tuple[tuple[str, int], ...], tier: Tier) -> None:
    assert tier_of(skills, needs_of(RULES, label, wanted)) is tier


def test_the_rings_open_one_after_the_other() -> None:
    for name, skill, opens in (
        ("neighbour", {"law_family": 3}, 5),
        ("generalist", {"any": 1}, 10),
        ("elsewhere", {"law_labour": 3, "region_34": 1}, 20),
        ("anybody", {"notary": 1}, 40),
    ):
        router = Router(RULES)
        skills = {key.replace("any", "*"): level for key, level in skill.items()}
        work(router, name, 0, **skills)
        assert router.handle(CallWaiting("c", "law.labour", 0, (("region.33", 1),)), 0) == []
        while (due := router.next_deadline()) is not None and due < opens:
            assert router.tick(due) == []
        assert due == opens
        assert router.tick(opens) == [Ring("c", name)]


def test_a_code_below_the_label_is_not_enough() -> None:
    """Who knows work accidents only is no specialist for labour law at large, but a neighbour."""
    assert tier_of({"law.labour.injury": 5}, needs_of(RULES, "law.labour")) is Tier.NEIGHBOUR


def test_the_preferred_agent_is_waited_for_and_then_no_longer() -> None:
    router = Router(Rules(preferred_seconds=8))
    work(router, "li", 0, law=3)
    router.handle(CallWaiting("first", "law", 0), 0)
    router.handle(AgentAnswered("li", "first"), 1)
    work(router, "wu", 2, law=3)
    assert router.handle(CallWaiting("c", "law", 0, preferred="li"), 10) == []
    assert router.next_deadline() == 18
    assert router.tick(18) == [Ring("c", "wu")]


def test_the_preferred_agent_who_comes_in_time_gets_the_call_without_its_skill() -> None:
    router = Router(Rules(preferred_seconds=8, wrap_up_seconds=60))
    work(router, "li", 0, notary=1)
    router.handle(CallWaiting("first", "notary", 0), 0)
    router.handle(AgentAnswered("li", "first"), 1)
    router.handle(AgentLegEnded("li", "first", 200), 5)
    work(router, "wu", 5, law=3)
    assert router.handle(CallWaiting("c", "law", 0, preferred="li"), 6) == []
    assert router.handle(WrapUpDone("li"), 9) == [Ring("c", "li")]


def test_a_preferred_agent_who_goes_is_not_waited_for() -> None:
    router = Router(Rules())
    work(router, "li", 0, law=3)
    router.handle(CallWaiting("first", "law", 0), 0)
    router.handle(AgentAnswered("li", "first"), 1)
    work(router, "wu", 2, law=3)
    assert router.handle(CallWaiting("c", "law", 0, preferred="li"), 3) == []
    assert router.handle(PauseAsked("li", "用餐"), 4) == [Ring("c", "wu")]


def test_an_emergency_waits_for_nobody_preferred() -> None:
    router = Router(Rules())
    work(router, "li", 0, law=3)
    router.handle(CallWaiting("first", "law", 0), 0)
    work(router, "wu", 2, law=3)
    assert router.handle(CallWaiting("c", "crisis", 10, preferred="li"), 3) == []
    assert router.handle(CallWaiting("d", "law", 10, preferred="li"), 3) == [Ring("d", "wu")]


def test_an_excluded_agent_never_gets_the_call() -> None:
    router = Router(Rules(any_after_seconds=45))
    work(router, "li", 0, **{"*": 5})
    assert router.handle(CallWaiting("c", "complaint", 0, excluded=("li",), preferred="li"), 0) == []
    router.tick(45)
    assert router.handle(LoadChanged("li", 0.1), 100) == []
    assert router.handle(CallWaiting("d", "complaint", 0), 101) == [Ring("d", "li")]


def test_priority_counts_as_waiting_and_emergencies_before_all() -> None:
    router = Router(RULES)
    for call, priority, needs, at in (
        ("old", 0, (), 0),
        ("one", 1, (), 61),
        ("minor", 0, (("group.minor", 1),), 119),
        ("urgent", 10, (), 500),
        ("worst", 11, (), 501),
    ):
        router.handle(CallWaiting(call, "law", priority, needs), at)
    assert [waiting.call for waiting in router.queue] == ["worst", "urgent", "minor", "old", "one"]


def test_groups_make_no_emergency() -> None:
    rules = Rules(groups={"group.minor": 2})
    assert rules.with_groups(9, (("group.minor", 1),)) == 9
    assert rules.with_groups(10, (("group.minor", 1),)) == 10


def test_nobody_starves_behind_a_stream_of_higher_priority() -> None:
    """Priority 9 comes every 10 s for ever: a call of priority 0 is served when it has waited 9 minutes more."""
    router = Router(Rules(ageing_seconds=60, wrap_up_seconds=1, any_after_seconds=0))
    work(router, "li", 0, **{"*": 3})
    router.handle(CallWaiting("s0", "law", 9), 0)
    router.handle(CallWaiting("normal", "law", 0), 1)
    for turn in range(1, 80):
        now = turn * 10.0
        router.handle(CallWaiting(f"s{turn}", "law", 9), now)
        call = router.agents["li"].call
        assert call is not None
        if call == "normal":
            break
        router.handle(AgentAnswered("li", call), now)
        router.handle(AgentLegEnded("li", call, 200), now + 8)
        router.handle(WrapUpDone("li"), now + 9)
    assert 540 <= now <= 560


def test_without_ageing_priority_alone_decides() -> None:
    router = Router(Rules(ageing_seconds=0))
    router.handle(CallWaiting("old", "law", 0), 0)
    router.handle(CallWaiting("new", "law", 1), 100_000)
    assert [waiting.call for waiting in router.queue] == ["new", "old"]


def test_other_work_comes_behind_idleness_and_at_the_limit_takes_no_calls() -> None:
    router = Router(Rules(load_limit=0.8))
    for at, name in enumerate(("li", "wu", "xu")):
        work(router, name, at, **{"*": 3})
    router.handle(LoadChanged("li", 0.5), 5)
    router.handle(LoadChanged("xu", 0.8), 5)
    assert router.handle(CallWaiting("c", "law", 0), 6) == [Ring("c", "wu")]
    assert router.handle(CallWaiting("d", "law", 0), 6) == [Ring("d", "li")]
    assert router.handle(CallWaiting("e", "law", 0), 6) == []
    assert router.handle(LoadChanged("xu", 0.2), 7) == [Ring("e", "xu")]


@pytest.mark.parametrize(("told", "taken"), [(-1.0, 0.0), (7.0, 1.0), (float("nan"), 1.0), (0.25, 0.25)])
def test_loads_are_kept_between_none_and_all(told: float, taken: float) -> None:
    router = Router(Rules())
    work(router, "li", 0, law=1)
    router.handle(LoadChanged("li", told), 1)
    assert router.agents["li"].load == taken
