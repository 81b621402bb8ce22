"""The page in a real browser: how soon it is there and answers before a hospital of 512 ONUs, what it weighs, and how
soon an intent is red after its flow entry was taken off a switch behind Clearway's back.

The browser, the service and all devices share the machine's processors.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from os_ken.ofproto import ofproto_v1_4, ofproto_v1_4_parser
from os_ken.ofproto.ofproto_protocol import ProtocolDesc

from labs.bench.api import small_site
from labs.bench.browser import DESK, chromium
from labs.bench.page_served import Served, served
from labs.bench.planning import write
from labs.bench.product import clearway
from labs.bench.report import Report, Targets
from labs.bench.twin.hospital import free_ports
from labs.campus import HOSPITAL, Size
from labs.olt.control import ask
from labs.runner import lab
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Say = Callable[[str], None]
TARGETS: Final[Targets] = {
    "first_view_s": ("<=", 1.5),
    "click_p95_ms": ("<=", 100),
    "red_s": ("<=", 3),
    "bytes_kib": ("<=", 600),
}
VIEWS: Final = 5
CLICKS: Final = 40
_JUDGED_WITHIN_MS: Final = 240_000
_WITHIN_MS: Final = 120_000
# An intent, and the addresses of a pair that it speaks of: another each time, so that each turns red from green.
_PAIRS: Final = (
    ("ct-study", "10.10.0.11", "10.20.0.5"),
    ("diagnosis-fetch", "10.20.0.5", "10.10.0.13"),
    ("phones", "10.140.0.11", "10.20.0.12"),
)
_DRAWN: Final = """async () => {
  const drawn = () => document.querySelectorAll('svg.map .box').length > 3 && document.querySelector('.overview h1');
  while (!drawn()) await new Promise(requestAnimationFrame);
  return performance.now();
}"""
# From the click until what was clicked is on the screen: drawn, and a frame shown.
_CLICKED: Final = """async ([selector, done]) => {
  const shown = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  const target = document.querySelector(selector);
  const began = performance.now();
  target.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
  while (!document.querySelector(done)) {
    if (performance.now() - began > 30000) throw new Error(`${done} does not come after a click on ${selector}`);
    await shown();
  }
  await shown();
  return performance.now() - began;
}"""


def run(say: Say, size: Size = HOSPITAL) -> Report:
    """All figures. Raises LabError where there is no browser, or something does not come."""
    with chromium() as browser:
        figures = {**_large(say, browser, size), **_red(say, browser)}
    return Report(bench="page", figures=figures, limits=TARGETS)


def _large(say: Say, browser: Browser, size: Size) -> dict[str, float]:
    with _hospital(say, size) as folder, served(folder) as service:
        say("the hospital is proven for the first time by the service")
        context = _window(browser)
        page = context.new_page()
        service.login(page)
        page.locator(".overview h1.holds").wait_for(timeout=_JUDGED_WITHIN_MS)
        return {**_first_view(say, browser, context, service), **_clicks(say, page, service)}


@contextmanager
def _hospital(say: Say, size: Size) -> Iterator[Path]:
    """A hospital's devices on loopback, with all intents applied."""
    with tempfile.TemporaryDirectory(prefix="cw-page-") as scratch:
        folder = Path(scratch)
        write(size, folder, free_ports())
        say(f"a hospital of {size.onus} ONUs and {size.places:,} places: its devices, and its {size.intents} intents")
        lab.up(folder, say, without_packets=True)
        try:
            clearway("apply", str(folder))
            yield folder
        finally:
            lab.down(folder)


def _first_view(say: Say, browser: Browser, context: BrowserContext, service: Served) -> dict[str, float]:
    """From the address being entered to the map being drawn, with nothing kept from before but who is logged in."""
    say(f"its first view, {VIEWS} times")
    times, sizes = [], []
    for _ in range(VIEWS):
        fresh = _window(browser, storage_state=context.storage_state())
        page = fresh.new_page()
        received: list[Any] = []
        page.on("requestfinished", partial(_keep, received))
        page.goto(service.address, wait_until="commit")
        times.append(_number(page.evaluate(_DRAWN)))
        sizes.append(sum(part for request in received for part in _bytes(request)))
        fresh.close()
    return {
        "first_view_s": round(statistics.median(times) / 1000, 3),
        "first_view_max_s": round(max(times) / 1000, 3),
        "bytes_kib": round(max(sizes) / 1024, 1),
    }


