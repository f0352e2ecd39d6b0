"""An agent's morning in a real browser: sign in, ready, a call rings, the record is refused, kept, saved."""

import re
from typing import Any

from playwright.sync_api import Page, expect

PASSWORD = "geheim-12348"
EVIL = "<img src=x onerror=\"document.title='bad'\">"


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form.card button")


def test_from_sign_in_to_the_saved_record(page: Page, console: Any) -> None:
    agent = console.agent(ready=False)
    sign_in(page, agent.name)
    expect(page.locator("#state-word")).to_have_text("示忙中")
    page.click("#ready")
    expect(page.locator("#state-word")).to_have_text("就绪")
    expect(page.locator("#idle-title")).to_have_text("就绪，等待来电")

    call = console.call(caller="13712345678")
    expect(page.locator("#ringing")).to_be_visible()
    expect(page.locator("#ring-number")).to_have_text("13712345678")
    expect(page.locator("#ring-label")).to_have_text("劳动")
    expect(page.locator("#line-number")).to_have_text("137****5678")
    expect(page).to_have_title(re.compile("来电"))

    console.join(call, agent.name)
    expect(page.locator("#ringing")).to_be_hidden()
    expect(page.locator("#transcript")).to_have_text("老板欠我三个月工资不给怎么办")
    page.fill("#record [name=answer]", "可以申请劳动仲裁")
    console.end(call)
    console.finish(call)
    expect(page.locator("#state-word")).to_have_text("话后处理")

    page.click("#save")
    expect(page.locator("#record [data-for=category]")).to_have_text("请填写类别")
    expect(page.locator("#record [data-for=matter]")).to_have_text("请填写事项")
    expect(page.locator("#record [data-for=answer]")).to_be_hidden()
    expect(page.locator("#record [name=answer]")).to_have_value("可以申请劳动仲裁")

    page.reload()
    expect(page.locator("#record [name=answer]")).to_have_value("可以申请劳动仲裁")
    page.click("#ready")  # no way around the record
    expect(page.locator("#state-word")).to_have_text("话后处理")

    page.click("#suggest")
    page.click("#use-words")
    expect(page.locator("#record [name=category]")).to_have_value("law.labour")
    page.fill("#ticket [name=title]", EVIL)
    page.fill("#ticket [name=content]", "三个月工资")
    page.click("#open-ticket")
    expect(page.locator("#call-tickets")).to_contain_text(EVIL)
    page.click("#save")
    expect(page.locator("#columns")).to_be_hidden()
    expect(page.locator("#state-word")).to_have_text("就绪")
    expect(page.locator("#unwritten")).to_be_hidden()

    page.goto(f"/records/{call}")
    expect(page.locator("main")).to_contain_text("可以申请劳动仲裁")
    expect(page.locator("main")).to_contain_text("137****5678 → 12348")
    assert page.title() != "bad"


def test_two_records_are_written_one_after_the_other(page: Page, console: Any) -> None:
    agent = console.agent()
    first = console.talked(agent.name, caller="13700000001")
    sign_in(page, agent.name)
    page.fill("#record [name=answer]", "第一通")
    console.order(fact="WrapUpDone", agent=agent.name)  # the time for it is over
    expect(page.locator("#state-word")).to_have_text("就绪")
    expect(page.locator("#record [name=answer]")).to_have_value("第一通")

    second = console.call(caller="13700000002")
    expect(page.locator("#ringing")).to_be_visible()
    console.join(second, agent.name)
    expect(page.locator("#caller")).to_have_text("13700000002")
    expect(page.locator("#record [name=answer]")).to_have_value("")
    page.locator("#work-list .chip", has_text="137****0001").click()
    expect(page.locator("#record [name=answer]")).to_have_value("第一通")
    page.select_option("#record [name=category]", "notary")
    page.fill("#record [name=matter]", "公证")
    page.click("#save")
    expect(page.locator("#caller")).to_have_text("13700000002")
    expect(page.locator("#state-word")).to_have_text("通话中")
    assert agent.get("/calls/work").json()["work"][0]["call"] == second
    assert first != second


def test_the_board_follows_and_a_lost_line_is_said(page: Page, console: Any) -> None:
    supervisor = console.account("supervisor")
    sign_in(page, supervisor)
    expect(page).to_have_url(re.compile("/board$"))
    expect(page.locator("#queue-none")).to_be_visible()
    call = console.call(caller="13712345678", said=EVIL)
    console.order(fact="DigitPressed", call=call, digit="0")
    expect(page.locator("#queue-rows")).to_contain_text("137****5678")
    expect(page.locator("#f-waiting b")).to_have_text("1")
    console.end(call)
    expect(page.locator("#queue-none")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
    console.kill()
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("#lost-text")).to_contain_text("连接已中断")


def test_signing_out_elsewhere_is_said_and_nothing_typed_is_lost(page: Page, console: Any) -> None:
    agent = console.agent()
    sign_in(page, agent.name)
    call = console.call()
    console.join(call, agent.name)
    page.fill("#record [name=answer]", "写了一半")
    page.evaluate(
        """() => fetch("/signout", {method: "POST",
             headers: {"X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content}})"""
    )
    expect(page.locator("#lost-text")).to_contain_text("登录已失效")
    expect(page.locator("#record [name=answer]")).to_have_value("写了一半")
    sign_in(page, agent.name)
    expect(page.locator("#record [name=answer]")).to_have_value("写了一半")
