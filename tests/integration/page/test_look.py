"""The page of a busy installation: it fits on a phone and on a desk, and can be read by day and by night."""

from pathlib import Path

import pytest

from integration.page.browser import Browser, Scheme
from integration.page.sample import busy, outcome, served
from mcp_jobs.page.history import FAILURES, History
from mcp_jobs.page.picture import Usage, Workload

LONG = "a-name-without-any-place-to-break-it-" * 5
SIZES = ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_nothing_is_cut_off_and_everything_can_be_read(
    browser: Browser, width: int, scheme: Scheme, tmp_path: Path
) -> None:
    history = History()
    history.add(LONG, outcome(history._clock(), "failed", 1, "tool", LONG * 4) | {"jobId": LONG})
    rows = [Workload(name=LONG, lag={"0": 1_234_567}, oldest=1e6, claimed=12_345, orphans=1, running=12_345)]
    caps = [Usage(name=f"tenant {LONG}", used=12_345, cap=12_345)]
    with served(busy(workloads=rows, caps=caps, history=history, problems=[LONG])) as url:
        browser.open(url, width=width, height=740, scheme=scheme)
        browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
        assert browser.ask("document.documentElement.scrollWidth") <= width
        assert browser.ask(f"[...document.querySelectorAll('main *')].filter({CUT}).length") == 0
        assert browser.ask(f"[...document.querySelectorAll('main *')].filter({PALE}).length") == 0
        assert browser.complaints() == []


#: reaches out of the window
CUT = "e => e.getBoundingClientRect().right > innerWidth + 1"
#: has text of its own that stands out from the ground by less than WCAG's 4.5 to 1
PALE = """e => {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) return false;
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((v) => v / 255)
      .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (e) => getComputedStyle(e).backgroundColor;
  let behind = e;
  while (ground(behind) === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
  const [a, b] = [getComputedStyle(e).color, ground(behind)].map(light).sort((x, y) => y - x);
  return (a + .05) / (b + .05) < 4.5;
}"""


def test_a_bar_tells_its_minute(browser: Browser) -> None:
    with served(busy()) as url:
        browser.open(url)
        browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
        assert browser.text("#reading").startswith("2 hours:")
        browser.ask("document.querySelectorAll('#bars .minute')[5].dispatchEvent(new Event('pointerenter'))")
        assert browser.text("#reading")[2] == ":"


def test_more_failures_are_shown_when_asked_for(browser: Browser) -> None:
    with served(busy()) as url:
        browser.open(url, width=360)
        browser.wait_until("failures", lambda: len(browser.texts("#failures li")) == 10)
        browser.click("#more")
        assert len(browser.texts("#failures li")) == FAILURES
        assert browser.ask("document.getElementById('more').offsetParent") is None


def test_minutes_before_the_count_began_are_not_drawn_as_empty(browser: Browser) -> None:
    history = History()
    history.begin(history._clock() - 1800)
    with served(busy(history=history)) as url:
        browser.open(url)
        browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
        assert 88 < float(browser.ask("document.querySelector('#bars .unknown').getAttribute('width')")) < 91
        assert browser.text("#hours span:nth-child(2)").startswith("counted since")
        assert browser.text("#failures").startswith("None since")


ADDED = """
  const script = document.createElement('script');
  try { script.append('document.title = 1'); document.head.append(script) } catch {}
"""


def test_a_script_that_is_not_the_pages_own_does_not_run(browser: Browser) -> None:
    with served(busy()) as url:
        browser.open(url)
        browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
        # What an injection would do, done by the driver, which is not bound by the policy itself.
        browser.chrome.execute_script(ADDED)
        assert browser.ask("document.title") == "mcp-jobs"
        assert any(
            "Content Security Policy" in each or "TrustedScript" in each for each in browser.complaints()
        )
