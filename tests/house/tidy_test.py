#!/usr/bin/env python3
"""clang-tidy looks at each file once for each state of what its findings depend on."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A stand-in for clang-tidy that finds a fault in a file that says so.
TIDY = """#!/bin/sh
for file; do :; done
[ "$1" = --version ] && cat "$VERSION" && exit
echo "$file" >>"$CALLS"
! grep -q FAULT "$file" || { echo "$file:1:1: error: a fault [a-check]"; exit 1; }
"""
SOURCES = {"core/a.c": '#include "shared.h"\n', "core/b.c": '#  include <public.h>\n', "core/c.c": ""}
HEADERS = {"core/shared.h": '#include "deep.h"\n', "core/deep.h": "", "core/include/public.h": ""}


class Tidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        (self.home / "bin").mkdir()
        tidy = self.home / "bin/clang-tidy-14"
        tidy.write_text(TIDY)
        tidy.chmod(0o755)
        (self.home / "version").write_text("LLVM version 14.0.6\n")
        self.root = self.make_clone("one")

    def make_clone(self, name):
        root = self.home / name
        for path, text in {**SOURCES, **HEADERS, ".clang-tidy": "Checks: x\n"}.items():
            self.write(path, text, root)
        (root / "cmake").mkdir()
        (root / "build").mkdir()
        self.compile_as(root)
        subprocess.run(["git", "init", "-q", root], check=True)
        subprocess.run(["git", "-C", root, "add", "core"], check=True)
        return root

    def compile_as(self, root, *words):
        flags = f"cc {' '.join(words)} -I{root}/core/include -I{root}/build/generated -c"
        (root / "build/compile_commands.json").write_text(json.dumps([
            {"directory": str(root), "file": path, "command": f"{flags} {path}"}
            for path in SOURCES]))

    def write(self, path, text, root=None):
        path = (root or self.root) / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_tidy(self, *arguments, root=None):
        """Returns the files that were looked at, and keeps the exit status and the output."""
        root = root or self.root
        calls = self.home / "calls"
        calls.write_text("")
        done = subprocess.run(
            [sys.executable, ROOT / "cmake/run_tidy.py", "--root", root, *arguments, root / "build"],
            capture_output=True, text=True,
            env={**os.environ, "PATH": f"{self.home}/bin:{os.environ['PATH']}",
                 "CALLS": str(calls), "VERSION": str(self.home / "version")})
        self.status, self.output = done.returncode, done.stdout + done.stderr
        return sorted(calls.read_text().split())

    def listed(self):
        return (self.root / "cmake/tidy-clean.txt").read_text().splitlines()

    def test_a_file_that_was_clean_is_looked_at_once(self):
        self.assertEqual(self.run_tidy(), sorted(SOURCES))
        self.assertEqual(self.run_tidy(), [])
        self.assertEqual(self.status, 0, self.output)

    def test_a_fresh_clone_knows_what_the_committed_list_says(self):
        self.run_tidy("--write")
        clone = self.make_clone("two")
        self.write("cmake/tidy-clean.txt", "\n".join(self.listed()), clone)
        self.assertEqual(self.run_tidy(root=clone), [])

    def test_only_what_includes_a_changed_header_is_looked_at_again(self):
        self.run_tidy()
        self.write("core/deep.h", "int deep;\n")
        self.assertEqual(self.run_tidy(), ["core/a.c"])
        self.write("core/include/public.h", "int shown;\n")
        self.assertEqual(self.run_tidy(), ["core/b.c"])
        self.write("core/c.c", "int c;\n")
        self.assertEqual(self.run_tidy(), ["core/c.c"])

    def test_a_new_header_that_is_found_first_counts(self):
        self.run_tidy()
        self.write("core/public.h", "")
        self.assertEqual(self.run_tidy(), ["core/b.c"])

    def test_other_checks_another_version_and_other_definitions_look_at_all(self):
        self.run_tidy()
        self.write(".clang-tidy", "Checks: x,y\n")
        self.assertEqual(self.run_tidy(), sorted(SOURCES))
        (self.home / "version").write_text("LLVM version 15.0.0\n")
        self.assertEqual(self.run_tidy(), sorted(SOURCES))
        self.compile_as(self.root, "-DOTHER=1")
        self.assertEqual(self.run_tidy(), sorted(SOURCES))

    def test_all_looks_at_all(self):
        self.run_tidy("--write")
        self.assertEqual(self.run_tidy("--all"), sorted(SOURCES))

    def test_a_file_with_a_finding_fails_each_time_and_is_never_listed(self):
        self.write("core/b.c", "FAULT\n")
        for _ in range(2):
            self.assertIn("core/b.c", self.run_tidy("--write"))
            self.assertEqual(self.status, 1)
            self.assertIn("core/b.c:1:1: error: a fault", self.output)
            self.assertEqual([line.split()[0] for line in self.listed()[1:]],
                             ["core/a.c", "core/c.c"])

    def test_the_list_has_a_line_a_file_in_order_and_no_old_ones(self):
        self.run_tidy("--write")
        before = self.listed()
        self.write("core/b.c", "int b;\n")
        self.run_tidy("--write")
        after = self.listed()
        self.assertEqual([line.split()[0] for line in after[1:]], sorted(SOURCES))
        self.assertEqual([a == b for a, b in zip(before, after)], [True, True, False, True])

    def test_after_a_merge_either_line_of_a_file_will_do(self):
        self.run_tidy("--write")
        lines = self.listed()
        name = lines[1].split()[0]
        self.write("cmake/tidy-clean.txt", "\n".join([f"{name} {'0' * 32}", *lines[1:]]))
        (self.root / "build/tidy-clean.txt").unlink()
        self.assertEqual(self.run_tidy(), [])

    def test_what_this_build_leaves_out_stays_listed(self):
        self.run_tidy("--write")
        before = self.listed()
        (self.root / "build/compile_commands.json").write_text("[]")
        self.run_tidy("--write")
        self.assertEqual(self.listed(), before)


if __name__ == "__main__":
    unittest.main()
