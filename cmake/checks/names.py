#!/usr/bin/env python3
"""The name of a static function stands for one place, so that a search and a stack trace find it.

At most a twentieth of the names may recur in another file.
"""

import collections
import pathlib
import re
import sys

FOLDERS = ("core", "adapters", "protocols", "cli", "demo-gtk")
FUNCTION = re.compile(r"^static (?!const )[\w ]+?[ *]+(\w+)\(", re.MULTILINE)
ALLOWED = 0.05


def places(root):
    """In which files each name is defined."""
    found = collections.defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.c")):
            for name in set(FUNCTION.findall(path.read_text(encoding="utf-8"))):
                found[name].append(str(path.relative_to(root)))
    return found


def main():
    found = places(pathlib.Path(sys.argv[1]))
    recurring = {name: files for name, files in found.items() if len(files) > 1}
    total = sum(len(files) for files in found.values())
    many = sum(len(files) for files in recurring.values())
    for name, files in sorted(recurring.items()):
        print(f"{name}: {', '.join(files)}")
    print(f"{total} static functions, {many} under a name that recurs")
    return 0 if total and many <= total * ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
