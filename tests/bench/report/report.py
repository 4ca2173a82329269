#!/usr/bin/env python3
"""Everything that is measured, one after the other, and the page that shows it.

    report.py --benches build/release/bench [--quick] [--write]

Prints what each bench prints, and judges the figures that have a target. --write puts all of it into
docs/performance.md between the marks that stand there, and the plot beside it; what is written
between the marks by hand is replaced, what stands around them is kept.
"""
import argparse
import datetime
import pathlib
import platform
import re
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/performance.md"
PLOT = ROOT / "docs/performance.svg"

ECHO = {  # (connections, size): (rounds, quick rounds)
    (1, 64): (3, 1),
    (50, 64): (5, 1),
    (1000, 64): (3, 1),
    (10000, 64): (3, 0),
    (50, 16384): (5, 1),
}
# The most that a ratio to raw epoll may be; what has none is only told.
TARGETS = {
    ("bight", 50, 64): 1.00, ("bight", 10000, 64): 1.00, ("bight", 50, 16384): 0.97,
    **{(host, n, 64): 1.05 for host in ("bight-glib", "bight-qt", "bight-qt-unix")
       for n in (50, 1000, 10000)},
}
FLOORS = ("raw", "uring", "uring-nested")  # no libraries, so not in the plot
TLS, QUICK_TLS = ("1x64", "50x64", "50x16384", "full", "resumed"), ("50x64", "full")
TLS_PEERS, AHEAD = ("libevent", "qsslsocket"), 0.99  # not level with them
OPEN_TARGET, MEMORY_TARGET, TIMER_TARGET = 1.1, 256, 25


def run(benches, name, *words):
    command = [str(benches / f"bench-{name}"), *map(str, words)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"bench {name} failed: {result.stderr.strip()}")
    for line in result.stderr.splitlines():
        print(f"  {line}", file=sys.stderr)
    print(result.stdout, flush=True)
    return result.stdout.rstrip()


