#!/usr/bin/env python3
"""Every public header compiles alone, as C11 and as C++17, without a warning.

A file that includes nothing else is compiled, once per language, the way a user's program would:
no _GNU_SOURCE, no flags of ours. A header of a toolkit gets the flags that pkg-config knows, and is
passed over where the toolkit is not there. A .hpp is C++ only; coroutine.hpp needs C++20, and so does what
includes it.
"""

import argparse
import concurrent.futures
import functools
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
TOOLKITS = [  # what an include of a toolkit looks like, its module, and whether it is C++
    (re.compile(r"<(glib|gio|gobject|glib-object)[./]"), "gio-2.0", False),
    (re.compile(r"<(gtk)/"), "gtk4", False),
    (re.compile(r"<Q[A-Z]\w+>|<Qt\w+/"), "Qt6Core", True),
    (re.compile(r"<sqlite3\.h>"), "sqlite3", False),
    (re.compile(r"<libpq-fe\.h>"), "libpq", False),
    (re.compile(r"<CoreFoundation/"), None, False),
]


@functools.lru_cache(maxsize=None)
def pkg_config(module):
    """The compiler flags of a module, or None when it is not installed."""
    result = subprocess.run(["pkg-config", "--cflags", module], capture_output=True, text=True)
    return shlex.split(result.stdout) if result.returncode == 0 else None


def needs(text):
    """The modules that a header asks for, and whether it can only be C++."""
    modules = [(module, cplusplus) for pattern, module, cplusplus in TOOLKITS
               if pattern.search(text)]
    return [module for module, _ in modules], any(cplusplus for _, cplusplus in modules)


def languages(header, only_cplusplus):
    if header.name == "coroutine.hpp" or "#include <bight/coroutine.hpp>" in header.read_text():
        return ["c++20"]
    return ["c++17"] if only_cplusplus or header.suffix == ".hpp" else ["c11", "c++17"]


def compile_alone(compilers, folders, name, language, flags):
    """The complaints of the compiler, empty when there are none."""
    cplusplus = language.startswith("c++")
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "alone.cpp" if cplusplus else "alone.c")
        # Something of its own: an empty translation unit is not valid C.
        source.write_text(f"#include <{name}>\nint alone(void);\nint alone(void)\n{{\n    return 0;\n}}\n")
        command = [*shlex.split(compilers[cplusplus]), f"-std={language}", *WARNINGS,
                   *(f"-I{folder}" for folder in folders),
                   *(flag.replace("-I", "-isystem", 1) if flag.startswith("-I") else flag
                     for flag in flags),
                   "-fPIC", "-c", str(source), "-o", os.devnull]
        result = subprocess.run(command, capture_output=True, text=True)
        return "" if result.returncode == 0 else result.stderr or "failed without a word"


def jobs_of(folder, header, left_out):
    """What is to be compiled for one header: (name, language, flags)."""
    name = header.relative_to(folder).as_posix()
    modules, only_cplusplus = needs(header.read_text())
    flags = []
    for module in modules:
        found = pkg_config(module) if module else None
        if found is None:
            left_out.append(f"{name}: {module or 'its toolkit'} is not here")
            return []
        flags += found
    return [(name, language, flags) for language in languages(header, only_cplusplus)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, help="include/ folders")
    options = parser.parse_args()
    left_out, faults, jobs = [], [], []
    for folder in options.folders:
        for header in sorted(path for path in folder.rglob("*") if path.suffix in (".h", ".hpp")):
            jobs += jobs_of(folder, header, left_out)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda job: compile_alone((options.cc, options.cxx), options.folders, *job),
                           jobs)
        for (name, language, _), complaint in zip(jobs, results):
            if complaint:
                faults.append(name)
                print(f"{name} does not compile alone as {language}:\n{complaint}")
    for line in left_out:
        print(f"left out: {line}")
    print(f"{len(jobs)} compiled, {len(faults)} faults")
    sys.exit(1 if faults or not jobs else 0)


if __name__ == "__main__":
    main()
