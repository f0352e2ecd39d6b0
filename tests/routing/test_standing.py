"""How waiting calls stand: rings with their times, needs, and how many agents do not take each call and why."""

from routing.facts import AgentKnown, CallWaiting, ForceAsked, LoadChanged, PauseAsked, PhoneRegistered, ReadyAsked
from routing.router import Router, Rules
from routing.rules import Waits
from routing.standing import AHEAD, standings

RULES = Rules(waits={"": Waits(generalist=10, any_region=20, overflow=60), "crisis": Waits(overflow=float("inf"))})


def router() -> Router:
    """li is paused, wu a notary, xu busy otherwise, and gu has no phone."""
    made = Router(RULES)
    skills = {"li": "*", "wu": "notary", "xu": "*", "gu": "*"}
    for name, skill in skills.items():
        made.handle(AgentKnown(name, name, ((skill, 3),)), 0)
        if name != "gu":
            made.handle(PhoneRegistered(name), 0)
            made.handle(ReadyAsked(name), 0)
    made.handle(PauseAsked("li", "用餐"), 1)
    made.handle(LoadChanged("xu", 0.9), 1)
    return made


def test_each_reason_is_counted_once_an_agent() -> None:
    made = router()
    made.handle(CallWaiting("c1", "law.labour", 0, (("group.minor", 1), ("lang.wu", 2))), 100)
    [standing] = standings(made, 101)
    assert standing["why"] == {"LOADED": 1, "NOT_YET": 1, "OFFLINE": 1, "PAUSED": 1}
    assert standing["wanted"] == [["lang.wu", 2], ["group.minor", 1]]
    assert standing["opens"] == {"specialist": 100, "neighbour": 100, "generalist": 110, "overflow": 160}


def test_other_regions_only_where_one_is_asked_for_and_never_is_none() -> None:
    made = router()
    made.handle(CallWaiting("c1", "crisis", 0, (("region.3301", 1),)), 100)
    [standing] = standings(made, 101)
    assert standing["opens"]["any_region"] == 145
    assert standing["opens"]["overflow"] is None
    assert standing["why"]["NEVER"] == 1


def test_who_is_kept_for_the_preferred_agent_and_until_when() -> None:
    made = router()
    made.handle(CallWaiting("c0", "notary", 0), 90)  # wu rings for it, and is waited for by the next
    made.handle(CallWaiting("c1", "notary", 0, (), "wu"), 100)
    assert [(each["preferred"], each["preferred_until"]) for each in standings(made, 101)] == [("wu", 108.0)]
    assert [each["preferred_until"] for each in standings(made, 108)] == [0.0]


def test_it_changes_nothing_and_says_who_is_ahead() -> None:
    made = router()
    made.handle(CallWaiting("c1", "law.labour", 0), 100)
    before = [waiting.call for waiting in made.queue], made.next_deadline()
    # Between two facts nobody free may take a waiting call, so the time is read past the opening of a ring.
    assert standings(made, 161)[0]["why"][AHEAD] == 1
    assert ([waiting.call for waiting in made.queue], made.next_deadline()) == before


def test_a_forced_agent_shows_the_reason_and_who_ordered_it() -> None:
    made = router()
    made.handle(ForceAsked("wu", "paused", "wang", "培训"), 5)
    assert made.agents["wu"].reason == "培训（wang）"
    made.handle(ForceAsked("xu", "paused", "wang"), 5)
    assert made.agents["xu"].reason == "主管调整（wang）"
