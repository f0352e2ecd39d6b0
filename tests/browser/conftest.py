"""A real Chromium before a real console. Skipped, with the reason, where there is no Chromium."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONSOLE = Path(__file__).parents[1] / "agent_console" / "console.py"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium fonts-noto-cjk, or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("tests_console", CONSOLE)
    assert spec is not None and spec.loader is not None
    module = sys.modules.get("tests_console") or importlib.util.module_from_spec(spec)
    if "tests_console" not in sys.modules:
        sys.modules["tests_console"] = module
        spec.loader.exec_module(module)
    console = module.Console(tmp_path / "home")
    yield console
    console.close()


@pytest.fixture
def page(browser: Browser, console: Any) -> Iterator[Page]:
    """A fresh page; errors of its scripts fail the test."""
    context = browser.new_context(base_url=console.address, viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert errors == []
