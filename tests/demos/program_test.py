#!/usr/bin/env python3
"""What the chat programs promise on the command line: program_test.py PROGRAM."""

import pathlib
import socket
import struct
import subprocess
import sys
import unittest

from display import PATIENCE, Window, display
from guest import Guest

PROGRAM = ""


class Program(unittest.TestCase):
    def setUp(self):
        self.environ = self.enterContext(display())
        self.folder = pathlib.Path(self.environ["HOME"])

    def script(self, name, *lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    def start(self, *arguments):
        window = Window(PROGRAM, self.environ, *arguments)
        self.addCleanup(window.end)
        return window

    def host(self, *arguments):
        return self.start("--host", "tcp:127.0.0.1:0", "--nick", "ada", "--join", "#a", *arguments)

    def run_to_end(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], env=self.environ, capture_output=True,
                              text=True, timeout=PATIENCE * 2)

    def shown(self, *lines):
        """The transcript of a window that hosts, and does what the lines say."""
        path = self.folder / "transcript"
        done = self.run_to_end("--host", "tcp:127.0.0.1:0", "--nick", "ada", "--join", "#a",
                               "--script", self.script("script", *lines, "quit"),
                               "--transcript", str(path))
        self.assertEqual(done.returncode, 0, done.stderr)
        return path.read_text()

    def test_the_transcript_is_what_the_view_shows(self):
        text = self.shown("wait You joined #a", "say hello", "say /me waves", "wait ada waves")
        self.assertRegex(text, r"You joined #a.*\n(.*\n)*.*hello\n(.*\n)?.*ada waves")

    def test_what_others_do_is_told_in_the_same_words(self):
        window = self.host("--script", self.script(
            "script", "wait You joined #a", "wait bob joined", "say /mode -t",
            "wait bob is now known as bert", "wait bert changed the topic to: Tea", "wait bert left: supper", "wait carl joined",
            "wait carl quit: Quit: bye", "quit"))
        endpoint = window.printed("listening ")
        bob = Guest(endpoint, "bob", "#b")
        self.addCleanup(bob.leave)
        bob.waits_for("ada", "#a")
        bob.say("JOIN #a")
        bob.hears("MODE #a -t")
        bob.say("NICK bert", "TOPIC #a :Tea", "PART #a :supper")
        carl = Guest(endpoint, "carl", "#a")
        self.addCleanup(carl.leave)
        carl.say("QUIT :bye")
        self.assertEqual(window.process.wait(PATIENCE), 0, window.log.read_text())

    def test_the_screenshot_is_a_picture_of_the_window(self):
        path = self.folder / "picture.png"
        window = self.host("--screenshot", str(path), "--script", self.script(
            "script", "wait You joined #a", "say hello", "screenshot", "quit"))
        self.assertEqual(window.process.wait(PATIENCE), 0, window.log.read_text())
        picture = path.read_bytes()
        width, height = struct.unpack(">II", picture[16:24])
        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(width, 300)
        self.assertGreater(height, 300)
        self.assertGreater(len(picture), 5000, "an empty window compresses better")

    def test_no_thread_is_started_for_a_connection(self):
        done = self.run_to_end("--host", "tcp:127.0.0.1:0", "--nick", "ada", "--count-threads",
                               "--script", self.script("script", "wait You joined", "quit"))
        counts = dict(reversed(line.split()[1:]) for line in done.stdout.splitlines()
                      if line.startswith("threads "))
        self.assertEqual(counts["ready"], counts["offline"], done.stdout)

    def test_a_nick_that_is_taken_gets_an_alternative(self):
        endpoint = self.host().printed("listening ")
        done = self.run_to_end("--connect", endpoint, "--nick", "ada", "--join", "#a", "--script",
                               self.script("second", "wait You joined #a", "say I am the other",
                                           "wait ada_", "quit"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_server_that_goes_is_told(self):
        path = self.folder / "second.txt"
        first = self.host()
        second = self.start("--connect", first.printed("listening "), "--nick", "bob", "--join",
                            "#a", "--transcript", str(path), "--script",
                            self.script("second", "wait You joined #a", "wait Disconnected", "quit"))
        ears = Guest(first.printed("listening "), "ears", "#a")
        self.addCleanup(ears.leave)
        ears.waits_for("bob", "#a")
        first.quit()
        self.assertEqual(second.process.wait(PATIENCE), 0, second.log.read_text())
        self.assertIn("Disconnected: ", path.read_text())

    def test_a_port_that_is_taken_ends_with_a_complaint(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            endpoint = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
            done = self.run_to_end("--host", endpoint, "--nick", "ada", "--script",
                                   self.script("script", "wait nothing"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(endpoint, done.stderr)

    def test_a_script_that_fails_ends_with_a_complaint(self):
        done = self.run_to_end("--host", "tcp:127.0.0.1:0", "--nick", "ada", "--join", "#a",
                               "--script", self.script("script", "wait You joined #a", "say /kick"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("say /kick", done.stderr)

    def test_an_unknown_action_ends_with_a_complaint(self):
        done = self.run_to_end("--host", "tcp:127.0.0.1:0", "--nick", "ada",
                               "--script", self.script("script", "dance"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("dance", done.stderr)

    def test_an_option_that_is_none_ends_with_2(self):
        done = self.run_to_end("--moonlight")
        self.assertEqual(done.returncode, 2)
        self.assertIn("moonlight", done.stderr)

    def test_a_script_that_is_not_there_ends_with_1(self):
        done = self.run_to_end("--script", str(self.folder / "missing"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing", done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
