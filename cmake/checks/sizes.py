#!/usr/bin/env python3
"""Files end before line 600, and functions have 60 lines at most.

clang-tidy measures the functions of the libraries; here those of the tests are measured too, which
begin and end in the first column.
"""

import pathlib
import re
import sys

FOLDERS = ("adapters", "cli", "cmake", "core", "demo-gtk", "demo-qt", "docs", "protocols", "tests")
ENDINGS = {".c", ".h", ".cpp", ".hpp", ".py", ".sh", ".cmake"}
MOST_LINES = 599
MOST_OF_A_FUNCTION = 60
NO_FUNCTION = re.compile(r"(template <.*> *)?(class|struct|union|enum|namespace|typedef|extern)\b|.*=$")


def functions(lines):
    """The first line and the length of each, from brace to brace."""
    for start, line in enumerate(lines):
        if line != "{":
            continue
        head = start
        while head > 0 and lines[head - 1] and lines[head - 1][0] not in "}#/":
            head -= 1
        if head < start and not NO_FUNCTION.match(lines[head]):
            end = next((i for i in range(start, len(lines)) if lines[i] == "}"), len(lines))
            yield start + 1, end - start + 1


def faults(path):
    lines = path.read_text().splitlines()
    if len(lines) > MOST_LINES:
        yield f"{path}: {len(lines)} lines"
    if path.suffix in {".c", ".cpp"}:
        for start, length in functions(lines):
            if length > MOST_OF_A_FUNCTION + 2:
                yield f"{path}:{start}: a function of {length - 2} lines"


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*"))
             if path.suffix in ENDINGS and path.is_file()]
    wrong = [fault for path in files for fault in faults(path)]
    for fault in wrong:
        print(fault)
    print(f"{len(files)} files, {len(wrong)} faults")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
