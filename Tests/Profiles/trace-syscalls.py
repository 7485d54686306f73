#!/usr/bin/env python3
"""Trace real builds in the sandbox and tell which system calls they make.

    trace-syscalls.py [--corpus DIR] [--cupel PATH] [--out FILE] [--check PROFILE] [BUILD…]

Builds each BUILD (default: all of ripgrep, exa, sys, python) once with cupel under strace, and takes
what happens *inside*: everything that a process and its descendants do after one of them installed
the sandbox's filter. profiles/strict.toml was derived from its output.

  ripgrep, exa   real programs, laid out by Tests/Corpus/fetch-project in --corpus
  sys            C through the crates cc, cmake and pkg-config: Tests/Profiles/sys, with Debian's
                 libz-sys, libgit2-sys and ring
  python         a build script that has python3, shells, perl and make at work:
                 Tests/Profiles/python

Prints for each call the builds and programs that made it, how often, and the errors it gave; for
calls that profiles judge by an argument (ioctl, prctl, socket, …) the values too. --out keeps that
as JSON. --check PROFILE names the calls that no rule of the profile of this name or file is about, as
`cupel profile show --json` describes it.

Run it as root; it needs strace, git and apt, and the rootfs trees debian-bookworm-rust and
debian-bookworm-rust-sys in the store (`cupel fetch`).
"""
import argparse
import collections
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]

# The argument by which a profile may judge a call.
JUDGED = {
    "arch_prctl": 0, "clone": None, "fcntl": 1, "ioctl": 1, "madvise": 2, "personality": 0,
    "prctl": 0, "prlimit64": 1, "socket": 0, "socketpair": 0, "setsockopt": 2, "mknodat": 2,
    "mknod": 1, "unshare": 0, "seccomp": 0, "mount": 2,
}

LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)$")
CHILD = re.compile(r"= \d+ /\* (\d+) in strace's PID NS \*/|= (\d+)$")


class Process:
    def __init__(self, parent=None):
        self.parent = parent
        self.inside = False  # by its own doing; children of such a process are too
        self.program = None
        self.started = ""
        self.calls = collections.Counter()


def split_arguments(text):
    """The arguments of a call as strace prints them, as far as they were printed."""
    arguments, depth, quoted, start, index = [], 0, False, 0, 0
    while index < len(text):
        letter = text[index]
        if quoted:
            if letter == "\\":
                index += 1
            elif letter == '"':
                quoted = False
        elif letter == '"':
            quoted = True
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif letter == "," and depth == 0:
            arguments.append(text[start:index].strip())
            start = index + 1
        index += 1
    arguments.append(text[start:index].strip())
    return arguments


def judged(call, text):
    if call not in JUDGED:
        return ""
    if call == "clone":
        flags = re.search(r"flags=([A-Z_|0-9a-fx]+)", text)
        return flags.group(1) if flags else ""
    arguments = split_arguments(text)
    position = JUDGED[call]
    return arguments[position] if position < len(arguments) else ""


def read_trace(lines):
    """Processes by number, with what each did after the filter was in force."""
    processes = collections.defaultdict(Process)
    pending = {}
    for line in lines:
        match = LINE.match(line.rstrip("\n"))
        if not match:
            continue
        number, call, kind, rest = match.groups()
        process = processes[number]
        if kind == " resumed>":
            rest = pending.pop(number, "") + rest
        elif rest.endswith("<unfinished ...>"):
            pending[number] = rest[: -len("<unfinished ...>")]
            # A call that never returns (exit_group, a successful execve of another thread) counts.
            if not call.startswith("exit"):
                continue
        error = re.search(r"= -1 (E[A-Z0-9]+)", rest)
        # libseccomp in the runner asks with calls that fail.
        if call == "seccomp" and "SECCOMP_SET_MODE_FILTER" in rest and not error:
            process.inside = True
            process.calls.clear()
            continue
        if call in ("clone", "clone3", "fork", "vfork") and not error:
            child = CHILD.search(rest)
            if child:
                processes[child.group(1) or child.group(2)].parent = number
        if call == "execve" and not error:
            path = re.match(r'"((?:[^"\\]|\\.)*)"', rest)
            if path:
                process.program = os.path.basename(path.group(1))
        process.calls[(call, judged(call, rest), error.group(1) if error else "",
                       process.program)] += 1
    return processes


def inside_only(processes):
    """Counts of (call, value, error, program) of the processes inside."""
    def chain(number):
        while number is not None:
            yield processes[number]
            number = processes[number].parent

    counts = collections.Counter()
    for number in list(processes):
        ancestors = list(chain(number))
        if not any(process.inside for process in ancestors):
            continue
        for (call, value, error, program), count in processes[number].calls.items():
            if program is None:  # a thread or a child that has not called execve
                program = next((p.program for p in ancestors if p.program), "cupel-init")
            counts[(call, value, error, program)] += count
    return counts


def trace(command, environment):
    """Runs a command under strace and reads the trace as it is written."""
    with tempfile.TemporaryDirectory(prefix="cupel-test-trace-") as folder:
        fifo = f"{folder}/trace"
        os.mkfifo(fifo)
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-e", "trace=all", "-e", "signal=none", "--decode-pids=pidns",
             "-s", "1", "-o", fifo, *command], env=environment)
        with open(fifo, errors="replace") as lines:
            processes = read_trace(lines)
        if process.wait() != 0:
            sys.exit(f"trace-syscalls: {' '.join(command)} ended with {process.returncode}")
    return inside_only(processes)


