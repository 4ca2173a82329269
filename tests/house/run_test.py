#!/usr/bin/env python3
"""`./run` installs what is missing and nothing else, and a test run is summed rightly."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import run_tests  # noqa: E402

STUB = """#!/bin/bash
echo "{name} $*" >>"$CALLS"
{body}
"""


class Packages(unittest.TestCase):
    """With stand-ins for the programs of Debian, which note how they are called."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for name in ("bash", "env", "cat", "dirname", "readlink", "nproc", "grep", "ls",
                     "mkdir", "mv", "rm"):
            (self.bin / name).symlink_to(shutil.which(name))
        self.stub("id", "echo 0")
        self.stub("dpkg-query", 'case $4 in new-*) ;; *) printf installed ;; esac')
        self.stub("apt-cache", "true")
        self.stub("apt-get", "true")
        (self.root / "cmake").mkdir()
        shutil.copy(ROOT / "run", self.root / "run")
        self.packages("build old-one there already")

    def stub(self, name, body):
        path = self.bin / name
        path.unlink(missing_ok=True)  # a link leads to the system's own program
        path.write_text(STUB.format(name=name, body=body))
        path.chmod(0o755)

    def packages(self, *lines):
        (self.root / "cmake/packages.txt").write_text("# a comment\n" + "\n".join(lines) + "\n")

    def run_it(self, *arguments):
        calls = self.root / "calls"
        calls.write_text("")
        done = subprocess.run([self.root / "run", *arguments], capture_output=True, text=True,
                              env={"PATH": str(self.bin), "CALLS": str(calls)})
        self.calls = [line for line in calls.read_text().splitlines()
                      if line.startswith(("apt-get", "sudo", "systemctl"))]
        return done

    def test_nothing_is_said_or_done_when_all_is_there(self):
        done = self.run_it("setup")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.calls, [])

    def test_what_is_missing_is_named_with_its_reason_and_installed(self):
        self.packages("build old-one there", "test new-two for the tests", "demo new-two again",
                      "check new-three for the checks")
        done = self.run_it("setup")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("new-two: for the tests", done.stderr)
        self.assertIn("new-three: for the checks", done.stderr)
        self.assertNotIn("old-one", done.stderr)
        self.assertEqual(self.calls,
                         ["apt-get install -y -q --no-install-recommends new-two new-three"])

    def test_the_lists_are_fetched_when_they_do_not_know_a_package(self):
        self.packages("build new-two why")
        self.stub("apt-cache", "exit 100")
        self.assertEqual(self.run_it("setup").returncode, 0)
        self.assertEqual(self.calls, ["apt-get update -q",
                                      "apt-get install -y -q --no-install-recommends new-two"])

    def test_the_lists_are_fetched_when_installing_fails_once(self):
        self.packages("build new-two why")
        self.stub("apt-get", '[ "$1" = update ] && : >"$CALLS.updated"; [ -e "$CALLS.updated" ]')
        self.assertEqual(self.run_it("setup").returncode, 0)
        self.assertEqual([call.split()[1] for call in self.calls], ["install", "update", "install"])

    def test_what_cannot_be_installed_ends_the_run(self):
        self.packages("build new-two why")
        self.stub("apt-get", '[ "$1" = update ]')
        done = self.run_it("setup")
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not install: new-two", done.stderr)

    def test_who_is_not_root_is_told_and_asked_through_sudo(self):
        self.packages("build new-two why")
        self.stub("id", "echo 1000")
        self.stub("sudo", "true")
        done = self.run_it("setup")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sudo", done.stderr)
        self.assertEqual(len(self.calls), 1)
        self.assertTrue(self.calls[0].startswith("sudo DEBIAN_FRONTEND=noninteractive apt-get "))

    def test_without_sudo_the_command_for_root_is_told(self):
        self.packages("build new-two why")
        self.stub("id", "echo 1000")
        done = self.run_it("setup")
        self.assertEqual(done.returncode, 1)
        self.assertIn("As root: apt-get", done.stderr)
        self.assertEqual(self.calls, [])

    def peers(self):
        folder = self.root / "build/peers"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def stub_downloads(self, download):
        self.stub("apt-get", f'[ "$1" != download ] || {{ {download}; }}')
        self.stub("dpkg-deb", 'ls "$2" >/dev/null && mkdir "$3/bin" && : >"$3/bin/server"')

    def test_a_peer_is_unpacked_once_and_not_installed(self):
        self.packages("peer new-two to talk to")
        self.stub_downloads(': >"${3}_1.0_all.deb"')
        self.assertEqual(self.run_it("setup").returncode, 0)
        self.assertEqual(self.calls, ["apt-get download -q new-two"])
        self.assertIn("new-two/bin/server", self.peers())
        self.assertEqual(self.run_it("setup").returncode, 0)
        self.assertEqual(self.calls, [])

    def test_a_peer_that_is_not_known_yet_is_fetched_with_new_lists(self):
        self.packages("peer new-two to talk to")
        self.stub_downloads(': >"${3}_1.0_all.deb"')
        self.stub("apt-get", '''case $1 in update) : >"$CALLS.updated" ;;
download) [ -e "$CALLS.updated" ] && : >"${3}_1.0_all.deb" ;; esac''')
        self.assertEqual(self.run_it("setup").returncode, 0)
        self.assertEqual([call.split()[1] for call in self.calls],
                         ["download", "update", "download"])
        self.assertIn("new-two/bin/server", self.peers())

    def test_a_peer_that_was_not_unpacked_to_the_end_is_not_there(self):
        self.packages("peer new-two to talk to")
        self.stub_downloads(': >"${3}_1.0_all.deb"')
        self.stub("dpkg-deb", 'mkdir "$3/bin"; exit 2')
        self.assertNotEqual(self.run_it("setup").returncode, 0)
        self.assertFalse((self.root / "build/peers/new-two").exists())

    def test_an_unknown_command_tells_what_there_is(self):
        done = self.run_it("fly")
        self.assertEqual(done.returncode, 2)
        self.assertIn("./run test", done.stderr)

    def test_every_command_is_defined_and_told(self):
        script = (ROOT / "run").read_text()
        defined = set(re.findall(r"^(\w+)\(\) \{$", script, re.M))
        commands = dict(re.findall(r"^(\w+)\) (\w+)", script, re.M))
        self.assertIn("soak", commands)
        for word, function in commands.items():
            self.assertIn(function, defined, word)
            self.assertIn(f"./run {word} ", script)

    def test_the_real_list_has_three_words_a_line_and_no_package_twice_in_a_group(self):
        seen = set()
        for line in (ROOT / "cmake/packages.txt").read_text().splitlines():
            if line.startswith("#"):
                continue
            group, package, why = line.split(maxsplit=2)
            self.assertIn(group, ("build", "test", "peer", "demo", "bench", "check",
                                  "clang", "i386", "fuzz", "cover"))
            self.assertNotIn((group, package), seen)
            self.assertTrue(why)
            seen.add((group, package))


