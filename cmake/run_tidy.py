#!/usr/bin/env python3
"""clang-tidy over the sources of the libraries, the tool and the demos, as the build compiles them.

Files that were clean, with the same content of all files and the same settings, are not looked at
again: the stamp that says so lies in the build folder.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

FOLDERS = ("core/", "adapters/", "protocols/", "cli/", "demo-gtk/", "demo-qt/")


def tracked(root):
    listing = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True,
                             text=True).stdout
    return [path for path in listing.splitlines() if path.startswith(FOLDERS)]


def compiled(build, root, paths):
    """Those of the paths that the build compiles: what is left out is not looked at."""
    entries = json.loads((build / "compile_commands.json").read_text())
    known = {str(pathlib.Path(entry["directory"], entry["file"]).resolve()) for entry in entries}
    return [path for path in paths if str((root / path).resolve()) in known]


def fingerprint(root, build, paths):
    """Of everything that a file's findings depend on: any header may be included by any file."""
    digest = hashlib.sha256()
    for path in sorted(p for p in paths if p.endswith((".h", ".hpp"))) + [".clang-tidy"]:
        digest.update(path.encode() + b"\0" + (root / path).read_bytes())
    digest.update((build / "compile_commands.json").read_bytes())
    return digest.hexdigest()


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


def check(root, build, path, common):
    stamps = build / "tidy"
    stamp = stamps / (path.replace("/", "-") + ".clean")
    key = hashlib.sha256(common.encode() + (root / path).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return path, True, ""
    result = subprocess.run(["clang-tidy-14", "-p", build, "--quiet", "--warnings-as-errors=*", path],
                            cwd=root, capture_output=True, text=True)
    clean = result.returncode == 0
    if clean:
        stamps.mkdir(exist_ok=True)
        stamp.write_text(key)
    return path, clean, findings(result.stdout) or result.stdout + result.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    build = options.build.resolve()
    paths = tracked(root)
    sources = compiled(build, root, [p for p in paths if p.endswith((".c", ".cpp"))])
    common = fingerprint(root, build, paths)
    dirty = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(check, root, build, path, common) for path in sources]
        for job in concurrent.futures.as_completed(jobs):
            path, clean, output = job.result()
            if not clean:
                dirty.append(path)
                print(output, flush=True)
    if dirty:
        print(f"clang-tidy: {len(dirty)} of {len(sources)} files have findings: {' '.join(dirty)}")
        sys.exit(1)
    print(f"clang-tidy: {len(sources)} files are clean.")


if __name__ == "__main__":
    main()
