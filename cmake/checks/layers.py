#!/usr/bin/env python3
"""Includes run strictly downward.

Between the parts: core < adapters < protocols < bindings < demos and cli, where the bindings are
adapters/bindings; a protocol sees no host and no socket, a host adapter no transport. Inside core and
protocols: by the rows of their layers.txt, for private headers by their folder, for public ones by the
lists. Inside a library of adapters that has a layers.txt: by its rows, which list every private file.
Tests and examples stand outside and may see all.

Inside core a header with the name internal.h is its own floor's, and modules include each other in no
circle, where x.c and x.h are the module x.
"""

import argparse
import pathlib
import re
import sys

BINDINGS = "adapters/bindings"
PARTS = {"core": 0, "adapters": 1, "protocols": 2, BINDINGS: 3, "cli": 4, "demo-gtk": 4, "demo-qt": 4}
SUFFIXES = {".c", ".h", ".cpp", ".hpp"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# Floors of core that a host adapter may see: it drives a reactor and bridges deferreds into its
# world's own idiom, and knows nothing of bytes on the wire.
HOST_FLOORS = {"base", "deferred", "reactor"}
TOOLKITS = re.compile(r"(glib|gio|gtk|gdk|adwaita|CoreFoundation)(\.h$|/)|(gobject|glib-unix)|Q[A-Z]\w+$"
                      r"|Qt\w+/")
# Not arpa/inet.h: reading an address that stands in a text needs no socket.
SOCKETS = re.compile(r"(sys/(socket|epoll|eventfd|timerfd|un)|netinet/\w+|netdb|poll)\.h$")


class Floors:
    """The rows of a layers.txt: the floors of core, the families of protocols, the files of a library."""

    def __init__(self, path):
        self.path = path
        self.rank = {}
        self.of_header = {}
        self.faults = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, colon, headers = line.partition(":")
            name = name.strip()
            if not colon or name in self.rank:
                self.faults.append(f"{path}:{number}: not 'floor: headers', or a floor named twice")
                continue
            self.rank[name] = len(self.rank)
            for header in headers.split():
                if header in self.of_header:
                    self.faults.append(f"{path}:{number}: {header} is on two floors")
                self.of_header[header] = name


class Tree:
    def __init__(self, root):
        self.root = root
        self.floors = Floors(root / "core/layers.txt")
        self.families = Floors(root / "protocols/layers.txt")
        self.files = sorted({path for part in PARTS for path in (root / part).rglob("*")
                             if path.suffix in SUFFIXES})
        self.public = {}
        for path in self.files:
            text = path.relative_to(root).as_posix()
            if "/include/" in text:
                self.public[text.split("/include/", 1)[1]] = path
        self.libraries = {path.parent: Floors(path)
                          for path in sorted((root / "adapters").rglob("layers.txt"))}
        self.faults = self.floors.faults + self.families.faults
        for rows in self.libraries.values():
            self.faults += rows.faults

    def part(self, path):
        name = path.relative_to(self.root).as_posix()
        return BINDINGS if name.startswith(BINDINGS + "/") else name.split("/")[0]

    def floor(self, path):
        """The floor of a file of core; None for a public header that no row lists."""
        parts = path.relative_to(self.root / "core").parts
        if parts[0] == "include":
            return self.floors.of_header.get(parts[-1])
        return parts[0]

    def family(self, path):
        """The folder of a file of protocols."""
        return path.relative_to(self.root / "protocols").parts[0]

    def is_public(self, path):
        return "include" in path.relative_to(self.root).parts

    def is_host(self, path):
        return path.relative_to(self.root).parts[:2] == ("adapters", "hosts")

    def resolve(self, path, name):
        """The file of the project that an include means, or None for the system's."""
        if name in self.public:
            return self.public[name]
        # A library's own folder is where its private headers are named from, as is core.
        folder = path.parent
        while folder != self.root.parent:
            if (folder / name).is_file():
                return (folder / name).resolve()
            if (folder / "CMakeLists.txt").exists():
                break
            folder = folder.parent
        for base in (self.root / "core", self.root):
            if (base / name).is_file():
                return base / name
        return None

    def check(self):
        self.check_lists()
        for path in self.files:
            text = path.read_text(errors="replace")
            for match in INCLUDE.finditer(text):
                reason = self.fault(path, match[1], match[2])
                if reason:
                    line = text.count("\n", 0, match.start()) + 1
                    where = path.relative_to(self.root)
                    self.faults.append(f"{where}:{line}: includes {match[2]}: {reason}")
        self.check_circles()
        return self.faults

    def modules(self):
        """What each module of core includes of the others, private headers alone. internal.h is none:
        it shows a floor to itself."""
        modules = {}
        for path in self.files:
            if self.part(path) != "core" or self.is_public(path):
                continue
            own = path.with_suffix("")
            for match in INCLUDE.finditer(path.read_text(errors="replace")):
                target = self.resolve(path, match[2])
                if target and not self.is_public(target) and "internal" not in (own.name, target.stem):
                    modules.setdefault(own, set()).add(target.with_suffix(""))
        return modules

    def check_circles(self):
        """Take away what includes, or is included by, nothing that is left, until circles are."""
        left = {own: others - {own} for own, others in self.modules().items()}
        while True:
            included = set().union(*left.values())
            done = {own for own, others in left.items()
                    if own not in included or not others & left.keys()}
            if not done:
                break
            for own in done:
                del left[own]
        if left:
            names = ", ".join(sorted(own.relative_to(self.root).as_posix() for own in left))
            self.faults.append(f"in a circle of includes: {names}")

    def check_lists(self):
        """Every public header of core has its floor, every listed one is there, every folder too."""
        folder = self.root / "core/include/bight"
        self.check_headers(self.floors, {path.name: self.floor(path) for path in self.files
                                         if path.parent == folder})
        self.check_folders(self.floors, {self.floor(p) for p in self.files
                                         if self.part(p) == "core" and not self.is_public(p)})
        protocols = [path for path in self.files if self.part(path) == "protocols"]
        self.check_headers(self.families, {path.name: self.family(path) for path in protocols
                                           if self.is_public(path)})
        self.check_folders(self.families, {self.family(path) for path in protocols})
        for library, rows in self.libraries.items():
            own = {path.relative_to(library).as_posix() for path in self.files
                   if library in path.parents and not self.is_public(path)}
            self.check_headers(rows, {name: rows.of_header.get(name) for name in own})

    def check_headers(self, rows, present):
        """`present` are the public headers, each with the row that its place asks for."""
        path = rows.path.relative_to(self.root).as_posix()
        for name, own in sorted(present.items()):
            if name not in rows.of_header:
                self.faults.append(f"{name}: no row of {path} lists it")
            elif rows.of_header[name] != own:
                self.faults.append(f"{path}: lists {name}, which is in {own}")
        for name in sorted(rows.of_header.keys() - present.keys()):
            self.faults.append(f"{path}: lists {name}, which does not exist")

    def check_folders(self, rows, folders):
        path = rows.path.relative_to(self.root)
        for name in sorted(folders - set(rows.rank)):
            self.faults.append(f"{path.parent}/{name}: not a floor of {path}")

    def fault(self, path, quote, name):
        """Why an include is wrong, or None."""
        target = self.resolve(path, name)
        part = self.part(path)
        if target is None:
            if quote == '"' and not name.endswith((".moc", ".inc")) and not name.startswith("ui_"):
                return "there is no such file in the project"
            if name.startswith("bight/"):
                return "there is no such public header"
            return self.foreign_fault(part, name)
        other = self.part(target)
        if PARTS[other] > PARTS[part]:
            return f"upward, from {part} to {other}"
        if PARTS[other] == PARTS[part] and other != part:
            return f"sideways, from {part} to {other}"
        if part == "core":
            return self.core_fault(path, target)
        if part == "protocols" and other == part:
            return self.family_fault(path, target)
        return self.library_fault(path, target) or self.outside_fault(path, target, part, other)

    def foreign_fault(self, part, name):
        if part == "protocols" and TOOLKITS.match(name):
            return "a protocol never names a host"
        if part == "protocols" and SOCKETS.match(name):
            return "a protocol knows no socket"
        if part == "core" and TOOLKITS.match(name):
            return "core knows no toolkit"
        return None

    def core_fault(self, path, target):
        own, its = self.floor(path), self.floor(target)
        rank = self.floors.rank
        if self.is_public(path) and not self.is_public(target):
            return "a public header needs a private one"
        if own in rank and its in rank and rank[its] > rank[own]:
            return f"upward, from {own} to {its}"
        if target.name == "internal.h" and own != its:
            return f"private to core/{its}"
        return None

    def family_fault(self, path, target):
        own, its = self.family(path), self.family(target)
        rank = self.families.rank
        if own in rank and its in rank and rank[its] > rank[own]:
            return f"upward, from {own} to {its}"
        if own != its and not self.is_public(target):
            return f"private to protocols/{its}"
        if self.is_public(path) and not self.is_public(target):
            return "a public header needs a private one"
        return None

    def library_fault(self, path, target):
        """The order of the files inside of one library of adapters."""
        for library, rows in self.libraries.items():
            if library not in path.parents or library not in target.parents:
                continue
            own, its = (rows.of_header.get(file.relative_to(library).as_posix())
                        for file in (path, target))
            if None not in (own, its) and rows.rank[its] > rows.rank[own]:
                return f"upward, from {own} to {its}"
            if own and its and target.parent != library and target.parent != path.parent:
                return f"private to {target.parent.relative_to(self.root)}"
        return None

    def outside_fault(self, path, target, part, other):
        if part == "protocols" and (self.is_host(target) or target.name == "host.h"):
            return "a protocol never names a host"
        if other == "core":
            if not self.is_public(target) and self.floor(target) != "base":
                return f"private to core/{self.floor(target)}"
            if self.is_host(path) and self.floor(target) not in HOST_FLOORS:
                return "a host adapter never sees a transport"
        elif other != part and not self.is_public(target):
            return f"private to {other}"
        if self.is_public(path) and not self.is_public(target):
            return "a public header needs a private one"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    tree = Tree(parser.parse_args().root.resolve())
    faults = tree.check()
    for fault in faults:
        print(fault)
    print(f"{len(tree.files)} files looked at, {len(faults)} faults")
    sys.exit(1 if faults or not tree.files else 0)


if __name__ == "__main__":
    main()
