#!/usr/bin/env python3
"""The installed tree is what a user can build with: pkg-config, CMake, shared, static, moved."""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = None
# Of each library: the user's program, the include that its CMake component goes by, what it prints.
PROGRAMS = {"bight": ("core.c", "worked on native"),
            "bight-glib": ("glib.c", "worked on glib"),
            "bight-qt6": ("qt6.cpp", "worked on qt"),
            "bight-cfrunloop": ("cfrunloop.c", "worked on cfrunloop"),
            "bight-sql": ("sql.c", "database says"),
            "bight-gobject": ("gobject.c", "offline with a reactor"),
            "bight-qt6-lines": ("qt6_lines.cpp", "offline with a reactor"),
            "bight-gio": ("gio.c", "read by GIO"),
            "bight-qt6-io": ("qt6_io.cpp", "read by Qt"),
            "bight-irc": ("irc.c", "ada says hello")}
PROJECT = """
cmake_minimum_required(VERSION 3.22)
project(user C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(bight {version} REQUIRED {components})
{targets}
"""


def component(library):
    return library.removeprefix("bight-")


def call(*command, **settings):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env=os.environ | {k: str(v) for k, v in settings.items()})


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = pathlib.Path(cls.folder.name)
        first = cls.work / "first"
        done = call(OPTIONS.cmake, "--install", OPTIONS.build, "--prefix", first)
        assert done.returncode == 0, done.stdout + done.stderr
        # A prefix that nothing was told of, so that every test is one of a moved tree.
        cls.prefix = cls.work / "moved"
        first.rename(cls.prefix)
        cls.lib = next(cls.prefix.rglob("libbight.so")).parent
        cls.libraries = [name for name in OPTIONS.libraries if name in PROGRAMS]

    def works(self, *command, **settings):
        done = call(*command, **settings)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def pkg_config(self, *arguments):
        return shlex.split(self.works("pkg-config", *arguments,
                                      PKG_CONFIG_PATH=self.lib / "pkgconfig"))

    def compiler(self, source):
        return [OPTIONS.cxx, "-std=c++17", "-fPIC"] if source.endswith("cpp") else [OPTIONS.cc]

    def configure(self, name, version="", components="", targets=""):
        folder = self.work / name
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text(
            PROJECT.format(version=version, components=components, targets=targets))
        done = call(OPTIONS.cmake, "-S", folder, "-B", folder / "build",
                    f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={OPTIONS.cc}",
                    f"-DCMAKE_CXX_COMPILER={OPTIONS.cxx}")
        return folder / "build", done

    def test_every_public_header_is_installed_and_nothing_else(self):
        wanted = {path.relative_to(folder) for folder in OPTIONS.source.glob("**/include")
                  if "build" not in folder.relative_to(OPTIONS.source).parts
                  for path in folder.rglob("*.h*")}
        found = {path.relative_to(self.prefix / "include")
                 for path in (self.prefix / "include").rglob("*.h*")}
        self.assertTrue(found)
        self.assertLessEqual(found, wanted)
        core = {path.relative_to(OPTIONS.source / "core/include")
                for path in (OPTIONS.source / "core/include").rglob("*.h")}
        self.assertLessEqual(core, found)

    def test_no_installed_text_names_a_folder_of_the_build(self):
        for path in [*self.prefix.rglob("*.cmake"), *self.prefix.rglob("*.pc")]:
            text = path.read_text()
            for folder in (OPTIONS.source, OPTIONS.build, self.work / "first"):
                self.assertNotIn(str(folder), text, path)

    def test_installed_programs_find_their_libraries(self):
        for program in (self.prefix / "bin").glob("*"):
            listing = call("ldd", program)
            self.assertNotRegex(listing.stdout, r"libbight\S* => not found", program)
            self.assertNotIn(str(OPTIONS.build), listing.stdout, program)

    def installed_tool(self):
        tool = self.prefix / "bin/bight"
        if not tool.exists():
            self.skipTest("the tool was not built")
        return tool

    def test_the_tool_loads_the_hosts_that_were_installed_with_it(self):
        tool = self.installed_tool()
        for line in self.works(tool, "hosts").splitlines():
            name, state, where = line.split(maxsplit=2)
            if state == "yes" and name != "native":
                self.assertEqual(pathlib.Path(where).parent.resolve(), self.lib.resolve())

    def tool_with(self, name, *libraries):
        """The tool in a tree of its own, with these libraries beside it and no other."""
        tool = self.work / name / "bin/bight"
        lib = self.work / name / self.lib.relative_to(self.prefix)
        tool.parent.mkdir(parents=True)
        lib.mkdir(parents=True)
        shutil.copy(self.installed_tool(), tool)
        for path in [path for name in libraries for path in self.lib.glob(f"lib{name}.so*")]:
            shutil.copy(path, lib, follow_symlinks=False)
        return tool

    def test_the_tool_tells_why_a_host_is_missing(self):
        tool = self.tool_with("alone", "bight")
        self.assertRegex(self.works(tool, "hosts"), r"native +yes .*\nglib +no +libbight-glib\.so")
        done = call(tool, "--host", "glib", "echo", "tcp:127.0.0.1:0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bight: the host glib cannot be used: libbight-glib.so", done.stderr)

    def test_the_tool_tells_which_library_a_command_needs(self):
        tool = self.tool_with("bare", "bight")
        for command, library in (("chatd", "libbight-irc"), ("sql", "libbight-sql")):
            done = call(tool, command, "tcp:127.0.0.1:0")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"bight: {command} needs {library}, which cannot be loaded: {library}.so",
                          done.stderr)
            self.assertIn(command, self.works(tool, "help", command))

    def test_the_tool_loads_the_library_of_a_command_from_beside_libbight(self):
        tool = self.tool_with("chats", "bight", "bight-irc")
        done = call(tool, "chatd", "--name", "two words", "tcp:127.0.0.1:0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("one word", done.stderr)
        self.assertNotIn("libbight-irc", call("ldd", tool).stdout)

    def test_each_library_by_pkg_config(self):
        for name in self.libraries:
            source, words = PROGRAMS[name]
            with self.subTest(name):
                program = self.work / f"pc-{name}"
                self.works(*self.compiler(source), HERE / source, "-o", program,
                           *self.pkg_config("--cflags", "--libs", name))
                self.assertIn(words, self.works(program, LD_LIBRARY_PATH=self.lib))

    def test_the_typelib_is_read_from_where_it_was_installed(self):
        typelib = next(self.prefix.rglob("Bight-0.typelib"), None)
        if typelib is None or call("/usr/bin/python3", "-c", "import gi").returncode != 0:
            self.skipTest("no typelib was built, or there is no python3-gi")
        self.assertTrue((self.prefix / "share/gir-1.0/Bight-0.gir").exists())
        words = self.works("/usr/bin/python3", "-c", "from gi.repository import Bight\n"
                           "print(Bight.Reactor.new().props.valid)",
                           GI_TYPELIB_PATH=typelib.parent, LD_LIBRARY_PATH=self.lib)
        self.assertEqual(words, "True\n")

    def test_the_core_statically_by_pkg_config(self):
        program = self.work / "pc-static"
        flags = self.pkg_config("--cflags", "--libs", "--static", "bight")
        flags = ["-l:libbight.a" if flag == "-lbight" else flag for flag in flags]
        self.works(OPTIONS.cc, HERE / "core.c", "-o", program, *flags)
        self.assertNotIn("libbight", self.works("ldd", program))
        self.assertIn("worked on native", self.works(program))

    def test_the_version_is_the_same_everywhere(self):
        text = (OPTIONS.source / "CMakeLists.txt").read_text()
        version = re.search(r"project\(bight VERSION ([\d.]+)", text)[1]
        for name in OPTIONS.libraries:
            self.assertEqual(self.pkg_config("--modversion", name), [version])
        self.assertTrue((self.lib / f"libbight.so.{version}").exists())

    def test_each_library_by_find_package(self):
        targets = ""
        for name in self.libraries:
            source, _ = PROGRAMS[name]
            for suffix in ("", "-static"):
                target = component(name) + suffix
                targets += (f"add_executable(user-{target} {HERE / source})\n"
                            f"target_link_libraries(user-{target} PRIVATE bight::{target})\n")
        components = [component(name) for name in self.libraries if name != "bight"]
        build, done = self.configure("cmake-all", "0.1",
                                     "COMPONENTS " + " ".join(components) if components else "",
                                     targets)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.works(OPTIONS.cmake, "--build", build)
        for name in self.libraries:
            for suffix in ("", "-static"):
                with self.subTest(name + suffix):
                    self.assertIn(PROGRAMS[name][1], self.works(build / f"user-{component(name)}{suffix}"))

    def test_find_package_without_components_asks_for_no_toolkit(self):
        build, done = self.configure("cmake-core", targets="""
if(TARGET bight::glib OR TARGET bight::qt6 OR TARGET Qt6::Core OR NOT TARGET bight::bight)
    message(FATAL_ERROR "not the core alone")
endif()""")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_component_that_is_not_there_is_named(self):
        _, done = self.configure("cmake-missing", components="COMPONENTS anchor")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has no component 'anchor'", " ".join(done.stderr.split()))

    def test_an_optional_component_that_is_not_there_is_no_error(self):
        _, done = self.configure("cmake-optional", components="OPTIONAL_COMPONENTS anchor",
                                 targets="if(bight_anchor_FOUND)\nmessage(FATAL_ERROR found)\nendif()")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_version_that_is_not_there_is_refused(self):
        _, done = self.configure("cmake-version", version="99.0")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("99.0", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    for option in ("--cmake", "--cc", "--cxx"):
        parser.add_argument(option, required=True)
    parser.add_argument("libraries", nargs="+")
    OPTIONS = parser.parse_args()
    unittest.main(argv=["install_test.py", "-v"])
