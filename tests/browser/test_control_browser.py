"""The bar of a call in a real browser: hold, consult, pass on; a supervisor listens from the board."""

from typing import Any

from playwright.sync_api import Page, expect

from records.accounts import set_sip_password

PASSWORD = "geheim-12348"


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form.card button")
    page.wait_for_selector("#state-word, #f-waiting")


def test_an_agent_holds_consults_and_passes_on(page: Page, console: Any) -> None:
    agent = console.agent()
    sign_in(page, agent.name)
    expect(page.locator("#call-bar")).to_be_hidden()
    call = console.call(caller="13712345678")
    console.join(call, agent.name)
    bar, state = page.locator("#call-bar"), page.locator("#call-state")
    expect(state).to_have_text("通话中")
    expect(bar.locator("[data-request=resume]")).to_be_hidden()

    bar.locator("[data-request=hold]").click()
    expect(state).to_contain_text("来电人听到音乐")
    bar.locator("[data-request=resume]").click()
    expect(state).to_have_text("通话中")

    page.click("#call-mute")
    expect(page.locator("#call-mute")).to_have_attribute("aria-pressed", "true")
    page.click("#call-mute")
    expect(page.locator("#call-mute")).to_have_attribute("aria-pressed", "false")

    other = console.agent()
    bar.locator("[data-request=consult]").click()
    dialog = page.get_by_role("dialog", name="咨询")
    dialog.locator("label", has_text="外线号码").click()
    page.fill("#calling [name=number]", "95588")
    page.press("#calling [name=number]", "Enter")
    expect(page.locator("#calling [data-for=number]")).to_contain_text("不在允许呼出的范围内")
    dialog.locator(".radios label", has_text="坐席").click()
    page.select_option("#calling [name=agent]", other.name)
    page.click("#calling-confirm")
    expect(dialog).to_be_hidden()
    expect(state).to_contain_text("正在呼叫对方")

    console.order(fact="LegEnded", call=call, leg=f"agent:{other.name}", code=486, reason="")
    expect(state).to_have_text("通话中")
    expect(page.locator("#notes")).to_contain_text("对方占线，来电人已回到您这里。")

    third = console.agent()
    bar.locator("[data-request=consult]").click()
    page.select_option("#calling [name=agent]", third.name)
    page.click("#calling-confirm")
    console.join(call, third.name)
    expect(state).to_contain_text("正在咨询")
    bar.locator("[data-request=swap]").click()
    expect(state).to_contain_text("对方在等待")
    bar.locator("[data-request=merge]").click()
    expect(state).to_have_text("多方通话")
    bar.locator("[data-request=complete]").click()
    expect(page.locator("#notes")).to_contain_text("来电已转出")
    expect(page.locator("#state-word")).to_have_text("话后处理")
    expect(bar).to_be_hidden()


def test_alt_e_calls_an_emergency_line_in_the_midst_of_a_consultation(page: Page, console: Any) -> None:
    agent = console.agent()
    sign_in(page, agent.name)
    call = console.call(caller="13712345678")
    console.join(call, agent.name)
    other = console.agent()
    expect(page.locator("#to-12345")).to_be_visible()
    page.locator("#call-bar [data-request=consult]").click()
    page.select_option("#calling [name=agent]", other.name)
    page.click("#calling-confirm")
    expect(page.locator("#call-state")).to_contain_text("正在呼叫对方")
    expect(page.locator("#to-12345")).to_be_hidden()
    console.join(call, other.name)
    expect(page.locator("#call-state")).to_contain_text("正在咨询")
    page.keyboard.press("Alt+E")
    page.locator("#emergency [data-number='110']").click()
    expect(page.locator("#outside-word")).to_have_text("110 正在呼叫")
    expect(page.locator("#call-state")).to_have_text("多方通话")


def test_a_supervisor_listens_from_the_board_in_english(page: Page, console: Any) -> None:
    agent = console.agent()
    call = console.call(caller="13712345678")
    console.join(call, agent.name)
    supervisor = console.account("supervisor", "值班长")
    console.database.do(set_sip_password, supervisor, "12348")
    sign_in(page, supervisor)
    page.context.add_cookies([{"name": "language", "value": "en", "url": console.address}])
    page.reload()
    row = page.locator(f"#call-rows [data-key={call}]")
    row.get_by_role("button", name="Listen").click()
    expect(row.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "true")
    row.get_by_role("button", name="Whisper").click()
    expect(row.get_by_role("button", name="Whisper")).to_have_attribute("aria-pressed", "true")
    expect(row.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "false")
    row.get_by_role("button", name="Leave").click()
    expect(row.get_by_role("button", name="Leave")).to_have_count(0)
