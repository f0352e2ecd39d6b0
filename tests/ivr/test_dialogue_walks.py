"""Callers who say and press anything, in any order: no step is missing, nobody is left in silence, 0 finds a person."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.load import load_settings
from hotline.configured.parts import read_files
from ivr.commands import Command, Enqueue, Play
from ivr.facts import (
    Answered,
    Arrived,
    Booked,
    DigitPressed,
    Heard,
    HeardSoFar,
    ListeningFailed,
    ProgressFound,
    PromptEnded,
    SpeechStarted,
)
from ivr.scripts import Script
from ivr.session import ON_TIME, STEPS, Session, State

SAID = (
    *("帮我约下周三上午的律师", "我要预约", "查一下工单进度", "律师", "市里", "下周三", "明天", "二月三十号", "下周"),
    *("上午", "晚上八点", "三点半", "对", "不对", "改成周四", "时间不对", "改一下", "帮助", "再说一遍", "返回", "算了"),
    *("二零二六一一二一零零零零零一", "一二三四", "二零二六", "幺三九零零零零一一一一", "换一个", "没有了", "呜哇", ""),
    *("说别的事", "老板欠我三个月工资不给怎么办", "他以前打过我想离婚"),
)
FOUND = ProgressFound("c", "GD20261121-000001", "told", "劳动", "办理中", "2026-11-18", "2026-11-20")
OUTCOMES = [FOUND, *(ProgressFound("c", FOUND.number, each) for each in ("proof", "wrong_proof", "unknown", "failed"))]
START = 1_795_226_400.0  # 2026-11-21 10:00 in Beijing


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_HOME", str(tmp_path_factory.mktemp("home")))
        read = read_files(load_settings())
    sounds = {name: f"{name}.wav" for name in read.wording.sounds()}
    prompts = {name: (sounds[name],) for name in read.wording.texts if name in sounds}
    callbacks = {"callback_key": read.callbacks.key, "callable": read.callbacks.callable}
    templates = read.wording.templates()
    return Script(
        read.tree, read.intents, prompts, services=read.offering, templates=templates, parts=sounds, **callbacks
    )


LISTENING = (State.ASKING, State.CONFIRMING, State.FILLING, State.CHECKING, State.LOOKING_UP, State.MORE)


class Walk:
    """A session and its time; the desk answers as the walk says."""

    def __init__(self, script: Script) -> None:
        self.session = Session("c", script)
        self.now = START
        self.playing = ""
        self.given: list[Command] = []
        for fact in (Arrived("c", "13800001234", "12348", "local"), Answered("c"), PromptEnded("c", "notice", True)):
            self.take(fact)

    def take(self, fact: Any) -> None:
        self.now += 1
        self.note(self.session.handle(fact, self.now))

    def note(self, commands: list[Command]) -> None:
        self.given = commands
        for command in commands:
            if isinstance(command, Play):
                self.playing = command.prompt

    def silence(self) -> None:
        due = self.session.next_deadline()
        assert due is not None
        self.now = max(self.now, due)
        self.note(self.session.tick(self.now))


STEPS_OF_A_WALK = st.one_of(
    st.sampled_from(SAID).map(lambda text: Heard("c", text, 0.9, 1.0)),
    st.sampled_from("0123456789*#").map(lambda key: DigitPressed("c", key)),
    st.sampled_from(OUTCOMES),
    st.sampled_from([Booked("c", "GD20261121-000001"), Booked("c", "")]),
    st.sampled_from(
        ["silence", "prompt", SpeechStarted("c"), HeardSoFar("c", "律师"), ListeningFailed("c", "no model")]
    ),
)


@given(st.lists(STEPS_OF_A_WALK, max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_goes_on_or_ends_with_a_person(script: Script, steps: list[Any]) -> None:
    walk = Walk(script)
    for step in steps:
        if step == "silence":
            if walk.session.next_deadline() is not None:
                walk.silence()
        elif step == "prompt":
            walk.take(PromptEnded("c", walk.playing, True))
        else:
            walk.take(step)
        state = walk.session.state
        assert (walk.session.next_deadline() is None) is (state in (State.ENDED, State.TALKING))
        assert (walk.session.form is not None) is (state in (State.FILLING, State.CHECKING, State.LOOKING_UP))
        if any(isinstance(each, Enqueue) for each in walk.given):
            assert state is State.WAITING


@given(st.lists(STEPS_OF_A_WALK, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_silence_always_leads_out(script: Script, steps: list[Any]) -> None:
    """Whatever came before: who says nothing more reaches a person or the end, within a few questions."""
    walk = Walk(script)
    for step in steps:
        if not isinstance(step, str):
            walk.take(step)
    for _ in range(6):
        if walk.session.state in (State.WAITING, State.LEAVING, State.ENDED):
            break
        walk.silence()
    assert walk.session.state in (State.WAITING, State.LEAVING, State.ENDED)


@given(st.lists(STEPS_OF_A_WALK, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_danger_is_never_answered_by_a_question(script: Script, steps: list[Any]) -> None:
    walk = Walk(script)
    for step in steps:
        if not isinstance(step, str):
            walk.take(step)
    before = walk.session.state
    walk.take(HeardSoFar("c", "救命啊快来人他正在打我"))
    if before in LISTENING:
        assert walk.session.state is State.WAITING
        assert [each.label for each in walk.given if isinstance(each, Enqueue)] == ["emergency.police"]
        assert [each.prompt for each in walk.given if isinstance(each, Play)] == ["emergency"]


@given(st.lists(STEPS_OF_A_WALK, max_size=25))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_walk_told_again_gives_the_same(script: Script, steps: list[Any]) -> None:
    facts = [step for step in steps if not isinstance(step, str)]
    first, second = Walk(script), Walk(script)
    for fact in facts:
        first.take(fact)
        second.take(fact)
        assert first.given == second.given


def test_every_state_that_waits_knows_what_to_do_in_time() -> None:
    assert set(ON_TIME) == set(State)
    assert set(STEPS) == set(State)


def test_the_walks_start_at_the_open_question(script: Script) -> None:
    assert Walk(script).session.state is State.ASKING
    assert Walk(script).playing == "question"
