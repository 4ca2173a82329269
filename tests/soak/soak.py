#!/usr/bin/env python3
"""Run a soak on every host that is built, side by side, and print one table of what came of it.

Each host is one process of build/PRESET/soak/soak, which judges itself; this starts them, waits and
tells. The samples of each are left in build/PRESET/soak/HOST.csv, one a line.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

# Its name in the table, what the program calls it, and what is added to the environment.
HOSTS = (
    ("native", "native", {}),
    ("glib", "glib", {}),
    ("qt-glib", "qt", {}),
    ("qt-unix", "qt", {"QT_NO_GLIB": "1"}),
    ("cfrunloop", "cfrunloop", {}),
)
NOT_BUILT = 77

# The traffic has to come to rest after the time is over; one that takes longer is stuck.
PATIENCE = 180

COLUMNS = ("host", "minutes", "connections", "MiB checked", "timers", "posts", "chains", "words",
           "works", "lookups", "statements", "nested loops", "no descriptors", "turns", "heap at rest", "resident", "descriptors",
           "threads", "CPU", "wrong", "verdict")


class Soak:
    """One host: the process, and what it said."""

    def __init__(self, program, folder, host, seconds, seed, more):
        self.name, word, environment = host
        # A host that has an entry of its own in the table has it for all of its children too.
        self.process = subprocess.Popen(
            [program, "--host", word, "--seconds", str(seconds), "--seed", str(seed),
             "--csv", str(folder / f"{self.name}.csv"), *more],
            env=dict(os.environ, **environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.result = None
        self.said = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("result "):
                self.result = json.loads(line.removeprefix("result "))
                continue
            self.said.append(line)
            sys.stderr.write(f"{self.name}: {line}")

    def wait(self, deadline):
        try:
            self.process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{self.name}: it does not end, and is killed\n")
            self.kill()
            self.process.wait()
        self.reader.join()

    def kill(self):
        """With the proxy that it has started. Not after it has ended: its number may be another's."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def left_out(self):
        return self.process.returncode == NOT_BUILT

    def passed(self):
        return self.process.returncode == 0 and self.result is not None and self.result["passed"]


def kib(trend):
    return f"{trend[0] / 1024:,.1f} → {trend[1] / 1024:,.1f} KiB"


def counted(trend):
    return f"{trend[2]:,}" if trend[2] == trend[3] else f"{trend[2]:,} to {trend[3]:,}"


def row(name, passed, result):
    """One line of the table; `result` is what the program printed, None when it did not."""
    if result is None:
        return (name, *[""] * (len(COLUMNS) - 2), "FAILED: no result")
    counts = [f"{result[key]:,}" for key in ("timers_fired", "posts", "chains", "words", "works",
                                              "lookups", "statements", "nested", "starved",
                                              "turns")]
    return (name, f"{result['seconds'] / 60:.1f}", f"{result['connections']:,}",
            f"{result['bytes'] / (1 << 20):,.0f}", *counts, kib(result["heap"]),
            kib(result["resident"]), counted(result["descriptors"]), counted(result["threads"]),
            f"{result['cpu'] / result['seconds'] * 100:.0f} %", str(result["wrong"]),
            "passed" if passed else "FAILED")


def table(rows):
    """A column for each host. Markdown, so that it can go into docs/reliability.md as it is."""
    lines = list(zip(COLUMNS, *rows))
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def parse(words):
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("minutes", type=float, nargs="?", default=30, metavar="MINUTES")
    parser.add_argument("--host", action="append", choices=[host[0] for host in HOSTS],
                        help="only this one; may be given again")
    parser.add_argument("--seed", type=int, help="draw what the run with this seed drew")
    parser.add_argument("--rate", type=int, help="connections a second on each host; 40")
    parser.add_argument("--cycle", type=float, help="seconds from one rest to the next")
    parser.add_argument("--fault", choices=("memory", "descriptor", "thread", "byte"),
                        help="make a fault that the run has to find")
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    folder = options.folder / "soak"
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    seconds = options.minutes * 60
    more = [word for name in ("rate", "cycle", "fault")
            if (value := getattr(options, name)) is not None for word in (f"--{name}", str(value))]
    chosen = [host for host in HOSTS if not options.host or host[0] in options.host]

    sys.stderr.write(f"seed {seed}: {options.minutes:g} minutes on each host, side by side\n")
    soaks = [Soak(str(folder / "soak"), folder, host, seconds, seed, more) for host in chosen]
    deadline = time.monotonic() + seconds + PATIENCE
    try:
        for soak in soaks:
            soak.wait(deadline)
    finally:
        for soak in soaks:
            soak.kill()
    left_out = [soak.name for soak in soaks if soak.left_out()]
    ran = [soak for soak in soaks if not soak.left_out()]
    print(table([row(soak.name, soak.passed(), soak.result) for soak in ran]))
    if left_out:
        print(f"\nNot built here, so left out: {', '.join(left_out)}")
    failed = [soak.name for soak in ran if not soak.passed()]
    print(f"\nsoak: {len(ran) - len(failed)} passed, {len(failed)} failed"
          + (f" ({', '.join(failed)})" if failed else "") + f"; seed {seed}")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
