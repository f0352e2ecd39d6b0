"""Who hears whom: the table, and what holds for any parties in any modes."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.control.mixing import MUSIC, Mode, Party, Role, of_legs, pairs, printed

TALKERS = (Mode.TALK, Mode.HELD, Mode.AHEAD)
WATCHES = (Mode.LISTEN, Mode.WHISPER, Mode.BARGE)


@st.composite
def calls(draw: st.DrawFn) -> list[Party]:
    """A caller, at most one agent, up to two more, and up to two supervisors."""
    muted = st.booleans()
    there = [Party("caller", Role.CALLER, draw(st.sampled_from((Mode.TALK, Mode.HELD))), draw(muted))]
    if draw(st.booleans()):
        there.append(Party("agent:li", Role.AGENT, draw(st.sampled_from((Mode.TALK, Mode.HELD))), draw(muted)))
    for name in draw(st.sampled_from(((), ("agent:wu",), ("outside:1",), ("agent:wu", "outside:1")))):
        role = Role.CONSULT if name.startswith("agent") else Role.OUTSIDE
        there.append(Party(name, role, draw(st.sampled_from(TALKERS)), draw(muted)))
    for name in draw(st.sampled_from(((), ("supervisor:z",), ("supervisor:z", "supervisor:y")))):
        there.append(Party(name, Role.SUPERVISOR, draw(st.sampled_from(WATCHES)), draw(muted)))
    return there


def party(there: list[Party], leg: str) -> Party:
    return next(each for each in there if each.leg == leg)


@given(calls())
def test_what_always_holds(there: list[Party]) -> None:
    heard = pairs(there)
    for source, listener in heard:
        assert source != listener, "nobody hears themselves"
        if source == MUSIC:
            assert party(there, listener).role is Role.CALLER
            continue
        speaks, listens = party(there, source), party(there, listener)
        assert not speaks.muted, "mute silences a source towards everybody"
        assert speaks.mode is not Mode.LISTEN, "who listens is heard by nobody"
        assert speaks.mode is not Mode.HELD, "who is held is heard by nobody"
        if speaks.mode is Mode.WHISPER:
            assert listens.role is Role.AGENT, "a whisper is the agent's alone"
        assert listens.mode not in (Mode.HELD, Mode.AHEAD), "who is held hears nothing but music"
    for each in there:
        if each.role is Role.CALLER:
            assert ((MUSIC, each.leg) in heard) == (each.mode is Mode.HELD)


@given(calls())
def test_a_talk_is_mutual_among_those_who_are_not_muted(there: list[Party]) -> None:
    heard = pairs(there)
    talk = [each for each in there if each.mode in (Mode.TALK, Mode.BARGE)]
    for one in talk:
        for other in talk:
            if one is not other:
                assert ((one.leg, other.leg) in heard) == (not one.muted)


@given(calls())
def test_a_supervisor_who_looks_on_changes_nothing_for_the_others(there: list[Party]) -> None:
    quiet = [each for each in there if each.mode not in (Mode.LISTEN, Mode.WHISPER)]
    legs = {each.leg for each in quiet} | {MUSIC}
    assert {pair for pair in pairs(there) if set(pair) <= legs} == pairs(quiet)


@given(calls(), st.randoms())
def test_the_order_of_parties_does_not_matter(there: list[Party], random: object) -> None:
    mixed = list(there)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert pairs(mixed) == pairs(there)
    assert of_legs(pairs(mixed)) == of_legs(pairs(there))


def named(*there: tuple[str, Role, Mode]) -> set[tuple[str, str]]:
    return set(pairs(Party(*each) for each in there))


def test_consult_hold_whisper() -> None:
    caller = ("c", Role.CALLER, Mode.HELD)
    agent, other = ("a", Role.AGENT, Mode.TALK), ("o", Role.OUTSIDE, Mode.TALK)
    assert named(caller, agent, other) == {(MUSIC, "c"), ("a", "o"), ("o", "a")}
    ahead = ("o", Role.OUTSIDE, Mode.AHEAD)
    assert named(caller, agent, ahead) == {(MUSIC, "c"), ("o", "a")}, "the agent hears the line ring"
    talk = ("c", Role.CALLER, Mode.TALK)
    whisper = ("s", Role.SUPERVISOR, Mode.WHISPER)
    assert named(talk, agent, whisper) == {("a", "c"), ("c", "a"), ("a", "s"), ("c", "s"), ("s", "a")}
    barge = ("s", Role.SUPERVISOR, Mode.BARGE)
    assert named(talk, agent, barge) == {(x, y) for x in "acs" for y in "acs" if x != y}


def test_the_printed_table_has_every_mode_twice() -> None:
    assert all(printed().count(f"| {mode.value} |") >= 1 for mode in Mode)
