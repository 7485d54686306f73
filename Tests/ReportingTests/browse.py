#!/usr/bin/env python3
"""Look at a page in headless Chromium and print what was seen as JSON.

    browse.py PAGE FOLDER

Screenshots go to FOLDER, and the browser's profile while it runs. Speaks the Chrome DevTools Protocol over the browser's own pipe
(--remote-debugging-pipe): no port, no other package than the browser.
"""
import base64
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib

BROWSERS = ["chromium-headless-shell", "chromium", "google-chrome", "chrome"]
WIDTHS = {"wide": (1280, 900), "narrow": (360, 740)}

# Least contrast of any text that is drawn (WCAG 2.2, 1.4.3), with the text that has it.
CONTRAST = """
(() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = e => { for (; e; e = e.parentElement) { const s = getComputedStyle(e);
      if (e.tagName == 'g' && e.querySelector(':scope > rect, :scope > a > rect')) return parse(getComputedStyle(e.querySelector('rect')).fill);
      const c = parse(s.backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
  let worst = [99, ''];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const t = walk.currentNode; const e = t.parentElement;
    if (!t.data.trim() || ['STYLE', 'title'].includes(e.tagName) || !e.getClientRects().length) continue;
    const s = getComputedStyle(e); const ink = parse(e instanceof SVGElement ? s.fill : s.color);
    const a = light(ink), b = light(behind(e)); const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) worst = [ratio, t.data.trim().slice(0, 60)]; }
  return worst;
})()
"""
FOCUS = """
(() => { const e = document.activeElement;
  return [e.tagName.toLowerCase(), (e.getAttribute('aria-label') || e.textContent || '').trim().slice(0, 60)]; })()
"""


class Browser:
    def __init__(self, folder):
        program = next((p for p in map(shutil.which, BROWSERS) if p), None)
        if not program:
            sys.exit("no Chromium: apt-get install chromium-headless-shell fonts-dejavu-core")
        to_child, self.out = os.pipe()
        self.incoming, from_child = os.pipe()

        def wire():
            # Above both, so that neither is overwritten before it is moved.
            a, b = os.dup(to_child), os.dup(from_child)
            a, b = (os.dup(fd) if fd in (3, 4) else fd for fd in (a, b))
            os.dup2(a, 3)
            os.dup2(b, 4)

        arguments = [program, "--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb",
                     "--hide-scrollbars", f"--user-data-dir={folder}/profile", "about:blank"]
        if os.geteuid() == 0:
            arguments.insert(1, "--no-sandbox")
        # Orphans of the browser's become this process's children (prctl(2), PR_SET_CHILD_SUBREAPER).
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        subprocess.Popen(arguments, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.buffer, self.events, self.number, self.session = b"", [], 0, None
        self.deadline = time.monotonic() + 150

    def receive(self):
        while b"\0" not in self.buffer:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.incoming], [], [], left)[0]:
                sys.exit("the browser does not answer")
            chunk = os.read(self.incoming, 1 << 20)
            if not chunk:
                sys.exit("the browser has ended")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, url):
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def close(self):
        """Kills it with all its processes: those that live on write to the profile again."""
        children = f"/proc/self/task/{threading.get_native_id()}/children"
        while numbers := pathlib.Path(children).read_text().split():
            for number in numbers:
                os.kill(int(number), signal.SIGKILL)
                os.waitpid(int(number), 0)


def lines(png):
    """How many of a picture's lines differ from each other, as they are stored."""
    position, data, width = 8, b"", 0
    while position < len(png):
        size, kind = struct.unpack(">I4s", png[position:position + 8])
        body = png[position + 8:position + 8 + size]
        if kind == b"IHDR":
            width, colors = struct.unpack(">I", body[:4])[0], {2: 3, 6: 4}[body[9]]
        if kind == b"IDAT":
            data += body
        position += 12 + size
    raw, stride = zlib.decompress(data), width * colors + 1
    return len({raw[start:start + stride] for start in range(0, len(raw), stride)})


def look(browser, url, folder):
    for domain in ["Page", "Runtime", "Log", "Network", "DOM"]:
        browser.call(f"{domain}.enable")
    browser.open(url)
    views = {}
    for scheme in ["light", "dark"]:
        for name, (width, height) in WIDTHS.items():
            browser.call("Emulation.setEmulatedMedia",
                         features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                         deviceScaleFactor=1, mobile=False)
            shot = base64.b64decode(browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])
            with open(f"{folder}/{scheme}-{name}.png", "wb") as file:
                file.write(shot)
            views[f"{scheme}-{name}"] = {
                "overflow": browser.evaluate("document.documentElement.scrollWidth - innerWidth"),
                "lines": lines(shot), "contrast": browser.evaluate(CONTRAST),
                "paper": browser.evaluate("getComputedStyle(document.body).backgroundColor"),
            }
    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    focused = []
    for _ in range(120):
        for kind in ["rawKeyDown", "keyUp"]:
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        here = browser.evaluate(FOCUS)
        if here[0] == "body":
            break
        focused.append(here)
        if here[0] == "summary" and not any(entry[0] == "opened" for entry in focused):
            for kind in ["keyDown", "keyUp"]:
                browser.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                             windowsVirtualKeyCode=13)
            focused.append(["opened", str(browser.evaluate("document.activeElement.parentElement.open"))])
    unnamed = browser.evaluate(
        "[...document.querySelectorAll('[tabindex], a, summary, section, svg[role], nav')].filter(e => !(e.id == 'main' ||"
        " e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.textContent.trim())).length")
    structure = browser.evaluate(
        "({landmarks: ['header', 'nav', 'main', 'footer'].map(n => document.querySelectorAll(n).length),"
        " headings: [...document.querySelectorAll('h1,h2,h3,h4')].map(e => e.tagName),"
        " scripts: document.querySelectorAll('script, [onerror], [onload], iframe, img, link, object').length,"
        " duplicates: (ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id)),"
        " dangling: [...document.querySelectorAll('a[href^=\"#\"]')].filter(e => !document.getElementById(e.getAttribute('href').slice(1))).length,"
        " text: document.body.innerText})")
    pdf = base64.b64decode(browser.call("Page.printToPDF")["data"])
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(url)
    root = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
    without = browser.call("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    silent = base64.b64decode(browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])
    messages, requests = [], []
    for event in browser.events:
        params = event.get("params", {})
        if event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            messages.append(json.dumps(params)[:400])
        if event.get("method") == "Network.requestWillBeSent" and params["request"]["url"] != url:
            requests.append(params["request"]["url"])
    return {"views": views, "focused": focused, "unnamed": unnamed, "structure": structure,
            "printed": pdf.startswith(b"%PDF") and len(pdf), "withoutScripts": len(without),
            "linesWithoutScripts": lines(silent), "messages": messages, "requests": requests}


def main():
    page, folder = sys.argv[1:]
    browser = Browser(folder)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        json.dump(look(browser, f"file://{os.path.realpath(page)}", folder), sys.stdout)
    finally:
        browser.close()
        if os.path.isdir(f"{folder}/profile"):
            shutil.rmtree(f"{folder}/profile")


main()