def may_open(connections):
    """Whether a process may have as many descriptors."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= connections + 100:
        return True
    print(f"left out: {connections} connections, since ulimit -Hn is {most}", file=sys.stderr)
    return False


def rows(text):
    """The rows of a table after its two lines of heading: name to words."""
    return {words[0]: words[1:] for words in map(str.split, text.splitlines()[2:]) if words}


def verdict(what, value, most):
    met = value <= most
    return (f"- {what}: {value:g}, to reach {most:g}: {'reached' if met else '**missed**'}")


class Report:
    def __init__(self, benches, quick):
        self.benches, self.quick = benches, quick
        self.blocks, self.verdicts, self.ratios = {}, [], {}

    def echo(self):
        texts = []
        for (connections, size), (rounds, quick) in ECHO.items():
            if (quick if self.quick else rounds) == 0 or not may_open(connections):
                continue
            text = run(self.benches, "echo", connections, size, quick if self.quick else rounds)
            texts.append(text)
            for name, words in rows(text).items():
                ratio = float(words[2])
                self.ratios.setdefault(name, {})[connections, size] = ratio
                most = TARGETS.get((name, connections, size))
                if most is not None:
                    self.verdicts.append(
                        verdict(f"{name}, {connections} x {size} bytes, CPU against raw epoll",
                                ratio, most))
        self.blocks["echo"] = "\n\n".join(texts)

    def open(self):
        connections = 10000 if not self.quick and may_open(10000) else 2000
        text = run(self.benches, "open", connections, 1 if self.quick else 3)
        self.blocks["open"] = text
        for name, words in rows(text).items():
            if name.startswith("bight"):
                self.verdicts.append(verdict(f"{name}, opening, CPU against raw epoll",
                                             float(words[3]), OPEN_TARGET))
                self.verdicts.append(verdict(f"{name}, bytes an idle connection",
                                             float(words[4]), MEMORY_TARGET))

    def timers(self):
        rounds = 1 if self.quick else 3
        text = run(self.benches, "timer-peers", rounds)
        self.blocks["timers"] = text + "\n\n" + run(self.benches, "timer-peers", "--shuffle", rounds)
        create, again, cancel = map(float, rows(text)["bight"][:3])
        for what, value in (("create", create), ("re-arm", again), ("cancel", cancel)):
            self.verdicts.append(verdict(f"timers, {what}, ns", value, TIMER_TARGET))

    def tls(self):
        """Ours are to be ahead of every peer; the floor is only told."""
        if not (self.benches / "bench-tls").exists():
            return
        texts = []
        for case in QUICK_TLS if self.quick else TLS:
            text = run(self.benches, "tls", *(["--quick", case] if self.quick else [case, 3]))
            texts.append(text)
            ratios = {name: float(words[2]) for name, words in rows(text).items()}
            best = min((name for name in TLS_PEERS if name in ratios), key=ratios.get, default=None)
            what = f"handshakes, {case}" if case in ("full", "resumed") else f"echo, {case}"
            for name in (name for name in ratios if best and name.startswith("bight")):
                self.verdicts.append(verdict(f"{name}, TLS {what}, CPU against {best}",
                                             round(ratios[name] / ratios[best], 2), AHEAD))
        self.blocks["tls"] = "\n\n".join(texts)

    def others(self):
        """They are in guides and in docs/ARCHITECTURE.md, not on the page."""
        for name in ("posts", "deferred"):
            if (self.benches / f"bench-{name}").exists():
                run(self.benches, name, *(["--smoke"] if self.quick else []))


def machine():
    cpus = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.*)$", cpus, re.MULTILINE)
    count = len(re.findall(r"^processor", cpus, re.MULTILINE))
    load = pathlib.Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
    return (f"{count} processors ({model.group(1) if model else platform.machine()}), "
            f"Linux {platform.release()}, load {load} at the start")


def plot(ratios):
    """Bars: CPU of a message as a ratio to raw epoll, at each number of connections."""
    cases = [case for case in ECHO if case in ratios.get("bight", {})]
    names = [name for name in ratios if name not in FLOORS + ("twisted",)]
    width, left, row, most = 720, 130, 16, 4.0
    lines, y = [], 30
    for case in cases:
        lines.append(f'<text x="8" y="{y}" class="head">{case[0]} connections, {case[1]} bytes</text>')
        y += 8
        for name in names:
            ratio = ratios[name].get(case)
            if ratio is None:
                continue
            length = min(ratio, most) / most * (width - left - 60)
            kind = "ours" if name.startswith("bight") else "theirs"
            lines.append(f'<text x="{left - 6}" y="{y + 11}" text-anchor="end">{name}</text>'
                         f'<rect x="{left}" y="{y + 2}" width="{length:.1f}" height="{row - 4}" '
                         f'class="{kind}"/><text x="{left + length + 4:.1f}" y="{y + 11}">'
                         f'{ratio:.2f}{" …" if ratio > most else ""}</text>')
            y += row
        one = left + (width - left - 60) / most
        lines.append(f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{y - row * len(names)}" y2="{y}"/>')
        y += 26
    style = ("text{font:11px sans-serif;fill:#333}.head{font-weight:bold}.ours{fill:#2a7fba}"
             ".theirs{fill:#b8b8b8}line{stroke:#333;stroke-dasharray:3 2}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'viewBox="0 0 {width} {y}"><style>{style}</style>'
            f'<rect width="{width}" height="{y}" fill="#fff"/>{"".join(lines)}</svg>\n')


def fill(page, blocks):
    for name, text in blocks.items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
        page, count = re.subn(pattern, lambda m, t=text: m.group(1) + t + "\n" + m.group(2), page,
                              flags=re.DOTALL)
        if count == 0:
            print(f"{PAGE.name} has no marks for {name}", file=sys.stderr)
    return page


def write(report, conditions):
    fenced = {name: f"```\n{text}\n```" for name, text in report.blocks.items()}
    fenced["machine"] = conditions
    fenced["targets"] = "\n".join(report.verdicts)
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), fenced), encoding="utf-8")
    PLOT.write_text(plot(report.ratios), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benches", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="one round of each, in two minutes")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    begin = time.monotonic()
    form = "--quick: one round of each, so without ranges" if options.quick else "all rounds"
    conditions = f"{datetime.date.today()}, {form}: {machine()}."
    report = Report(options.benches, options.quick)
    for part in (report.echo, report.open, report.timers, report.tls, report.others):
        part()
    print("\n".join(report.verdicts))
    print(f"\n{time.monotonic() - begin:.0f} s. {conditions}")
    if options.write:
        write(report, conditions)


if __name__ == "__main__":
    main()