def _keep(received: list[Any], request: Any) -> None:
    received.append(request)


def _bytes(request: Any) -> tuple[int, int]:
    found = request.sizes()
    return found["responseBodySize"], found["responseHeadersSize"]


def _clicks(say: Say, page: Page, service: Served) -> dict[str, float]:
    """Intents of the list, until the panel tells of them, and until their whole way is there; PONs, until open."""
    say(f"{CLICKS} clicks on intents, and as many on PONs")
    page.goto(f"{service.address}#/intents")
    names = page.locator("a[data-intent]").evaluate_all("all => all.map(each => each.dataset.intent)")
    told, whole = [], []
    for name in names[:: max(1, len(names) // CLICKS)][:CLICKS]:
        click = f'a[data-intent="{name}"]'
        told.append(_number(page.evaluate(_CLICKED, [click, f'.workspace[data-key="intents/{name}"] .intent h1'])))
        began = time.monotonic()
        page.locator(".hops, .findings").first.wait_for(timeout=_WITHIN_MS)
        whole.append(told[-1] + 1000 * (time.monotonic() - began))
        page.goto(f"{service.address}#/intents")
    page.goto(f"{service.address}#/map")
    pons = page.locator("[data-id*='/pon-']").evaluate_all("all => all.map(each => each.dataset.id)")
    folded = []
    for number in range(CLICKS):
        pon = pons[number // 2 % len(pons)]
        # Which are open at first depends on what was looked at before.
        other = "false" if page.locator(f'[data-id="{pon}"]').get_attribute("aria-expanded") == "true" else "true"
        click, done = f'[data-fold="{pon}"]', f'[data-id="{pon}"][aria-expanded="{other}"]'
        folded.append(_number(page.evaluate(_CLICKED, [click, done])))
    return {
        "click_p95_ms": round(_p95(told + folded), 1),
        "click_median_ms": round(statistics.median(told + folded), 1),
        "way_p95_ms": round(_p95(whole), 1),
        "way_median_ms": round(statistics.median(whole), 1),
    }


def _red(say: Say, browser: Browser) -> dict[str, float]:
    """From a flow entry being taken off the switch to the packet that shows it being on the screen; the longest."""
    say("flow entries are taken off a switch of the small lab")
    times = []
    with small_site(say, loopback=True) as folder, served(folder) as service:
        page = _window(browser).new_page()
        service.login(page)
        page.locator(".overview h1.holds").wait_for(timeout=_WITHIN_MS)
        for name, source, destination in _PAIRS:
            page.goto(f"{service.address}#/intents/{name}")
            page.locator(".intent .verdict.holds").wait_for(timeout=_WITHIN_MS)
            began = time.monotonic()
            delete_flow(folder, source, destination)
            page.locator(".intent .broken-block .packet").first.wait_for(timeout=_WITHIN_MS)
            times.append(time.monotonic() - began)
    return {"red_s": round(max(times), 2), "red_median_s": round(statistics.median(times), 2)}


def delete_flow(folder: Path, source: str, destination: str) -> None:
    """As another controller would: whatever the switch has from one address to the other."""
    datapath = ProtocolDesc(version=ofproto_v1_4.OFP_VERSION)
    match = ofproto_v1_4_parser.OFPMatch(eth_type=0x0800, ipv4_src=source, ipv4_dst=destination)
    gone = ofproto_v1_4_parser.OFPFlowMod(
        datapath,
        table_id=1,
        command=ofproto_v1_4.OFPFC_DELETE,
        out_port=ofproto_v1_4.OFPP_ANY,
        out_group=ofproto_v1_4.OFPG_ANY,
        match=match,
    )
    gone.serialize()
    topology = next(folder.glob("*.clab.yml"))
    ask(Workspace(topology).folder / "core-1.control", cmd="change", frame=bytes(gone.buf).hex())


def _window(browser: Browser, **more: Any) -> BrowserContext:
    return browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB", **more)


def _p95(times: list[float]) -> float:
    return sorted(times)[len(times) * 95 // 100]


def _number(found: Any) -> float:
    if not isinstance(found, int | float):
        raise LabError(f"the browser measured {found!r}")
    return float(found)
