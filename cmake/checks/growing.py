#!/usr/bin/env python3
"""Every public structure of options, events or operations can grow.

It begins with `size_t size`, and the tests of growing structures, which are the arguments that end
in .cpp, name it with a case of its own.
"""

import pathlib
import re
import sys

STRUCTURE = re.compile(r"typedef struct (bight_\w+_(?:options|events|ops)) \{(.*?)^\} \1;",
                       re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def structures(folders):
    """The header, the name and the members of each of them."""
    for folder in folders:
        for header in sorted(pathlib.Path(folder).rglob("*.h")):
            for name, members in STRUCTURE.findall(header.read_text()):
                yield header.name, name, COMMENT.sub("", members).split(";")


def faults(header, name, members, test):
    if members[0].split() != ["size_t", "size"]:
        yield f"{header}: {name} does not begin with size_t size"
    if not re.search(rf"\b{name}\b", test):
        yield f"{header}: {name} has no case in the tests of growing structures"


def main():
    tests = [path for path in sys.argv[1:] if path.endswith(".cpp")]
    folders = [path for path in sys.argv[1:] if path not in tests]
    text = "".join(pathlib.Path(test).read_text() for test in tests)
    found = list(structures(folders))
    wrong = [fault for one in found for fault in faults(*one, text)]
    for fault in wrong:
        print(fault)
    print(f"{len(found)} structures, {len(wrong)} faults")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
