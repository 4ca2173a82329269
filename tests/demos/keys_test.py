#!/usr/bin/env python3
"""Everything in the chat window can be done with the keyboard: keys_test.py PROGRAM.

A guest on the server that the window hosts hears what the keys lead to. Both windows have the same
keys (docs/guides/demo.md), so one test holds both to it.
"""

import pathlib
import re
import sys
import unittest

from display import Window, display, wait_until
from guest import Guest

PROGRAM = ""

# Keys go to the conversation that is shown: that has to be #a before the first of them.
READY = """wait You joined #a
show #b
wait You joined #b
show #a
"""


class Keys(unittest.TestCase):
    def setUp(self):
        self.environ = self.enterContext(display())
        script = pathlib.Path(self.environ["HOME"]) / "script"
        script.write_text(READY)
        self.window = Window(PROGRAM, self.environ, "--host", "tcp:127.0.0.1:0", "--nick", "ada",
                             "--join", "#a,#b", "--script", script)
        self.addCleanup(self.window.end)
        self.guest = Guest(self.window.printed("listening "), "guest", "#a,#b")
        self.addCleanup(self.guest.leave)
        self.window.printed("script done")
        self.window.focus()

    def tearDown(self):
        if self.window.process.poll() is None:
            self.window.quit()

    def hears(self, target, text):
        self.guest.hears(rf"^:ada\S* PRIVMSG {re.escape(target)} :{re.escape(text)}$")

    def test_what_is_typed_is_said(self):
        self.window.type("hello there\n")
        self.hears("#a", "hello there")

    def test_up_and_down_go_through_what_was_said(self):
        self.window.type("first\nsecond\nthird")
        self.hears("#a", "second")
        self.window.press("Up", "Up", "Return")
        self.hears("#a", "first")

    def test_down_brings_back_what_was_being_typed(self):
        self.window.type("first\nhalf a sen")
        self.window.press("Up", "Down")
        self.window.type("tence\n")
        self.hears("#a", "half a sentence")

    def test_tab_completes_a_nick(self):
        self.window.type("gu")
        self.window.press("Tab")
        self.window.type("look\n")
        self.hears("#a", "guest: look")

    def test_tab_completes_a_command(self):
        self.window.type("/noti")
        self.window.press("Tab")
        self.window.type("guest psst\n")
        self.guest.hears(r"NOTICE guest :psst")

    def test_alt_down_goes_to_the_next_conversation_and_keeps_the_draft(self):
        self.window.type("half a sen")
        self.window.press("alt+Down")
        self.window.type("over here\n")
        self.hears("#b", "over here")
        self.window.press("alt+Up")
        self.window.type("tence\n")
        self.hears("#a", "half a sentence")

    def test_alt_shift_down_goes_to_what_is_unread(self):
        self.guest.say("PRIVMSG ada :psst")
        self.window.type("/help\n")
        self.window.press("alt+shift+Down")
        self.window.type("yes?\n")
        self.hears("guest", "yes?")

    def test_alt_digit_goes_to_a_conversation(self):
        self.window.press("alt+3")
        self.window.type("the third\n")
        self.hears("#b", "the third")

    def test_ctrl_k_finds_a_conversation(self):
        self.window.press("ctrl+k")
        self.second_window()
        self.window.type("#b\n")
        self.first_window()
        self.window.type("found\n")
        self.hears("#b", "found")

    def test_ctrl_j_joins_a_channel(self):
        self.window.press("ctrl+j")
        self.second_window()
        self.window.press("ctrl+a")
        self.window.type("#cellar\n")
        self.first_window()
        self.guest.say("JOIN #cellar")
        self.guest.hears(r" 353 guest \S #cellar :.*ada")

    def test_ctrl_w_leaves_the_channel(self):
        self.window.press("ctrl+w")
        self.guest.hears(r":ada\S* PART #a")

    def test_letters_find_the_entry_from_anywhere(self):
        for _ in range(4):
            self.window.press("F6")
            self.window.type("x\n")
            self.hears("#a", "x")

    def test_escape_goes_back_to_the_entry(self):
        self.window.press("F6", "F6", "Escape")
        self.window.type("back\n")
        self.hears("#a", "back")

    def test_a_command_that_fails_stays_in_the_entry(self):
        self.window.type("/nick\n")
        self.window.press("ctrl+a")
        self.window.type("still here\n")
        self.hears("#a", "still here")

    def test_ctrl_q_says_goodbye_and_quits(self):
        self.window.press("ctrl+q")
        self.guest.hears(r"^:ada\S* QUIT")
        self.assertEqual(self.window.process.wait(20), 0, self.window.log.read_text())

    def second_window(self):
        """A dialog has come; one that is part of the first window has the focus already."""
        wait_until("a dialog", lambda: len(self.window.windows()) > 1)
        self.window.focus()

    def first_window(self):
        wait_until("the dialog to go", lambda: len(self.window.windows()) == 1)
        self.window.focus()


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
