#!/usr/bin/env python3
"""clang-tidy over the sources of the libraries, the tool and the demos, as the build compiles them.

A file that was clean is not looked at again while nothing changes that its findings depend on: its
text, the project's headers that it includes, its definitions, .clang-tidy, the version of clang-tidy.
A hash over all of these is its key. cmake/tidy-clean.txt lists the keys of clean files and is
committed, so that a fresh clone knows them; the build folder remembers what was found clean since.
A key names a content, so a line can be out of date, but never wrong: two branches that are merged
keep the lines of both (.gitattributes), and a file that both changed is checked again.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import sys

FOLDERS = ("core/", "adapters/", "protocols/", "cli/", "demo-gtk/", "demo-qt/")
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)
HEAD = "# Files that clang-tidy found clean, with their keys: ./run check tidy --write\n"


def tracked(root):
    listing = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True,
                             text=True).stdout
    return [path for path in listing.splitlines()
            if path.startswith(FOLDERS) and path.endswith((".c", ".cpp"))]


def compiled(build, root, paths):
    """path -> how the build compiles it; what is left out of the build is not looked at."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        commands.setdefault(str(path), shlex.split(entry["command"]))
    known = {path: commands.get(str((root / path).resolve())) for path in paths}
    return {path: command for path, command in known.items() if command}


def include_folders(root, build, command):
    """The folders of the project, not of the build, in which the command looks for headers."""
    folders = [pathlib.Path(word[2:]) for word in command if word.startswith("-I")]
    return tuple(folder for folder in folders
                 if folder.is_relative_to(root) and not folder.is_relative_to(build))


@functools.lru_cache(maxsize=None)
def included_by(path, folders):
    """The headers of the project that one file names, whatever #if may say."""
    found = []
    for name in INCLUDE.findall(path.read_bytes()):
        for folder in (path.parent, *folders):
            header = folder / name.decode()
            if header.is_file():
                found.append(header.resolve())
                break
    return found


def with_headers(path, folders):
    seen, waiting = set(), [path.resolve()]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += included_by(path, folders)
    return sorted(seen)


def settings(root):
    """What the findings in all files depend on."""
    version = subprocess.run(["clang-tidy-14", "--version"], check=True, capture_output=True,
                             text=True).stdout
    numbers = re.findall(r"version (\S+)", version)
    return (root / ".clang-tidy").read_bytes() + repr(numbers).encode()


def file_key(root, build, path, command, common):
    digest = hashlib.sha256(common)
    words = sorted(word for word in command if word.startswith(("-D", "-std=")))
    digest.update(repr([word.replace(str(root), "") for word in words]).encode())
    for part in with_headers(root / path, include_folders(root, build, command)):
        text = part.read_bytes()
        digest.update(f"{part.relative_to(root)} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:32]


def read_clean(path):
    """The lines of a list, as (path, key); a path has several after a merge."""
    if not path.exists():
        return set()
    return {tuple(line.split()) for line in path.read_text().splitlines()
            if line and not line.startswith("#")}


def write_clean(path, lines):
    path.write_text(HEAD + "".join(f"{name} {key}\n" for name, key in sorted(lines)))


def findings(output):
    """Each finding with its line of code; not the path that the analyzer took to it."""
    kept, keep = [], False
    for line in output.splitlines():
        if ": error: " in line or ": warning: " in line:
            keep = True
        elif ": note: " in line:
            keep = False
        if keep:
            kept.append(line)
    return "\n".join(kept)


def check(root, build, path):
    result = subprocess.run(["clang-tidy-14", "-p", build, "--quiet", "--warnings-as-errors=*", path],
                            cwd=root, capture_output=True, text=True)
    return path, result.returncode == 0, findings(result.stdout) or result.stdout + result.stderr


def check_all(root, build, keys, jobs, remember):
    """Check these files; remember each that is clean at once, for a run may be broken off."""
    dirty = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tasks = [pool.submit(check, root, build, path) for path in keys]
        for task in concurrent.futures.as_completed(tasks):
            path, clean, output = task.result()
            if clean:
                with remember.open("a") as stream:
                    stream.write(f"{path} {keys[path]}\n")
            else:
                dirty.append(path)
                print(output, flush=True)
    return sorted(dirty)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--all", action="store_true", help="check files that are known to be clean")
    parser.add_argument("--write", action="store_true", help="write the list that is committed")
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args()
    root, build = options.root.resolve(), options.build.resolve()
    committed, remembered = root / "cmake/tidy-clean.txt", build / "tidy-clean.txt"
    common = settings(root)
    keys = {path: file_key(root, build, path, command, common)
            for path, command in compiled(build, root, tracked(root)).items()}
    known = set() if options.all else read_clean(committed) | read_clean(remembered)
    due = {path: key for path, key in keys.items() if (path, key) not in known}
    dirty = check_all(root, build, due, options.jobs, remembered)
    if options.write:
        left_out = {line for line in read_clean(committed)
                    if line[0] not in keys and (root / line[0]).exists()}
        write_clean(committed, left_out | {line for line in keys.items() if line[0] not in dirty})
    if dirty:
        print(f"clang-tidy: {len(dirty)} of {len(due)} files have findings: {' '.join(dirty)}")
        sys.exit(1)
    print(f"clang-tidy: {len(keys)} files are clean; {len(due)} of them were checked now.")


if __name__ == "__main__":
    main()
