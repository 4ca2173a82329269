#!/usr/bin/env python3
"""The question about a certificate that is not trusted, with real keys: trust_test.py PROGRAM."""

import pathlib
import subprocess
import sys
import unittest

from display import PATIENCE, Window, display, wait_until

PROGRAM = ""


def certificate(folder):
    key, file = str(folder / "key.pem"), str(folder / "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", file, "-days", "30",
                    "-subj", "/CN=irc.test", "-addext", "subjectAltName=DNS:irc.test"],
                   check=True, capture_output=True)
    return "--cert", file, "--key", key


class Trust(unittest.TestCase):
    def setUp(self):
        self.environ = self.enterContext(display())
        self.folder = pathlib.Path(self.environ["HOME"])
        tool = str(pathlib.Path(PROGRAM).parent / "bight")
        self.server = Window(tool, self.environ, "chatd", "--verbose", *certificate(self.folder),
                             "tls:127.0.0.1:0")
        self.addCleanup(self.server.end)
        self.endpoint = self.server.printed("listening ")
        self.pins = self.folder / "config"

    def connect(self, *lines):
        script = self.folder / "script"
        script.write_text("\n".join([*lines, "quit"]) + "\n")
        window = Window(PROGRAM, self.environ, "--connect", self.endpoint, "--nick", "ada",
                        "--join", "#a", "--script", str(script))
        self.addCleanup(window.end)
        return window

    def answer(self, window, *keys):
        """The dialog is the window that was made last, although the other may be above it."""
        wait_until("the question", lambda: len(window.windows()) > 1)
        window.hands("windowfocus", "--sync", max(window.windows(), key=int))
        window.press(*keys)

    def ends_well(self, window):
        self.assertEqual(window.process.wait(PATIENCE), 0, window.log.read_text())

    def failures(self):
        return self.server.log.read_text().count("not served")

    def known(self):
        return [line for file in self.pins.rglob("known-servers")
                for line in file.read_text().splitlines()]

    def test_a_refusal_is_told_with_the_reason_and_nothing_is_tried_again(self):
        window = self.connect("wait signed by itself", "wait for irc.test, not for 127.0.0.1")
        self.answer(window, "Escape")
        self.ends_well(window)
        wait_until("the server's report", self.failures)
        self.assertEqual(self.failures(), 1)

    def test_what_is_accepted_once_is_asked_about_again(self):
        for _ in range(2):
            window = self.connect("wait You joined #a")
            self.answer(window, "alt+a")
            self.ends_well(window)
        self.assertEqual(self.known(), [])

    def test_what_is_remembered_is_not_asked_about_again(self):
        window = self.connect("wait You joined #a")
        self.answer(window, "alt+r", "alt+a")
        self.ends_well(window)
        self.assertEqual(len(self.known()), 1)
        self.assertTrue(self.known()[0].endswith(self.endpoint[len("tls:"):]))
        self.ends_well(self.connect("wait You joined #a"))

    def test_the_program_ends_while_the_question_is_open(self):
        window = self.connect("wait never shown")
        wait_until("the question", lambda: len(window.windows()) > 1)
        window.quit()


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