class Together(unittest.TestCase):
    """How many tests run at once: see bight_test_properties() in cmake/BightTests.cmake."""

    def test_three_tests_run_on_two_processors_and_those_that_wait_count_half(self):
        cmake = (ROOT / "cmake/BightTests.cmake").read_text()
        self.assertRegex(cmake, r"set\(halves 2\)\s+if\(waits\)\s+set\(halves 1\)")
        self.assertIn("PROCESSORS ${halves}", cmake)
        with tempfile.TemporaryDirectory() as folder:
            ctest = pathlib.Path(folder, "ctest")
            ctest.write_text('#!/bin/sh\necho "{\\"tests\\": []}"\necho "$*" >>"$CALLS"\n')
            ctest.chmod(0o755)
            calls = pathlib.Path(folder, "calls")
            subprocess.run([sys.executable, ROOT / "cmake/run_tests.py", "--jobs", "3", folder],
                           capture_output=True, env={**os.environ, "CALLS": str(calls),
                                                     "PATH": f"{folder}:{os.environ['PATH']}"})
            self.assertIn("--parallel 9 ", calls.read_text())


class Sums(unittest.TestCase):
    """What run_tests.py makes of the results of ctest and of GoogleTest."""

    GTEST = {"one", "two"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = pathlib.Path(folder.name)

    def gtest(self, name, cases):
        root = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(root, "testsuite", name="S")
        for case, outcome in cases.items():
            result = {"skip": "skipped", "disabled": "suppressed"}.get(outcome, "completed")
            element = ElementTree.SubElement(suite, "testcase", classname="S", name=case,
                                             result=result)
            if outcome == "fail":
                ElementTree.SubElement(element, "failure", message="no")
            if outcome == "skip":
                ElementTree.SubElement(element, "skipped", message="a.cpp:1\nXvfb is\n missing")
        ElementTree.ElementTree(root).write(self.results / f"{name}.xml")

    def sum(self, *cases):
        """cases: (name, status, log, inner element)"""
        junit = self.results / "ctest.junit"
        suite = ElementTree.Element("testsuite")
        for name, status, log, inner in cases:
            element = ElementTree.SubElement(suite, "testcase", name=name, status=status)
            ElementTree.SubElement(element, "system-out").text = log
            if inner:
                ElementTree.SubElement(element, inner[0], message=inner[1])
        ElementTree.ElementTree(suite).write(junit)
        labels = {name: {"gtest"} if name in self.GTEST else set() for name, *_ in cases}
        return run_tests.summarise(junit, labels, self.results)

    def test_cases_are_counted_over_executables_and_scripts(self):
        self.gtest("one", {"a": "ok", "b": "ok", "c": "disabled"})
        self.gtest("two", {"d": "ok"})
        counts = self.sum(("one", "run", "", None), ("two", "run", "", None),
                          ("script", "run", "", None))
        self.assertEqual(str(counts), "4 passed, 0 failed, 0 skipped")

    def test_a_failed_case_is_named(self):
        self.gtest("one", {"a": "ok", "b": "fail"})
        counts = self.sum(("one", "fail", "", ("failure", "Failed")))
        self.assertEqual(str(counts), "1 passed, 1 failed, 0 skipped")
        self.assertEqual(counts.failed, ["one: S.b"])

    def test_a_skipped_case_is_named_with_its_reason(self):
        self.gtest("one", {"a": "ok", "b": "skip"})
        counts = self.sum(("one", "run", "", None))
        self.assertEqual(str(counts), "1 passed, 0 failed, 1 skipped")
        self.assertEqual(counts.skipped, [("one: S.b", "Xvfb is missing")])

    def test_a_crash_counts_as_one_failure_and_names_the_case_that_ran(self):
        log = ("[ RUN      ] S.a\n[       OK ] S.a (0 ms)\n[ RUN      ] S.b\n"
               "[  FAILED  ] S.b (1 ms)\n[ RUN      ] S.c\n")
        counts = self.sum(("one", "fail", log, ("failure", "SEGFAULT")))
        self.assertEqual(str(counts), "1 passed, 2 failed, 0 skipped")
        self.assertEqual(counts.failed, ["one: S.b", "one: S.c (SEGFAULT)"])

    def test_a_leak_after_all_cases_passed_is_a_failure(self):
        self.gtest("one", {"a": "ok"})
        counts = self.sum(("one", "fail", "LeakSanitizer", ("failure", "Failed")))
        self.assertEqual(str(counts), "1 passed, 1 failed, 0 skipped")

    def test_an_executable_that_was_not_built_is_a_failure(self):
        counts = self.sum(("one", "notrun", "", ("skipped", "Unable to find executable")))
        self.assertEqual(str(counts), "0 passed, 1 failed, 0 skipped")

    def test_an_executable_that_left_no_results_is_a_failure(self):
        counts = self.sum(("one", "run", "", None))
        self.assertEqual(str(counts), "0 passed, 1 failed, 0 skipped")

    def test_a_script_that_failed(self):
        counts = self.sum(("script", "fail", "oops", ("failure", "")))
        self.assertEqual(str(counts), "0 passed, 1 failed, 0 skipped")

    def test_a_script_that_was_skipped_tells_why_in_its_last_line(self):
        counts = self.sum(("script", "notrun", "looking\nno ngircd here\n",
                           ("skipped", "SKIP_RETURN_CODE=77")))
        self.assertEqual(str(counts), "0 passed, 0 failed, 1 skipped")
        self.assertEqual(counts.skipped, [("script", "no ngircd here")])


if __name__ == "__main__":
    unittest.main()
