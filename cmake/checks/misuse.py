#!/usr/bin/env python3
"""Every function of the public headers that takes a reactor is called without one.

The test of misuse names each of them, with what it says then.
"""

import pathlib
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION = re.compile(r"^BIGHT_API\b[^;{}]*?\b(bight_\w+)\(([^;{}]*)\)[^;{}()]*;", re.MULTILINE)
REACTOR = re.compile(r"\bbight_reactor \*(?!\*)")


def functions(folders):
    """The header and the name of each function one of whose arguments is a reactor."""
    for folder in folders:
        for header in sorted(pathlib.Path(folder).rglob("*.h")):
            for name, arguments in FUNCTION.findall(COMMENT.sub("", header.read_text())):
                if REACTOR.search(arguments):
                    yield header.name, name


def main():
    test, *folders = sys.argv[1:]
    text = pathlib.Path(test).read_text()
    found = list(functions(folders))
    missing = [one for one in found if f'"{one[1]}"' not in text]
    for header, name in missing:
        print(f"{header}: {name}() has no case in the test of misuse")
    print(f"{len(found)} functions, {len(missing)} faults")
    return 1 if missing or not found else 0


if __name__ == "__main__":
    sys.exit(main())