def fetch_project():
    path = str(REPOSITORY / "Tests/Corpus/fetch-project")
    loader = importlib.machinery.SourceFileLoader("fetch_project", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_project", loader))
    loader.exec_module(module)
    return module


def lay_out(name, corpus, cupel):
    """The folder to build, and the options it wants."""
    if name in ("ripgrep", "exa"):
        if not (corpus / name).exists():
            subprocess.run([REPOSITORY / "Tests/Corpus/fetch-project", name, corpus / name,
                            "--cupel", cupel], check=True)
        return corpus / name / "src", ["--no-default-features"] if name == "exa" else []
    folder = corpus / f"profile-{name}"
    if name == "python":
        shutil.rmtree(folder, ignore_errors=True)  # nothing was fetched for it
    if not folder.exists():
        made = corpus / f".profile-{name}"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        shutil.copytree(HERE / name, made / "src")
        if name == "sys":
            add_sys_crates(made, cupel)
        made.rename(folder)
    return folder / "src", ["--recipe", "debian-bookworm-rust-sys"]


def add_sys_crates(made, cupel):
    """Debian's packages of the crates that Tests/Profiles/sys names, as its vendor folder."""
    corpus = fetch_project()
    with tempfile.TemporaryDirectory(dir=made) as path:
        folder = pathlib.Path(path)
        folder.chmod(0o755)
        (folder / "apt").mkdir()
        (folder / "debs").mkdir()
        apt = corpus.apt_options(folder / "apt")
        corpus.run("apt-get", *apt, "-qq", "update")
        wanted = (made / "src/Cargo.toml").read_text().split("[dependencies]")[1]
        names = [f"librust-{name}-dev" for name in re.findall(r"^(\S+) = ", wanted, re.M)]
        plan = corpus.run("apt-get", *apt, "-s", "install", *names, "librust-cc+jobserver-dev")
        packages = sorted(set(re.findall(r"^Inst (librust-\S+)", plan, re.M)))
        corpus.run("apt-get", *apt, "-qq", "download", *packages, cwd=folder / "debs")
        for package in (folder / "debs").glob("*.deb"):
            corpus.run("dpkg-deb", "-x", str(package), str(folder / "root"))
        (folder / "made").mkdir()
        inside = subprocess.Popen(
            [cupel, "run", "--bind", f"{made}/src:/build/in/src",
             "--bind", f"{folder}/root:/build/in/root", "--", "sh", "-c", corpus.VENDOR],
            stdout=subprocess.PIPE)
        corpus.run("tar", "-x", "--no-same-owner", "-C", folder / "made", stdin=inside.stdout)
        if inside.wait() != 0:
            sys.exit("trace-syscalls: making the vendor folder failed")
        shutil.rmtree(made / "src")
        for name in ("src", "vendor"):
            (folder / "made" / name).rename(made / name)


def table(counts):
    """call → value → {builds, programs, errors, count}."""
    rows = {}
    for build, of_build in counts.items():
        for (call, value, error, program), count in of_build.items():
            row = rows.setdefault(call, {}).setdefault(
                value, {"builds": set(), "programs": set(), "errors": set(), "count": 0})
            row["builds"].add(build)
            row["programs"].add(program)
            if error:
                row["errors"].add(error)
            row["count"] += count
    return {
        call: {value: {key: sorted(item) if isinstance(item, set) else item
                       for key, item in row.items()} for value, row in sorted(values.items())}
        for call, values in sorted(rows.items())
    }


def considered_by(profile, cupel):
    """The calls that a profile allows, or refuses on purpose; and whether it allows all others."""
    text = subprocess.run([cupel, "profile", "show", profile, "--json"], check=True,
                          stdout=subprocess.PIPE).stdout
    syscalls = json.loads(text)["syscalls"]
    named = {name for rule in syscalls["rules"] for name in rule["names"]}
    return named, syscalls["default"] == "allow"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="*", metavar="BUILD",
                        help="ripgrep, exa, sys, python")
    parser.add_argument("--corpus", type=pathlib.Path, default=REPOSITORY / ".build/corpus")
    parser.add_argument("--cupel", default=str(REPOSITORY / ".build/release/cupel"))
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--check", metavar="PROFILE")
    arguments = parser.parse_args()
    counts = {}
    for name in arguments.builds or ["ripgrep", "exa", "sys", "python"]:
        project, options = lay_out(name, arguments.corpus, arguments.cupel)
        with tempfile.TemporaryDirectory(prefix="cupel-test-trace-") as out:
            counts[name] = trace(
                [arguments.cupel, "build", str(project), "--once", "--out", f"{out}/out", *options],
                dict(os.environ))
    rows = table(counts)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
    for call, values in rows.items():
        for value, row in values.items():
            print(f"{call:24} {value:40} {','.join(row['builds']):26} {row['count']:>8} "
                  f"{','.join(row['errors']):20} {','.join(row['programs'][:8])}")
    if arguments.check:
        named, everything = considered_by(arguments.check, arguments.cupel)
        missing = [] if everything else sorted(set(rows) - named)
        for call in missing:
            print(f"{arguments.check} has no rule for {call}", file=sys.stderr)
        sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
