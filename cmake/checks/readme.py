#!/usr/bin/env python3
"""What the pages for people say is true: code is that of an example, links lead somewhere, commands
exist.

A block of code in README.md stands under a comment that names its file,
`<!-- docs/examples/gtk.c -->`, and its lines stand in that file, one after the other; indentation
that all of them share is left out. In other pages a block may do without, such as a declaration.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import textwrap

BLOCK = re.compile(r"(?:<!-- (?P<file>\S+) -->\n+)?```(?P<language>\w*)\n(?P<code>.*?)^```",
                   re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"\./run ([a-z]+)")
CODE = {"c", "cpp", "cmake", "python", "vala"}


def plain(text):
    return textwrap.dedent(text).strip("\n")


def holds(source, block):
    """Whether the lines of the block stand in the source, whatever the indentation there."""
    lines, wanted = source.splitlines(), plain(block).splitlines()
    return any(plain("\n".join(lines[at:at + len(wanted)])).splitlines() == wanted
               for at in range(len(lines) - len(wanted) + 1))


def faults_of(root, page, commands):
    text = page.read_text()
    name = page.relative_to(root)
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("code"))
        if block["file"]:
            source = root / block["file"]
            if not source.is_file():
                yield f"{name}:{line}: there is no {block['file']}"
            elif not holds(source.read_text(), block["code"]):
                yield f"{name}:{line}: the code is not that of {block['file']}"
        elif block["language"] in CODE and page.name == "README.md":
            yield f"{name}:{line}: code that no example has"
    prose = BLOCK.sub("", text)
    for link in LINK.findall(prose):
        if not (page.parent / link).exists():
            yield f"{name}: links to {link}, which is not there"
    for command in sorted(set(COMMAND.findall(text)) - commands):
        yield f"{name}: ./run {command} is no command"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    root = parser.parse_args().root.resolve()
    usage = subprocess.run([root / "run", "help"], check=True, capture_output=True, text=True).stdout
    commands = set(COMMAND.findall(usage))
    pages = sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])
    faults = [fault for page in pages for fault in faults_of(root, page, commands)]
    for fault in faults:
        print(fault)
    print(f"{len(pages)} pages, {len(faults)} faults")
    sys.exit(1 if faults or not pages else 0)


if __name__ == "__main__":
    main()
