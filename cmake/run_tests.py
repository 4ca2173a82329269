#!/usr/bin/env python3
"""Run ctest and close with one line: N passed, N failed, N skipped.

A GoogleTest executable is one test to ctest and many to us: its cases are read from the XML that it
leaves behind. One that crashed left none; its printed log tells how far it came, and the crash
counts as one failure. All other tests count as one each.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


class Counts:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def __str__(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def ctest_list(build, arguments):
    """The tests that ctest would run: name -> set of labels."""
    command = ["ctest", "--test-dir", build, "--show-only=json-v1", *arguments]
    listing = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    tests = {}
    for test in listing["tests"]:
        labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
        tests[test["name"]] = set(labels[0] if labels else [])
    return tests


def one_line(text):
    return " ".join(text.split())


def skip_reason(case):
    """GoogleTest puts the place of GTEST_SKIP() on the first line, the message after it."""
    skipped = case.find("skipped")
    lines = (skipped.get("message") or "").split("\n") if skipped is not None else []
    return one_line(" ".join(lines[1:] or lines)) or "no reason given"


def add_gtest_xml(counts, name, path):
    """Add the cases of one executable; tell how many of them failed."""
    failures = 0
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            label = f"{name}: {case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None:
                counts.failed.append(label)
                failures += 1
            elif case.get("result") == "skipped" or case.find("skipped") is not None:
                counts.skipped.append((label, skip_reason(case)))
            elif case.get("result") == "completed":
                counts.passed += 1
            # else: "suppressed", a DISABLED_ case that nobody ran
    return failures


def add_gtest_log(counts, name, log, why):
    """An executable that did not get to its end: what its log tells."""
    running = None
    for line in log.splitlines():
        match = re.match(r"\[ *(RUN|OK|FAILED|SKIPPED) *\] (\S+?)(?:,| \(|$)", line)
        if not match:
            continue
        kind, case = match[1], match[2]
        running = case if kind == "RUN" else None
        if kind == "OK":
            counts.passed += 1
        elif kind == "FAILED":
            counts.failed.append(f"{name}: {case}")
        elif kind == "SKIPPED":
            counts.skipped.append((f"{name}: {case}", "see its log"))
    counts.failed.append(f"{name}: {running or 'the executable'} ({why})")


def ended_how(case):
    if case.get("status") == "notrun":
        return "could not be run"
    failure = case.find("failure")
    message = failure.get("message") if failure is not None else ""
    return one_line(message) or "its output is above"


def add_case(counts, case, labels, results):
    """Add one test of ctest."""
    name = case.get("name")
    log = case.findtext("system-out") or ""
    worked = case.get("status") == "run"
    xml = results / f"{name}.xml"
    if case.find("skipped") is not None and case.get("status") != "fail":
        reason = (log.strip().splitlines() or ["no reason given"])[-1]
        if "SKIP_RETURN_CODE" in (case.find("skipped").get("message") or ""):
            counts.skipped.append((name, reason))
        else:
            counts.failed.append(f"{name} ({ended_how(case)})")
    elif "gtest" not in labels:
        if worked:
            counts.passed += 1
        else:
            counts.failed.append(f"{name} ({ended_how(case)})")
    elif xml.exists():
        failures = add_gtest_xml(counts, name, xml)
        if not worked and failures == 0:
            # All cases passed, and then a leak was found or a destructor crashed.
            counts.failed.append(f"{name}: the executable ({ended_how(case)})")
    elif worked:
        counts.failed.append(f"{name}: the executable (left no results)")
    else:
        add_gtest_log(counts, name, log, ended_how(case))


def summarise(junit, tests, results):
    counts = Counts()
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        add_case(counts, case, tests.get(case.get("name"), set()), results)
    return counts


def report(counts):
    if counts.skipped:
        print("\nSkipped:")
        for label, reason in counts.skipped:
            print(f"  {label}: {reason}")
    if counts.failed:
        print("\nFailed:")
        for label in counts.failed:
            print(f"  {label}")
    print(f"\n{counts}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    # A test takes two of ctest's jobs, one that mostly waits takes one: see bight_test_properties().
    # A processor has three, because tests use the processor two thirds of their time.
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("build", type=pathlib.Path)
    options, arguments = parser.parse_known_args()
    results = options.build.resolve() / "test-results"
    junit = results / "ctest.junit"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    tests = ctest_list(options.build, arguments)
    command = ["ctest", "--test-dir", options.build, "--output-on-failure", "--no-tests=error",
               "--parallel", str(3 * options.jobs), "--output-junit", junit, *arguments]
    status = subprocess.run(command).returncode
    if not junit.exists():
        sys.exit(status or 1)
    counts = summarise(junit, tests, results)
    report(counts)
    sys.exit(1 if counts.failed or counts.passed == 0 else 0)


if __name__ == "__main__":
    main()
