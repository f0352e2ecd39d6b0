"""The agent reads along: the caller's words come while the talk goes on, and go into the ticket by one button."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PASSWORD = "geheim-12348"
EVIL = "<img src=x onerror=\"document.title='bad'\">"


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form.card button")
    page.wait_for_selector("#state-word, #f-waiting")


def say(console: Any, call: str, text: str, began: float, leg: str = "caller") -> None:
    console.order(fact="Said", call=call, leg=leg, text=text, began=began, seconds=1.0)


@pytest.fixture
def talk(page: Page, console: Any) -> tuple[Any, str]:
    """An agent at the page in a talk; and the call."""
    agent = console.agent()
    sign_in(page, agent.name)
    call: str = console.call(caller="13712345678")
    console.join(call, agent.name)
    expect(page.locator("#caller")).to_have_text("13712345678")
    return agent, call


def test_the_words_come_during_the_call_and_go_into_the_ticket(page: Page, console: Any, talk: tuple[Any, str]) -> None:
    agent, call = talk
    lines = page.locator("#talk-lines li")
    expect(page.locator("#talk-why")).to_contain_text("正在记录通话文字")
    say(console, call, "他说下个月再给", 0.02)
    expect(lines).to_have_count(1)
    say(console, call, EVIL, 0.03)
    say(console, call, "请问有合同吗", 0.01, f"agent:{agent.name}")
    expect(page.locator("#talk-lines .text")).to_have_text(["请问有合同吗", "他说下个月再给", EVIL])
    expect(lines.nth(1)).to_contain_text(re.compile(r"来电人 \d\d:\d\d:\d\d"))
    log = page.get_by_role("log", name="通话文字")
    expect(log).to_have_attribute("aria-live", "polite")

    page.fill("#ticket [name=content]", "来电人要求跟进。")
    page.click("#use-talk")
    whole = f"来电人要求跟进。\n坐席：请问有合同吗\n来电人：他说下个月再给\n来电人：{EVIL}"
    expect(page.locator("#ticket [name=content]")).to_have_value(whole)

    console.end(call)
    console.finish(call)
    expect(page.locator("#state-word")).to_have_text("话后处理")
    page.reload()
    expect(lines).to_have_count(3)  # as it was kept with the record
    expect(page.locator("#talk-switch")).to_be_hidden()
    assert page.title() != "bad"


def test_it_scrolls_along_until_the_agent_scrolls_up(page: Page, console: Any, talk: tuple[Any, str]) -> None:
    _, call = talk
    for number in range(15):
        say(console, call, f"第{number}句话", number / 1000)
    box = page.locator("#talk-lines")
    expect(page.locator("#talk-lines li")).to_have_count(15)
    expect(box.locator("li").last).to_be_in_viewport()
    expect(page.locator("#talk-newer")).to_be_hidden()
    box.evaluate("box => { box.scrollTop = 0; }")
    say(console, call, "新的一句", 0.02)
    expect(page.locator("#talk-newer")).to_be_visible()
    assert box.evaluate("box => box.scrollTop") == 0
    page.click("#talk-newer")
    expect(box.locator("li").last).to_be_in_viewport()
    expect(page.locator("#talk-newer")).to_be_hidden()


def test_the_agent_switches_it_off_and_a_missing_model_is_one_line(
    page: Page, console: Any, talk: tuple[Any, str]
) -> None:
    _, call = talk
    page.click("#talk-switch")
    expect(page.locator("#talk-why")).to_have_text("本次通话的实时文字已关闭。")
    expect(page.locator("#talk-switch")).to_have_text("开启")
    page.click("#talk-switch")
    expect(page.locator("#talk-why")).to_contain_text("正在记录通话文字")
    for leg in ("caller", "agent:x"):
        console.order(fact="TranscriptFailed", call=call, leg=leg, kind="off", reason="no model")
    expect(page.locator("#talk-why")).to_have_text("语音识别不可用，本次通话没有实时文字。")
    expect(page.locator("#talk-lines li")).to_have_count(0)


def test_a_supervisor_reads_along_from_the_board_with_numbers_masked(page: Page, console: Any) -> None:
    agent = console.agent()
    call = console.call(caller="13712345678")
    console.join(call, agent.name)
    say(console, call, "我的电话是一三七一二三四五六七八", 0.001)
    sign_in(page, console.account("supervisor"))
    page.locator("#call-rows a").click()
    expect(page.locator("#watch-caller")).to_have_text("137****5678")
    expect(page.locator("#talk-lines .text")).to_have_text(["我的电话是一三七****五六七八"])
    say(console, call, "在吗", 0.002)
    expect(page.locator("#talk-lines li")).to_have_count(2)
    console.end(call)
    console.finish(call)
    expect(page.locator("#watch-label")).to_have_text("通话已结束")
