"""One Millbrook for the stories of a file: its people move in once, and where one test leaves it the next goes on."""

import os
import signal

import pytest

from tests.browser.millbrook import HARMLESS, RAW, Millbrook, expect


@pytest.fixture(scope="module")
def town(request, tmp_path_factory):
    """Millbrook, running, with the file's `CROWD`."""
    scattered = [item.nodeid for item in request.session.items if item.path == request.path and "@" not in item.nodeid]
    assert "PYTEST_XDIST_WORKER" not in os.environ or not scattered, "needs --dist loadgroup"
    millbrook = Millbrook(tmp_path_factory.mktemp("millbrook"), getattr(request.module, "CROWD", 0))
    yield millbrook
    if millbrook.process.poll() is None:
        millbrook.stop(signal.SIGKILL)


@pytest.fixture
def page(town, browser):
    """The page, in the browser of somebody far from Millbrook; nothing may go wrong in it, nothing raw may be shown."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(30_000)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(town.url)
    expect(page.locator("[data-person]").first).to_be_visible()
    yield page
    assert not RAW.search(page.locator("body").inner_text())
    assert page.locator(".notice[role=alert]").count() == 0
    assert complaints == []
    outcomes = {call["outcome"] for call in town.get("calls?after=0")["calls"]}
    assert [outcome for outcome in outcomes if not HARMLESS.match(outcome)] == []
    context.close()
