"""A display in memory, windows on it, and hands that type into them."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import time

# A sanitizer slows everything down.
PATIENCE = 20 * float(os.environ.get("BIGHT_DEMO_PATIENCE", "1"))


def wait_until(what, condition):
    """Call until it gives something true, and return that."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"waited too long for {what}")


@contextlib.contextmanager
def display():
    """Xvfb, and an environment in which nothing of a real desktop is left."""
    with tempfile.TemporaryDirectory() as scratch:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
            pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        try:
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            yield environment(number, scratch)
        finally:
            server.terminate()
            server.wait()


def environment(number, scratch):
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "TZ") or name.endswith("_OPTIONS")}
    return kept | {
        "DISPLAY": f":{number}", "HOME": scratch, "XDG_CONFIG_HOME": f"{scratch}/config",
        "XDG_DATA_HOME": f"{scratch}/data", "XDG_CACHE_HOME": f"{scratch}/cache",
        "XDG_RUNTIME_DIR": scratch, "LC_ALL": "C.UTF-8", "GDK_BACKEND": "x11",
        "QT_QPA_PLATFORM": "xcb", "GSK_RENDERER": "cairo", "GDK_DEBUG": "gl-disable", "G_DEBUG": "fatal-criticals",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:", "GTK_A11Y": "none"}


class Window:
    """A chat window, and a keyboard before it."""

    def __init__(self, program, environ, *arguments):
        self.environ = environ
        number, name = tempfile.mkstemp(".log", dir=environ["HOME"])
        self.log = pathlib.Path(name)
        with os.fdopen(number, "w") as log:
            self.process = subprocess.Popen([program, *arguments], env=environ, stdout=log,
                                            stderr=subprocess.STDOUT)

    def printed(self, begin):
        """What follows a word that begins a line of the output; waits for it."""
        def look():
            assert self.process.poll() is None, f"ended: {self.log.read_text()}"
            return [line[len(begin):] for line in self.log.read_text().splitlines()
                    if line.startswith(begin)]
        return wait_until(f"'{begin}'", look)[0]

    def hands(self, *arguments):
        done = subprocess.run(["xdotool", *arguments], env=self.environ, capture_output=True,
                              text=True, timeout=PATIENCE)
        return done.stdout.split()

    def windows(self):
        return self.hands("search", "--onlyvisible", "--pid", str(self.process.pid))

    def focus(self):
        """There is no window manager: give the focus to the window that came last."""
        window = wait_until("a window", self.windows)[-1]
        self.hands("windowfocus", "--sync", window)

    def press(self, *keys):
        self.hands("key", "--delay", "20", *keys)

    def type(self, text):
        """A newline is the Enter key."""
        for number, line in enumerate(text.split("\n")):
            if number > 0:
                self.press("Return")
            if line:
                self.hands("type", "--delay", "10", line)

    def quit(self):
        """End it as a session manager does; it has to end well."""
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
