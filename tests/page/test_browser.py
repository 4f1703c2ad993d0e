"""A page in a real browser: no error, nothing fetched, time moves the picture, keys and small windows work.

Needs Chromium and playwright: `apt-get install chromium`, `pip install playwright`, then
`pytest -m slow tests/page/test_browser.py`. KINETIC_BROWSER names another program.
"""

import os
import shutil
from dataclasses import replace

import pytest
from small_records import record_of

from kinetic.page import write

pytestmark = pytest.mark.slow

BROWSER = os.environ.get("KINETIC_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
MARKUP = "<b>bold</b> & <script>document.title = 1</script>"
PATIENCE = 120_000  # milliseconds: drawn by software, on a machine that has other work


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    pytest.importorskip("plotly", reason="needs plotly: pip install plotly")
    if BROWSER is None:
        pytest.skip("no browser: apt-get install chromium, or name one with KINETIC_BROWSER")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write([record_of("sphere")], folder / "sphere.html")
    write([record_of("circle"), record_of("circle", normalization="none")], folder / "two.html")
    zonal = record_of("zonal")
    text = zonal.case_text.replace("Costs $5 and _more_", MARKUP)
    manifest = replace(zonal.contents.manifest, case_text=text)
    write([replace(zonal, contents=replace(zonal.contents, manifest=manifest))], folder / "zonal.html")
    return folder


def opened(browser, path, width, scheme):
    """The page in a window, and what went wrong and was asked for in it."""
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.set_default_timeout(PATIENCE)
    errors, asked = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-time]")
    return page, errors, asked


def at(page, time):
    """Wait until the pictures show a time."""
    page.wait_for_selector(f'body[data-time="{time}"]')


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_sphere_plays_and_turns_by_keys(browser, pages):
    path = pages / "sphere.html"
    page, errors, asked = opened(browser, path, 1400, "light")
    assert path.stat().st_size < 10e6
    ball = page.locator("#pictures .plot").first
    first = ball.screenshot()
    page.locator("#time").focus()
    page.keyboard.press("End")
    at(page, "0.6")
    assert page.locator("#now").text_content() == "t = 0.6"
    last = ball.screenshot()
    assert last != first
    ball.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(2000)
    assert ball.screenshot() != last
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowLeft")
    at(page, "0.4")
    page.keyboard.press("End")
    page.locator("#claims-title").scroll_into_view_if_needed()
    page.locator("details summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] dl").first.is_visible()
    assert (errors, asked, overflow(page)) == ([], [path.as_uri()], 0)


def test_two_circles_fit_a_small_window_in_the_dark(browser, pages):
    path = pages / "two.html"
    page, errors, asked = opened(browser, path, 400, "dark")
    assert overflow(page) == 0
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.locator("#run").click()
    at(page, "0.6")
    assert page.locator(".key").count() == 2
    for box in page.locator("#curves .plot").all():
        box.scroll_into_view_if_needed()
    page.wait_for_selector("#curves figure:last-child .main-svg")
    assert (errors, asked, overflow(page)) == ([], [path.as_uri()], 0)


def test_a_title_with_markup_is_text_and_lines_move_with_the_slider(browser, pages):
    path = pages / "zonal.html"
    page, errors, asked = opened(browser, path, 400, "light")
    assert page.locator("h1").text_content() == page.title() == MARKUP
    assert page.locator("h1 > *").count() == 0
    lines = page.locator("#pictures .plot").first
    first = lines.screenshot()
    page.locator("#time").focus()
    page.keyboard.press("End")
    at(page, "0.6")
    assert lines.screenshot() != first
    assert (errors, asked, overflow(page)) == ([], [path.as_uri()], 0)
