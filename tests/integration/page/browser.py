"""A headless Chromium, driven by its own driver. Both are Debian's packages."""

import base64
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

Scheme = Literal["light", "dark"]

#: what the page shows for a number that is not known
UNKNOWN = "\N{EN DASH}"

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """One tab. What it complains of is kept: a page that breaks its own policy says so there."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def open(self, url: str, *, width: int = 1280, height: int = 800, scheme: Scheme = "light") -> None:
        """Load a page in a window of that size."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.chrome.get("about:blank")  # the page before this one goes on asking until then
        self.complaints()
        self.chrome.get(url)

    def text(self, selector: str) -> str:
        """What a person reads there."""
        return self.texts(selector)[0]

    def texts(self, selector: str) -> list[str]:
        """The same for each element, all at one moment: the page draws itself anew."""
        script = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText)"
        return list(self.chrome.execute_script(script, selector))

    def click(self, selector: str) -> None:
        """Click on it."""
        self.chrome.find_element(By.CSS_SELECTOR, selector).click()

    def ask(self, script: str) -> Any:
        """What a script in the page returns."""
        return self.chrome.execute_script(f"return {script}")

    def wait_until(self, what: str, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for what the page shows a moment later."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {seconds:g} s: {self.text('body')}")
            time.sleep(0.05)

    def tiles(self) -> dict[str, tuple[str, str]]:
        """The numbers at the top: name, number, what is said below."""
        rows = [text.split("\n") for text in self.texts("#tiles > div")]
        return {row[0]: (row[-2], row[-1]) for row in rows}

    def complaints(self) -> list[str]:
        """What the console has, and forget it."""
        return [str(entry["message"]) for entry in self.chrome.get_log("browser")]  # type: ignore[no-untyped-call]

    def screenshot(self, file: Path) -> None:
        """The whole page, not only what fits into the window."""
        options = {"format": "png", "captureBeyondViewport": True}
        picture = self.chrome.execute_cdp_cmd("Page.captureScreenshot", options)
        file.write_bytes(base64.b64decode(picture["data"]))


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile, until the block ends. Fails where it is not installed."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium")
    if not driver or not binary:
        raise AssertionError(
            "no Chromium here: apt-get install chromium chromium-driver, or run scripts/test as root"
        )
    options = ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield Browser(chrome)
    finally:
        chrome.quit()
