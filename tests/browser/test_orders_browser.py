"""A supervisor's orders in a real browser: an agent is forced out of a talk, the hotline is closed and opened again."""

import re
from typing import Any

from playwright.sync_api import Page, expect

PASSWORD = "geheim-12348"


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form.card button")


def test_force_and_closure_from_end_to_end(page: Page, console: Any) -> None:
    agent = console.agent()
    call = console.call(caller="13712345678")
    console.join(call, agent.name)
    sign_in(page, console.account("supervisor", "值班长"))

    seat = page.locator(f"#agent-grid [data-key={agent.name}]")
    expect(seat).to_contain_text("通话中")
    seat.focus()
    page.keyboard.press("Enter")  # as a keyboard or a screen reader does it
    dialog = page.get_by_role("dialog", name="调整坐席状态")
    expect(dialog).to_contain_text("137****5678")
    expect(page.locator("#force-confirm")).to_be_disabled()
    page.locator("#forcing label", has_text="示忙").click()
    expect(page.locator("#forcing-effect")).to_contain_text("通话会中断")
    page.click("#force-confirm")
    expect(page.locator("#forcing [data-for=reason]")).to_be_visible()
    expect(seat).to_contain_text("通话中")
    page.fill("#forcing [name=reason]", "培训")
    page.click("#force-confirm")
    expect(dialog).to_be_hidden()
    expect(seat).to_contain_text("示忙中 · 培训（值班长）")
    expect(page.locator("#queue-rows tr")).to_contain_text("示忙中 1")
    expect(page.locator("#queue-rows tr")).to_contain_text("任何人")

    seat.click()
    page.select_option("#forcing [name=load]", "1")
    expect(page.locator("#load-effect")).to_contain_text("不再派来电")
    page.click("#load-confirm")
    expect(seat).to_contain_text("100%")

    page.click("#close")
    page.locator(".option", has_text="系统故障").click()
    page.click("#close-confirm")
    expect(page.locator("#closed")).to_contain_text("系统故障")
    expect(page.locator("#closed-text")).to_contain_text("到手动恢复为止")
    expect(page.locator("#closure-lamp")).to_be_visible()
    later = "call-later"
    console.order(fact="Arrived", call=later, caller="13912345678", called="12348", trunk="local")
    console.order(fact="Answered", call=later)
    console.order(fact="PromptEnded", call=later, prompt="notice", completed=True)
    expect(page.locator(f"#call-rows [data-key={later}]")).to_contain_text("播放告知")
    page.click("#lift")
    expect(page.locator("#closed")).to_be_hidden()
    expect(page.locator("#close")).to_be_visible()
    expect(page.locator("#notes")).to_contain_text(re.compile("恢复接听"))
