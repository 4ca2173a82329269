#!/usr/bin/env python3
"""Every symbol that a shared library exports begins with bight_, and every function that the public
headers promise is exported by one of them.

Of a C++ library the names in the namespace bight are its own too.
"""

import argparse
import pathlib
import re
import subprocess
import sys

OWN = re.compile(r"bight_"
                 r"|_Z(T[VISTC]|GV|Th?n?\d+_)?N[rVK]*5bight")  # bight::..., its vtable, type, thunks
# What the instrumented builds add; UBSan also asks for the type of what Qt's inline functions call.
INSTRUMENTS = re.compile(r"__(asan|ubsan|tsan|odr_asan|gcov|llvm|sancov|start___|stop___)"
                         r"|mangled_path$|_ZT[IS]11QObjectData$")
PROMISE = re.compile(r"^BIGHT_API\b[^;{]*?\b(bight_\w+)\s*\(", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def exported(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", "--format=posix", library], check=True,
                             capture_output=True, text=True).stdout
    return {line.split()[0].split("@")[0] for line in listing.splitlines()}


def strangers(names):
    return sorted(name for name in names if not OWN.match(name) and not INSTRUMENTS.match(name))


def promised(folders):
    """Function -> the header that declares it."""
    functions = {}
    for folder in folders:
        for header in sorted(folder.rglob("*.h")):
            for match in PROMISE.finditer(COMMENT.sub("", header.read_text())):
                functions[match[1]] = header.relative_to(folder).as_posix()
    return functions


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headers", action="append", default=[], type=pathlib.Path,
                        help="an include/ folder whose promises are held against the libraries")
    parser.add_argument("libraries", nargs="+")
    options = parser.parse_args()
    faults, everything = [], set()
    for library in options.libraries:
        names = exported(library)
        everything |= names
        if not names:
            faults.append(f"{library} exports nothing")
        faults += [f"{library} exports {name}" for name in strangers(names)]
    for function, header in sorted(promised(options.headers).items()):
        if function not in everything:
            faults.append(f"{header} declares {function}, which no library exports")
    for fault in faults:
        print(fault)
    print(f"{len(everything)} symbols in {len(options.libraries)} libraries, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
