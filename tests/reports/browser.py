"""browser.py PAGE...: opens local pages in headless Chromium at 400 and at 1400 pixels, through its
DevTools protocol on a pipe (a window of its own is never narrower than 500). Fails where a page is
wider than that with all that unfolds open, asks for anything but itself, or says something on the
console. With LP_SHOTS set to a folder, leaves pictures there."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading

WIDTHS = (400, 1400)
TOO_WIDE = """(() => {
  for (const d of document.querySelectorAll('details')) d.open = true;
  const root = document.documentElement, limit = root.clientWidth;
  const folded = e => { for (; e; e = e.parentElement)
    if (getComputedStyle(e).overflowX !== 'visible') return true; return false; };
  const wide = [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().left + e.scrollWidth > limit + 1 && !folded(e));
  return JSON.stringify({page: root.scrollWidth, limit,
    widest: wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120))});
})()"""


class Browser:
    def __init__(self, folder):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()

        def place():  # the protocol's descriptors are 3 and 4; neither end may overwrite the other
            reading, writing = os.dup(to_read), os.dup(to_write)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--remote-debugging-pipe", "--user-data-dir=" + folder],
            close_fds=False, preexec_fn=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.timer = threading.Timer(90, self.process.kill)  # then read() meets the end of the pipe
        self.timer.start()
        self.left, self.last, self.events, self.session = b"", 0, [], None

    def read(self):
        while b"\0" not in self.left:
            part = os.read(self.back, 1 << 16)
            if not part:
                sys.exit("chromium ended, or took longer than 90 s")
            self.left += part
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while (answer := self.read()).get("id") != self.last:
            self.events.append(answer)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def await_event(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.read())

    def close(self):
        self.timer.cancel()
        self.process.kill()
        self.process.wait()


def complaints(events, url):
    for event in events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent" and params["request"]["url"] != url:
            yield "asks for " + params["request"]["url"][:100]
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            yield f"console: {json.dumps(params)[:200]}"


def look(browser, page, width):
    url = "file://" + os.path.abspath(page)
    browser.events = []
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1,
                 mobile=False)
    browser.call("Page.navigate", url=url)
    browser.await_event("Page.loadEventFired")
    value = browser.call("Runtime.evaluate", expression=TOO_WIDE)["result"]["value"]
    seen = json.loads(value)
    found = list(complaints(browser.events, url))
    if seen["limit"] != width:
        found.append(f"shown at {seen['limit']} pixels")
    if seen["page"] > seen["limit"] or seen["widest"]:
        found.append(f"{seen['page']} pixels wide: {seen['widest']}")
    if not any(e.get("method") == "Network.requestWillBeSent" for e in browser.events):
        found.append("not even the page itself was seen to be asked for")
    if os.environ.get("LP_SHOTS"):
        shot = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": int(os.environ.get("LP_SHOT_FROM", 0)), "width": width, "height": 4000, "scale": 1})
        name = os.path.basename(os.path.dirname(url)) + "-" + os.path.basename(page) + f"-{width}.png"
        with open(os.path.join(os.environ["LP_SHOTS"], name), "wb") as file:
            file.write(base64.b64decode(shot["data"]))
    return [f"{page} at {width}: {what}" for what in found]


def main(pages):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            session = browser.call("Target.attachToTarget", targetId=target, flatten=True)
            browser.session = session["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                browser.call(domain + ".enable")
            found = [f for page in pages for width in WIDTHS for f in look(browser, page, width)]
        finally:
            browser.close()
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
