#!/usr/bin/env python3
"""What an echoed message costs, in instructions and in system calls, held to committed figures.

    guard.py --servers build/release/bench [--write]

Neither depends on how fast or how busy the machine is: the work is fixed, and both are counted, by
callgrind and by strace. What a server does once (starting, accepting) is taken out by running it
with two amounts of work. A figure that grew by more than 3 % fails; one that fell by more than that
should be written down with --write, so that it does not grow back unseen.

Both tools slow a server down so far that what it does once in a stretch of time would be in most of
its messages, and a turn would spend its budget before the last. So it has a clock that is slow as
well (slow_clock.c).

With several connections the server is stopped while all of them are written to, so that a turn of it
finds a message on each.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

FIGURES = pathlib.Path(__file__).with_name("figures.json")
GROWTH = 1.03
MESSAGE = b"x" * 64
SERVERS = {
    "native": ("echo-bight", {}),
    "glib": ("echo-bight-glib", {}),
    "qt": ("echo-bight-qt", {}),
    "qt-unix": ("echo-bight-qt", {"QT_NO_GLIB": "1"}),
}


class Server:
    """A server under a tool that counts; it ends with SIGTERM, so that the tool tells."""

    def __init__(self, command, environment):
        clock = pathlib.Path(command[-1]).with_name("bench-slow-clock.so")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment, "LD_PRELOAD": str(clock)})
        words = self.process.stdout.readline().split()
        if len(words) != 2:
            raise RuntimeError(f"{command[-1]} does not listen")
        self.port = int(words[1].rpartition(":")[2])
        self.pid = self.find_server()

    def find_server(self):
        """The server itself: strace has it as a child, callgrind is in its process."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        children = pathlib.Path(path).read_text(encoding="ascii").split()
        return int(children[0]) if children else self.process.pid

    def connect(self):
        one = socket.create_connection(("127.0.0.1", self.port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdout.close()


    def state(self):
        """S asleep, R running, T or t stopped (strace stops it at each call for a moment)."""
        text = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        return text.rpartition(")")[2].split()[0]

    def rest(self):
        """Wait until it sleeps in its wait for more, then stop it."""
        asleep = 0
        while asleep < 5:
            asleep = asleep + 1 if self.state() == "S" else 0
            time.sleep(0.0005)
        os.kill(self.pid, signal.SIGSTOP)
        while self.state() not in "Tt":
            time.sleep(0.0005)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)


def receive(one):
    missing = len(MESSAGE)
    while missing > 0:
        missing -= len(one.recv(missing))


def talk(server, connections, rounds):
    """Each round is a message on every connection, which the server finds all at once."""
    some = [server.connect() for _ in range(connections)]
    for one in some:
        one.sendall(MESSAGE)
        receive(one)
    for _ in range(rounds):
        if connections > 1:
            server.rest()
        for one in some:
            one.sendall(MESSAGE)
        if connections > 1:
            server.go_on()
        for one in some:
            receive(one)
    server.stop()
    for one in some:
        one.close()


def count_instructions(path, environment, rounds):
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out.name}", path]
        talk(Server(command, environment), 1, rounds)
        text = pathlib.Path(out.name).read_text(encoding="utf-8")
    return int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE).group(1))


def count_calls(path, environment, connections, rounds):
    with tempfile.NamedTemporaryFile() as out:
        talk(Server(["strace", "-o", out.name, path], environment), connections, rounds)
        lines = pathlib.Path(out.name).read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if re.match(r"\w+\(", line) and "restart_syscall" not in line)


def per_message(count, few, many, connections):
    return (count(many) - count(few)) / ((many - few) * connections)


def may_trace():
    """Some sandboxes forbid it."""
    return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def measure(path, environment):
    instructions = per_message(lambda n: count_instructions(path, environment, n), 500, 2500, 1)
    if not may_trace():
        print("SKIPPED: system calls are not counted, since strace may not trace here")
        return {"instructions": instructions}
    return {
        "instructions": instructions,
        "calls of 1": per_message(lambda n: count_calls(path, environment, 1, n), 100, 600, 1),
        "calls of 8": per_message(lambda n: count_calls(path, environment, 8, n), 10, 110, 8),
    }


def judge(measured, committed):
    """The lines of a table, and whether any figure has grown."""
    lines, grown = [f"{'host':<12}{'per message':<14}{'now':>10}{'committed':>12}"], False
    for host, figures in measured.items():
        for name, value in figures.items():
            before = committed.get(host, {}).get(name)
            too_much = before is not None and value > before * GROWTH
            grown = grown or too_much
            known = f"{before:12.2f}" if before is not None else f"{'-':>12}"
            lines.append(f"{host:<12}{name:<14}{value:10.2f}{known}{'  GREW' if too_much else ''}")
    return lines, grown


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--servers", type=pathlib.Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for tool in ("valgrind", "strace"):
        if shutil.which(tool) is None:
            sys.exit(f"guard: {tool} is not installed")
    measured = {}
    for host, (name, environment) in SERVERS.items():
        path = options.servers / name
        if path.exists():
            measured[host] = measure(str(path), environment)
        else:
            print(f"{host} was not built")
    committed = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    lines, grown = judge(measured, committed)
    print("\n".join(lines))
    if options.write:
        rounded = {host: {name: round(value, 3) for name, value in figures.items()}
                   for host, figures in measured.items()}
        FIGURES.write_text(json.dumps({**committed, **rounded}, indent=2) + "\n", encoding="utf-8")
    elif grown:
        sys.exit("guard: a message costs more than it did; see docs/performance.md")


if __name__ == "__main__":
    main()
