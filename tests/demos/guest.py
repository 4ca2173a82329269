"""Somebody else in the chat: a socket that speaks a little IRC."""

import re
import socket

from display import PATIENCE, wait_until


class Guest:
    def __init__(self, endpoint, nick, channels):
        host, port = re.fullmatch(r"tcp:(.+):(\d+)", endpoint).groups()
        self.socket = socket.create_connection((host, int(port)), PATIENCE)
        self.socket.settimeout(0.05)
        self.text = ""
        self.say(f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {channels}")
        for channel in channels.split(","):
            self.hears(rf" 366 {nick} {re.escape(channel)} ")

    def waits_for(self, nick, channel):
        """Until somebody is in a channel, whether the guest is in it or not."""
        def ask():
            self.say(f"NAMES {channel}")
            self.listen()
            return re.search(rf" 353 \S+ \S {re.escape(channel)} :.*\b{nick}\b", self.text)
        wait_until(f"{nick} to be in {channel}", ask)

    def leave(self):
        self.socket.close()

    def say(self, *lines):
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def listen(self):
        try:
            self.text += self.socket.recv(65536).decode()
        except TimeoutError:
            pass

    def hears(self, pattern):
        """Wait for a line that matches; what came before it is forgotten, so that the same words
        said again are a new line."""
        def look():
            self.listen()
            lines = self.text.split("\r\n")
            for number, line in enumerate(lines[:-1]):
                if re.search(pattern, line):
                    self.text = "\r\n".join(lines[number + 1:])
                    return True
            return False
        try:
            wait_until(f"the guest to hear '{pattern}'", look)
        except AssertionError as error:
            raise AssertionError(f"{error}; heard:\n{self.text}") from None
