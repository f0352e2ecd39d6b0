"""A transfer to 12345 that comes back busy, with real phones, watched by a supervisor in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from config.load import PACKAGED
from telephony.softphone.remote import Softphone
from tests.process.house import free_port
from tests.running import LINES_OUTSIDE, Hotline, Seat, until

CALLER = "13911116071"


@pytest.fixture
def line() -> Iterator[Softphone]:
    """Whoever picks up at 12345."""
    with Softphone("outside", rtp_port=free_port() & ~1) as phone:
        yield phone


@pytest.fixture
def calling(line: Softphone) -> Iterator[Hotline]:
    """A hotline that is always open, whose trunk to 12345 leads to the phone."""
    with TemporaryDirectory(prefix="hl-") as home:
        hotline = Hotline(Path(home), LINES_OUTSIDE.format(port=line.sip_port))
        shifts = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
        shifts |= {"outside": {"action": "person"}, "rosters": []}
        (hotline.home / "shifts.yaml").write_text(yaml.safe_dump(shifts, allow_unicode=True), encoding="utf-8")
        hotline.start()
        try:
            yield hotline
        finally:
            hotline.stop()


@pytest.fixture
def watching(calling: Hotline, browser: Browser) -> Iterator[Page]:
    """The supervisor's page."""
    made = calling.cli("user", "add", "tr-wang", "--role", "supervisor")[0]
    address = f"http://127.0.0.1:{calling.web_port}"
    context = browser.new_context(base_url=address, locale="zh-CN", viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.fill("[name=name]", "tr-wang")
    page.fill("[name=password]", str(made["password"]))
    page.click("form.card button")
    page.get_by_role("link", name="转接", exact=True).click()
    expect(page.locator("[data-part=running]")).to_contain_text("现在没有进行中的转接")
    yield page
    context.close()
    assert errors == []


def test_a_transfer_that_comes_back_busy_is_seen(
    calling: Hotline, line: Softphone, watching: Page, tmp_path: Path
) -> None:
    expect.set_options(timeout=30_000)
    seat = Seat(calling, "tr-li", tmp_path)
    try:
        with Softphone(CALLER, rtp_port=free_port() & ~1) as phone:
            phone.dial(calling.number)
            phone.wait("answered", 30)
            calling.wait_state(CALLER, "ASKING")
            phone.press("0")
            calling.wait_state(CALLER, "TALKING")
            call = next(str(each["call"]) for each in calling.board()["calls"] if each["caller"] == CALLER)
            ticket = str(seat.page.press(f"/calls/{call}/to_12345", summary="噪音")["ticket"]["number"])
            line.wait("incoming", 30)
            under_way = watching.locator("[data-part=running] tbody tr")
            expect(under_way).to_have_count(1)
            expect(under_way).to_contain_text("正在呼叫，坐席陪同")
            expect(under_way).to_contain_text(ticket)
            expect(under_way.locator("time")).to_have_text(re.compile(r"^\d+:\d\d$"))

            line.answer(486)
            expect(under_way).to_have_count(0)
            came_back = watching.locator(".tally", has_text="未接通返回")
            expect(came_back).to_have_text("未接通返回1 次占线 1")
            expect(came_back).to_have_class("tally red")
            row = watching.locator("#gone tbody tr")
            expect(row).to_contain_text("占线")
            assert calling.state_of(CALLER) == "TALKING"

            seat.page.press(f"/calls/{call}/emergency", number="110")
            line.wait("incoming", 30)
            line.answer()
            danger = watching.locator("#emergencies tbody tr")
            expect(danger).to_contain_text("110 已接通")
            expect(danger).to_contain_text("还没有")
            danger.get_by_role("button", name="已知悉").click()
            expect(danger).to_contain_text("tr-wang")
            expect(danger.get_by_role("button")).to_have_count(0)
            watching.mouse.move(0, 0)
            expect(danger.locator(".folds time")).to_have_count(1)  # as the server has it
            check_english(watching)
            assert CALLER not in watching.content()
            phone.hang_up()
            phone.wait("ended", 30)
        until(lambda: calling.record_of(CALLER), "the record")
        wallboard(watching)
        assert all(row.get("same", True) for row in calling.cli("replay", call))
    finally:
        seat.close()


def check_english(page: Page) -> None:
    page.context.add_cookies([{"name": "language", "value": "en", "url": page.url}])
    page.reload()
    expect(page.locator(".tally", has_text="Came back")).to_contain_text("Busy 1")
    expect(page.locator("#emergencies")).to_contain_text("Emergency line answered")


def wallboard(page: Page) -> None:
    """The same figures stand on the board."""
    page.goto("/board")
    expect(page.locator("#transfers .tally", has_text="Came back")).to_contain_text("Busy 1")
    expect(page.locator("#transfers")).to_contain_text("No transfer under way")
