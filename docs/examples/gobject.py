"""A line client in Python. It sends a greeting, prints each line, and closes on the line "bye".

    nc -lk 7000
    python3 docs/examples/gobject.py tcp:localhost:7000
"""

import sys

import gi

gi.require_version("Bight", "0")
from gi.repository import Bight, GLib  # noqa: E402


def say_hello(client):
    client.send("Hello from Python")


def show_line(client, line):
    print(line, flush=True)
    if line == "bye":
        client.close()


def show_wait(client, delay, error):
    print(f"{error.message}; once more in {delay} ms", file=sys.stderr)


def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp:localhost:7000"
    loop = GLib.MainLoop()
    client = Bight.LineClient(reactor=Bight.Reactor.new(), endpoint=endpoint, first_delay=50)
    client.connect("connected", say_hello)
    client.connect("line", show_line)
    client.connect("waiting", show_wait)
    client.connect("closed", lambda client: loop.quit())
    client.open()
    loop.run()


main()
