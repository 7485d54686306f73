#!/usr/bin/env python3
"""Measure cupel beside its peers and write docs/benchmarks.md.

    bench.py [--quick] [--only a,b,c,d,e,f,g,h] [--output FILE]

Every claim is a ratio of commands that ran in turn (A B A B ...) in one go, so that a machine whose
speed drifts does not decide it. Needs the release build, bubblewrap, openssl and libseccomp, as
`make bench` provides them, and root for the outside build of (b), which is left out otherwise.

With --quick (few runs, and a hello-world program in ripgrep's place) or --only the result goes to
stdout unless --output is given: it is no replacement for the whole table.

Environment: CUPEL_BIN (the executable, default .build/release/cupel), CUPEL_STORE.
"""
import argparse
import contextlib
import ctypes
import datetime
import errno
import json
import os
import pathlib
import platform
import re
import resource
import shlex
import shutil
import signal
import statistics
import sys
import tempfile
import textwrap
import time
import tomllib
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CUPEL = os.environ.get("CUPEL_BIN", str(ROOT / ".build/release/cupel"))
RIPGREP = ROOT / ".build/demo/ripgrep"
PROFILE = ROOT / "profiles/cargo-build.toml"
# From the smallest rootfs to the largest.
RECIPES = ["debian-bookworm-rust-1.63", "debian-bookworm-rust", "debian-bookworm-rust-sys"]
DEFAULT_RECIPE = "debian-bookworm-rust"
CPUS = sorted(os.sched_getaffinity(0))
PINNED = ["taskset", "-c", str(CPUS[0])]

RUN_HOST = [CUPEL, "run", "--rootfs", "host", "--", "/bin/true"]
BWRAP = shlex.split("""
    bwrap --unshare-all --die-with-parent --new-session --clearenv --setenv PATH /usr/bin
    --hostname localhost --uid 1000 --gid 1000 --ro-bind /usr /usr --symlink usr/lib /lib
    --symlink usr/lib64 /lib64 --symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp
    --tmpfs /build --chdir /build --remount-ro / --cap-drop ALL --seccomp 9 -- /bin/true""")
OPENSSL = shlex.split("openssl speed -elapsed -evp sha256 -bytes 16384 -seconds 2")

INTRODUCTION = """Written by `make bench` (Tests/Bench/bench.py). The commands of a part ran in
turn, round after round, timed from outside with a monotonic clock. A cell holds the median and, in
brackets, the smallest and the largest; the ratio is taken in each round, cupel over what is beside
it, and its median is held against the target."""

# Where the time or the memory goes when a target is missed: one sentence for a part, by hand.
REMARKS = {
    "a": "The floor is 0.70: a static C program that clones the same child (Sources/CChild: "
         "the same namespaces, mounts, Landlock rules and filter with its listener) with "
         "everything decided before, measured in turn with both. What cupel has beyond it, "
         "0.2 of bwrap's time: its own start takes 0.3 ms longer than that program's "
         "(constructors of Swift, Dispatch and OpenSSL before its first line); it reads and "
         "compiles the profile (1.2 ms of processor time) while the child makes namespaces and "
         "mounts, each slowing the other a little; and a larger process takes 0.1 ms longer to "
         "end. A profile compiled before would let the child be cloned first of all. Unlike "
         "bwrap, cupel waits until the kernel has taken the sandbox down (0.3 ms), so that no "
         "process and no mount is left when it ends.",
    "c": "The sequential median is within the spread of the rounds. What two legs have beyond two "
         "plain builds is leg B's copy of sources and crates into memory and build scripts that see "
         "one CPU less.",
    "d": "Most of the gap is the copy out of the page cache (perf: 76 % in SHA-256, 16 % in "
         "copying), which hashing one buffer over and over does not have. Mapping the files would "
         "avoid it, but would turn a read error of the disk into a crash.",
}

# What each part measures.
MEANINGS = {
    "a": "What one sandbox costs: the whole process from spawn to exit, set-up, `/bin/true` and "
         "tear-down together. bwrap is set up alike in mounts, namespaces and ids, and gets a "
         "ready-made filter of those rules of profiles/cargo-build.toml that look at no argument; "
         "cupel reads and compiles its whole profile in the measured time.",
    "b": "What the sandbox takes from a compiler: the first leg of `cupel build --once` (its "
         "`milliseconds` in record.json) beside the same cargo, trees, paths, environment, rustc "
         "wrapper and number of jobs in a bare chroot without address randomisation; the target "
         "folder is on a tmpfs and empty in both. The second row is the whole process with source "
         "export, digests and output.",
    "c": "What the second, verifying build costs. The whole process in each case. What the "
         "hardware allows is max(2 × CPU seconds ÷ cores, critical path), both from the plain "
         "build of the same round: its user and system time in record.json, and its wall time, "
         "which is never less than the critical path.",
    "d": "How fast a tree is hashed: bytes of the default rootfs over the wall time of the whole "
         "`cupel store verify`, files in the page cache, beside openssl hashing one buffer of "
         "16 KiB over and over (wall time too: `-elapsed`). A rootfs holds thousands of small "
         "files beside its few large ones, which makes this the harder of the two.",
    "e": "What the size of a rootfs adds: whole processes as in (a), in one round with the host's "
         "own /usr, and the difference of each pair. `cupel plan` is measured with each rootfs "
         "too; flat means that the largest is within 10 % of the smallest.",
    "f": "The most memory that the process cupel itself has held: VmHWM in /proc/PID/status, read "
         "every 2 ms until its end. wait4(2) would not do: its ru_maxrss is the largest among the "
         "process and all it has waited for, rustc included.",
    "g": "What it costs to bring a tree into the store, to hash it again and to look at it before "
         "it is used (docs/store.md). Import is the whole `cupel plan` of a project whose source "
         "is that large and new each time: it is hashed, copied, the copy hashed and all of it "
         "brought to the disk; beside it `tar x` of the same files and `sync`. Verification is "
         "`cupel store verify`, beside sha256sum with as many processes as CPUs. The looks are "
         "those of `cupel run --verify-store`, less the same command without it.",
    "h": "What is known of a build, and what its statements cost (docs/sbom.md, docs/signing.md). "
         "`--sbom` and `--auditable` beside a plain `cupel build --once` of the same rounds as in "
         "(b): user and system time of the whole process and all that it ran, which other load "
         "moves less than the wall time, and the wall time. `cupel attest` is the whole process, "
         "added to the wall time of the plain build whose output it signs. Verification is "
         "`cupel verify` of an artifact of that size by a signed statement and a public key, which "
         "rebuilds nothing.",
}


# ---- Running and timing

class Failed(Exception):
    """A measured command that did not succeed."""


def spawn(argv, stdout=os.devnull, stderr=os.devnull, descriptors=()):
    """Starts a command with posix_spawn; `descriptors` are (number inside, ours)."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    for number, path in ((1, stdout), (2, stderr)):
        actions.append((os.POSIX_SPAWN_OPEN, number, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                        0o600))
    actions += [(os.POSIX_SPAWN_DUP2, ours, number) for number, ours in descriptors]
    return os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)


@contextlib.contextmanager
def limited(pid):
    """Kills the child when what is done meanwhile fails, is interrupted or takes 30 minutes."""
    signal.alarm(1800)
    try:
        yield
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        signal.alarm(0)


def wait(pid, argv, stderr=None):
    with limited(pid):
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        said = pathlib.Path(stderr).read_text()[-2000:] if stderr else ""
        raise Failed(f"{shlex.join(argv)}: exit status {status}\n{said}")


def children_cpu():
    """User and system seconds of all processes that have been waited for, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(argv, **options):
    """Wall seconds of a whole process, from spawn to reaped."""
    begin = time.perf_counter_ns()
    wait(spawn(argv, **options), argv, options.get("stderr"))
    return (time.perf_counter_ns() - begin) / 1e9


def output(argv):
    with tempfile.TemporaryDirectory(prefix="cupel-bench-") as folder:
        files = {"stdout": f"{folder}/out", "stderr": f"{folder}/err"}
        timed(argv, **files)
        return pathlib.Path(files["stdout"]).read_text()


def rounds(functions, count, warmup=0):
    """Calls the functions in turn, `count` times over: the list of results of each."""
    for _ in range(warmup):
        for function in functions.values():
            function()
    results = {name: [] for name in functions}
    for _ in range(count):
        for name, function in functions.items():
            results[name].append(function())
    return results


def ratios(ours, theirs):
    return [a / b for a, b in zip(ours, theirs, strict=True)]


# ---- Rows

@dataclass
class Row:
    part: str
    what: str
    ours: str
    theirs: str = "–"
    ratio: str = "–"
    target: str = "–"
    met: bool | None = None  # None when nothing is asked

    def cells(self):
        met = {None: "–", True: "yes", False: "**no**"}[self.met]
        return [self.part, self.what, self.ours, self.theirs, self.ratio, self.target, met]


def spread(values, unit="", scale=1.0, digits=2):
    low, high = (f"{limit * scale:.{digits}f}" for limit in (min(values), max(values)))
    middle = f"{statistics.median(values) * scale:.{digits}f}"
    return f"{middle}{unit and ' ' + unit} ({low} to {high})"


def compared(part, what, ours, theirs, unit, scale=1.0, at_most=None, at_least=None):
    """A row of two series from the same rounds, judged by the median of their ratios."""
    quotients = ratios(ours, theirs)
    median = statistics.median(quotients)
    target, met = "–", None
    if at_most is not None:
        target, met = f"≤ {at_most:.2f}", median <= at_most
    if at_least is not None:
        target, met = f"≥ {at_least:.2f}", median >= at_least
    return Row(part, what, spread(ours, unit, scale), spread(theirs, unit, scale),
               spread(quotients, digits=3), target, met)


# ---- (a) starting a sandbox

def seccomp_program():
    """A file with the BPF of the profile's rules that look at no argument; and their number."""
    allow, refuse = 0x7FFF0000, 0x00050000  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(0): seccomp.h
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(allow)))
    count = 0
    for rule in tomllib.loads(PROFILE.read_text())["syscalls"]["rule"]:
        action = ctypes.c_uint32(refuse | getattr(errno, rule["action"]))
        for name in [] if "when" in rule else rule["names"]:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # negative: not on this architecture, or unknown to this libseccomp
                assert library.seccomp_rule_add_array(context, action, number, 0, None) == 0, name
                count += 1
    file = tempfile.TemporaryFile()
    assert library.seccomp_export_bpf(context, file.fileno()) == 0
    library.seccomp_release(context)
    return file, count


def bench_start(bench):
    program, count = seccomp_program()

    def bwrap():
        program.seek(0)  # bwrap reads the shared descriptor to its end
        return timed(BWRAP, descriptors=[(9, program.fileno())])

    times = rounds({"cupel": lambda: timed(RUN_HOST), "bwrap": bwrap}, *bench.counts(300, 20))
    bench.say("a", RUN_HOST, BWRAP)
    return [compared("a", f"one sandbox: `cupel run` against `bwrap` ({count} calls refused)",
                     times["cupel"], times["bwrap"], "ms", 1e3, at_most=0.80)]


# ---- (b) and (c) building

@dataclass
class Build:
    seconds: float  # of the whole process
    legs: list  # as in record.json
    artifacts: list  # SHA-256 of each
    used: float = 0.0  # CPU seconds of the whole process and all that it ran

    def leg(self):
        """Wall seconds of the longest leg."""
        return max(leg["milliseconds"] for leg in self.legs) / 1e3

    def cpu(self):
        return sum(leg["userMilliseconds"] + leg["systemMilliseconds"] for leg in self.legs) / 1e3


def inside_build(bench, *options):
    argv = [CUPEL, "build", str(bench.project), "--out", str(bench.scratch / "out"), *options]
    before = children_cpu()
    seconds = timed(argv, stderr=str(bench.scratch / "stderr"))
    used = children_cpu() - before
    record = json.loads((bench.scratch / "out/record.json").read_text())
    digests = sorted(a["digest"].removeprefix("sha256:") for a in record["artifacts"])
    return Build(seconds, record["legs"], digests, used)


def tree(digest):
    return f"{store()}/trees/{digest.removeprefix('sha256:')}"


def chroot_lines(plan, root):
    """Shell lines that lay the plan's trees out below `root`, at the paths of the sandbox."""
    lines = ["set -e", f"mount -t tmpfs none {root}", f"cd {root}"]
    rootfs = tree(plan["inputs"]["rootfs"]["digest"])
    for entry in sorted(os.listdir(rootfs)):
        path = shlex.quote(f"{rootfs}/{entry}")
        if os.path.islink(f"{rootfs}/{entry}"):
            lines.append(f"cp -P {path} .")
        elif os.path.isdir(f"{rootfs}/{entry}") and entry not in ("build", "dev", "proc", "tmp"):
            lines.append(f"mkdir {entry} && mount --bind -o ro {path} {entry}")
    lines += ["mkdir -p build/src build/bin build/tmp build/home build/cargo build/target dev proc",
              "ln -s build/tmp tmp", "mount --bind /dev dev", "mount -t proc none proc",
              f"mount --bind -o ro {tree(plan['inputs']['source']['digest'])} build/src",
              f"cp {shlex.quote(CUPEL)} build/bin/cupel-rustc"]
    for vendor in plan["inputs"]["vendors"]:
        path = vendor["mountPath"].removeprefix("/")
        lines.append(f"mkdir -p {path} && mount --bind -o ro {tree(vendor['digest'])} {path}")
    return lines


def outside_script(plan, root):
    """The plan's first leg with nothing but a chroot around it; prints nanoseconds and digests."""
    leg = plan["legs"][0]
    # cupel's jobserver is not there: cargo makes its own for the same number of jobs.
    words = [f"{v['name']}={v['value']}" for v in leg["environment"]
             if v["name"] != "CARGO_MAKEFLAGS"]
    inner = f"cd {shlex.quote(leg['directory'])} && exec {shlex.join(leg['command'])}"
    command = ["setarch", "-R", "chroot", ".", "/usr/bin/env", "-i", *words, "/bin/sh", "-c", inner]
    released = "find build/target/release -maxdepth 1 -type f -perm /1 -exec sha256sum {} +"
    return "\n".join([*chroot_lines(plan, root), "date +%s%N",
                      f"{shlex.join(command)} > build/messages", "date +%s%N", released])


def outside_build(bench, plan):
    root = bench.scratch / "chroot"
    root.mkdir(exist_ok=True)
    # A mount namespace lets go of every mount, a pid namespace of every process, however it ends.
    argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
            outside_script(plan, root)]
    bench.say("b", argv)
    begin, end, *digests = output(argv).splitlines()
    return Build((int(end) - int(begin)) / 1e9, [], sorted(line.split()[0] for line in digests))


def bench_builds(bench):
    """(b), (c) and (h) share their rounds: outside, plain, parallel, sequential, listed."""
    legs = {"plain": ["--once"]}
    if "h" in bench.parts:
        legs |= {option: ["--once", f"--{option}"] for option in ("sbom", "auditable")}
    if "c" in bench.parts:
        legs |= {mode: ["--schedule", mode] for mode in ("parallel", "sequential")}
    functions = {name: lambda extra=extra: inside_build(bench, *extra)
                 for name, extra in legs.items()}
    if "h" in bench.parts:
        functions |= {"attest": lambda: attest(bench)}
    if "b" in bench.parts and os.geteuid() == 0:
        plan = json.loads(output([CUPEL, "plan", str(bench.project), "--once"]))
        functions = {"outside": lambda: outside_build(bench, plan)} | functions
    for name, extra in legs.items():
        part = {"plain": "b", "sbom": "h", "auditable": "h"}.get(name, "c")
        part = part if part in bench.parts else min(bench.parts & {"c", "h"})
        bench.say(part, [CUPEL, "build", str(bench.project), *extra])
    bench.warm()
    builds = rounds(functions, bench.counts(3)[0])
    rows = outside_rows(bench, builds) if "b" in bench.parts else []
    rows += double_rows(bench, builds) if "c" in bench.parts else []
    return rows + (statement_rows(bench, builds) if "h" in bench.parts else [])


def outside_rows(bench, builds):
    what = f"cold build of {bench.project_name}: "
    legs = [build.leg() for build in builds["plain"]]
    if "outside" not in builds:
        return [Row("b", what + "the leg in the sandbox; nothing beside it, for the outside build "
                    "needs root for chroot", spread(legs, "s"), target="≤ 1.01")]
    for inside, outside in zip(builds["plain"], builds["outside"], strict=True):
        if inside.artifacts != outside.artifacts:  # else they did not do the same work
            raise Failed(f"inside {inside.artifacts}, outside {outside.artifacts}")
    theirs = [build.seconds for build in builds["outside"]]
    return [compared("b", what + "the leg in the sandbox against the same cargo in a chroot "
                     "(the executables were equal)", legs, theirs, "s", at_most=1.01),
            compared("b", what + "the whole `cupel build --once` against the same cargo",
                     [build.seconds for build in builds["plain"]], theirs, "s")]


def double_rows(bench, builds):
    seconds = {name: [build.seconds for build in those] for name, those in builds.items()}
    bounds = [max(2 * build.cpu() / len(CPUS), build.leg()) for build in builds["plain"]]
    legs = [build.leg() for build in builds["parallel"]]
    what = f"{bench.project_name} built twice, "
    return [
        compared("c", what + "legs parallel, against what the hardware allows",
                 seconds["parallel"], bounds, "s", at_most=1.03),
        compared("c", what + "legs parallel: the longer leg alone against what the hardware allows",
                 legs, bounds, "s"),
        compared("c", what + "legs parallel, against one plain build (`--once`)",
                 seconds["parallel"], seconds["plain"], "s"),
        compared("c", what + "legs sequential, against one plain build (`--once`)",
                 seconds["sequential"], seconds["plain"], "s", at_most=2.04)]


# ---- (h) lists and statements

def attest(bench):
    """Wall seconds of signing the statements about the last build."""
    key = bench.scratch / "bench.key"
    if not key.exists():
        output([CUPEL, "keygen", "--no-passphrase", "--out", str(bench.scratch / "bench")])
    shutil.rmtree(bench.scratch / "out/attestations", ignore_errors=True)
    argv = [CUPEL, "attest", str(bench.scratch / "out"), "--key", str(key)]
    bench.say("h", argv)
    return timed(argv, stderr=str(bench.scratch / "stderr"))


def statement_rows(bench, builds):
    plain, what = builds["plain"], f"cold build of {bench.project_name}, "
    rows = []
    for option in ("sbom", "auditable"):
        for measure, at_most in (("used", 1.02), ("seconds", None)):
            ours, theirs = ([getattr(build, measure) for build in those]
                            for those in (builds[option], plain))
            name = "CPU time" if measure == "used" else "wall time"
            rows.append(compared("h", f"{what}{name} with `--{option}` against without",
                                 ours, theirs, "s", at_most=at_most))
    seconds = [build.seconds for build in plain]
    signed = [a + b for a, b in zip(seconds, builds["attest"], strict=True)]
    rows.append(compared("h", what + "with `cupel attest` against without", signed, seconds, "s",
                         at_most=1.02))
    rows.append(Row("h", f"`cupel attest` of {bench.project_name}",
                    spread(builds["attest"], "ms", 1e3, 1)))
    return rows + [verification_row(bench)]


def verification_row(bench):
    out = bench.scratch / "out"
    record = json.loads((out / "record.json").read_text())
    name = record["artifacts"][0]["name"]
    size = (out / "artifacts" / name).stat().st_size
    statements, key = out / "attestations/build.intoto.jsonl", bench.scratch / "bench.pub"
    verify = [CUPEL, "verify", str(out / "artifacts" / name), "--attestation", str(statements),
              "--key", str(key)]
    bench.say("h", verify)
    times = rounds(timers({"cupel": verify}), *bench.counts(50, 5))["cupel"]
    median = statistics.median(times)
    return Row("h", f"`cupel verify` of {name}, {size / 1e6:.1f} MB, without a rebuild",
               spread(times, "ms", 1e3, 1), target="≤ 50 ms", met=median <= 0.050)


# ---- (d) hashing

def openssl_rate(argv):
    """Bytes per second that `openssl speed` reports."""
    return float(re.findall(r"^sha256\s+([\d.]+)k", output(argv), re.MULTILINE)[-1]) * 1e3


def bench_hashing(bench):
    rootfs = bench.rootfs[DEFAULT_RECIPE]
    verify = [CUPEL, "store", "verify", rootfs.digest]
    many = [*OPENSSL[:2], "-multi", str(len(CPUS)), *OPENSSL[2:]]
    bench.say("d", PINNED + verify, PINNED + OPENSSL, verify, many)
    rates = rounds({
        "one": lambda: rootfs.bytes / timed(PINNED + verify),
        "openssl one": lambda: openssl_rate(PINNED + OPENSSL),
        "all": lambda: rootfs.bytes / timed(verify),
        "openssl all": lambda: openssl_rate(many),
    }, *bench.counts(9, 1))
    what = f"hashing a tree of {rootfs.files} files, {rootfs.bytes / 1e6:.0f} MB, "
    return [
        compared("d", what + "on one core, against `openssl speed` on one",
                 rates["one"], rates["openssl one"], "GB/s", 1e-9, at_least=0.95),
        compared("d", what + f"on {len(CPUS)} cores, against `openssl speed` on {len(CPUS)}",
                 rates["all"], rates["openssl all"], "GB/s", 1e-9, at_least=0.95),
        compared("d", what + f"on {len(CPUS)} cores, against cupel on one",
                 rates["all"], rates["one"], "GB/s", 1e-9)]


# ---- (e) staging

def bench_staging(bench):
    runs = {recipe: [CUPEL, "run", "--rootfs", recipe, "--", "/bin/true"] for recipe in RECIPES}
    plans = {recipe: [CUPEL, "plan", str(bench.project), "--recipe", recipe] for recipe in RECIPES}
    bench.say("e", RUN_HOST, *runs.values(), *plans.values())
    times = rounds({"host": lambda: timed(RUN_HOST)} | timers(runs), *bench.counts(100, 5))
    rows = [added_row(bench.rootfs[recipe], recipe, times[recipe], times["host"])
            for recipe in RECIPES]
    rows.append(flat_row("`cupel run`", times))
    planned = rounds(timers(plans), *bench.counts(20, 2))
    return rows + [flat_row(f"`cupel plan` of {bench.project_name}", planned)]


def timers(commands):
    return {name: lambda argv=argv: timed(argv) for name, argv in commands.items()}


def added_row(rootfs, recipe, ours, host):
    added = [a - b for a, b in zip(ours, host, strict=True)]
    what = f"`cupel run` in {recipe} ({rootfs.bytes / 1e9:.2f} GB) against `--rootfs host`"
    return Row("e", what, spread(ours, "ms", 1e3), spread(host, "ms", 1e3),
               "adds " + spread(added, "ms", 1e3), "≤ 10 ms", statistics.median(added) <= 0.010)


def flat_row(what, times):
    return compared("e", f"{what}: the largest rootfs against the smallest", times[RECIPES[-1]],
                    times[RECIPES[0]], "ms", 1e3, at_most=1.10)


# ---- (f) memory

def own_peak(argv):
    """Bytes: the last VmHWM seen of the process itself."""
    pid = spawn(argv)
    status = pathlib.Path(f"/proc/{pid}/status")
    peak = 0
    with limited(pid):  # not reaped yet, so its number cannot have passed to another
        while found := re.search(r"VmHWM:\s+(\d+)", status.read_text()):
            peak = int(found.group(1)) * 1024
            time.sleep(0.002)
    wait(pid, argv)  # a zombie has no VmHWM
    return peak


def bench_memory(bench):
    out = str(bench.scratch / "out")
    commands = {
        "`cupel run`": [CUPEL, "run", "--rootfs", "host", "--", "/bin/sleep", "0.1"],
        f"`cupel build` of {bench.project_name}": [
            CUPEL, "build", str(bench.project), "--once", "--out", out],
        "`cupel store verify`": [CUPEL, "store", "verify", bench.rootfs[DEFAULT_RECIPE].digest],
    }
    bench.say("f", *commands.values())
    rows = []
    for what, argv in commands.items():
        peaks = [own_peak(argv) for _ in range(1 if "build" in argv else bench.counts(9)[0])]
        rows.append(Row("f", f"peak memory of {what} itself", spread(peaks, "MB", 1e-6, 1),
                        target="≤ 40 MB", met=max(peaks) <= 40e6))
    return rows


# ---- (g) the store

def bulk(bench):
    """A project with a large source, and an archive of it: their paths and the bytes."""
    project = hello(bench.scratch / "bulk")
    rootfs = pathlib.Path(tree(bench.rootfs[DEFAULT_RECIPE].digest))
    for name in ("usr/include", "usr/lib/gcc"):
        # Symlinks may lead out of what is copied, which no source may.
        shutil.copytree(rootfs / name, project / name, ignore=lambda folder, names: [
            name for name in names if os.path.islink(f"{folder}/{name}")])
    archive = bench.scratch / "bulk.tar"
    output(["tar", "-cf", str(archive), "-C", str(project), "."])
    files = [file for file in project.rglob("*") if file.is_file()]
    return project, archive, len(files), sum(file.stat().st_size for file in files)


@contextlib.contextmanager
def own_store(bench):
    """A store that holds the default rootfs through a symlink, so that nothing stays in the real
    one."""
    real, own = pathlib.Path(store()), bench.scratch / "store"
    number = bench.rootfs[DEFAULT_RECIPE].digest.removeprefix("sha256:")
    for folder in ("trees", "indexes"):
        (own / folder).mkdir(parents=True)
        (own / folder / number).symlink_to(real / folder / number)
    for folder in ("locks", "roots"):
        shutil.copytree(real / folder, own / folder)
    before = os.environ.get("CUPEL_STORE")
    os.environ["CUPEL_STORE"] = str(own)
    try:
        yield
    finally:
        os.environ.pop("CUPEL_STORE")
        if before is not None:
            os.environ["CUPEL_STORE"] = before


def bench_import(bench):
    project, archive, files, size = bulk(bench)
    plan = [CUPEL, "plan", str(project), "--once", "--recipe", DEFAULT_RECIPE]
    unpacked = bench.scratch / "unpacked"
    untar = ["sh", "-c", f"mkdir {unpacked} && tar -xf {archive} -C {unpacked} && sync -f {unpacked}"]
    bench.say("g", plan, untar)

    def into_store():
        (project / "mark").write_text(str(time.time_ns()))
        return size / timed(plan)

    def beside():
        shutil.rmtree(unpacked, ignore_errors=True)
        return size / timed(untar)

    with own_store(bench):
        rates = rounds({"cupel": into_store, "tar": beside}, *bench.counts(7, 1))
    return compared("g", f"import of {files} files, {size / 1e6:.0f} MB, against `tar x` and `sync`",
                    rates["cupel"], rates["tar"], "MB/s", 1e-6)


def bench_store(bench):
    rootfs = bench.rootfs[DEFAULT_RECIPE]
    verify = [CUPEL, "store", "verify", rootfs.digest]
    sums = ["sh", "-c", f"find {tree(rootfs.digest)} -type f -print0 | "
            f"xargs -0 -n 64 -P {len(CPUS)} sha256sum >/dev/null"]
    runs = {how: [CUPEL, "run", *(["--verify-store", how] if how != "none" else []), "--rootfs",
                  DEFAULT_RECIPE, "--memory", "1G", "--", "/bin/true"]
            for how in ("none", "cached", "full")}
    bench.say("g", verify, sums, *runs.values())
    rates = rounds({"cupel": lambda: rootfs.bytes / timed(verify),
                    "sha256sum": lambda: rootfs.bytes / timed(sums)}, *bench.counts(9, 1))
    times = rounds(timers(runs), *bench.counts(9, 1))
    what = f"a tree of {rootfs.files} files, {rootfs.bytes / 1e6:.0f} MB: "
    rows = [bench_import(bench),
            compared("g", what + f"hashed on {len(CPUS)} cores, against sha256sum on {len(CPUS)}",
                     rates["cupel"], rates["sha256sum"], "GB/s", 1e-9)]
    for how in ("cached", "full"):
        added = [a - b for a, b in zip(times[how], times["none"], strict=True)]
        rows.append(Row("g", what + f"`--verify-store {how}` adds", spread(added, "ms", 1e3, 1)))
    return rows


# ---- Preparing

@dataclass
class Rootfs:
    digest: str
    files: int
    bytes: int


def store():
    if path := os.environ.get("CUPEL_STORE"):
        return path
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return f"{data}/cupel"


def fetch(recipe):
    digest = output([CUPEL, "fetch", "--recipe", recipe]).strip()
    line = next(line.split() for line in output([CUPEL, "store", "ls"]).splitlines()
                if line.startswith(digest))
    return Rootfs(digest, int(line[1]), int(line[3]))


def hello(folder):
    """A smallest project, to try the script with."""
    (folder / "src").mkdir(parents=True)
    (folder / "src/main.rs").write_text('fn main() { println!("hello"); }\n')
    package = 'name = "hello"\nversion = "0.1.0"\n'
    (folder / "Cargo.toml").write_text(f'[package]\n{package}edition = "2018"\n')
    (folder / "Cargo.lock").write_text(f"version = 3\n\n[[package]]\n{package}")
    return folder


class Bench:
    """What the parts share."""

    def __init__(self, parts, quick, scratch):
        self.parts, self.quick, self.scratch = parts, quick, scratch
        self.commands = {part: [] for part in MEANINGS}
        self.rootfs = {recipe: fetch(recipe) for recipe in RECIPES}
        self.project_name = "hello world" if quick else "ripgrep"
        self.project = hello(scratch / "hello") if quick else RIPGREP / "src"
        if not self.project.exists():
            output([str(ROOT / "Tests/Corpus/fetch-project"), "ripgrep", str(RIPGREP),
                    "--cupel", CUPEL])

    def counts(self, count, warmup=0):
        """Rounds that are measured, and those before them."""
        return (min(count, 3), min(warmup, 1)) if self.quick else (count, warmup)

    def say(self, part, *commands):
        """Notes the exact command lines of a part, each once."""
        for argv in commands:
            line = shlex.join(argv)
            for path, name in ((CUPEL, "cupel"), (f"{ROOT}/", ""), (self.scratch, "$SCRATCH"),
                               (store(), "$CUPEL_STORE")):
                line = line.replace(str(path), name)
            if line not in self.commands[part]:
                self.commands[part].append(line)

    def warm(self):
        """Brings the default rootfs into the page cache."""
        timed([CUPEL, "store", "verify", self.rootfs[DEFAULT_RECIPE].digest])

    def rows(self):
        benches = {"a": bench_start, "b": bench_builds, "c": bench_builds, "d": bench_hashing,
                   "e": bench_staging, "f": bench_memory, "g": bench_store, "h": bench_builds}
        rows = []
        for measure in dict.fromkeys(benches[part] for part in sorted(self.parts)):
            for row in measure(self):
                print(" | ".join(row.cells()), file=sys.stderr, flush=True)
                rows.append(row)
        return rows


# ---- Writing

def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)
    version = lambda *argv: output(list(argv)).splitlines()[0]
    cargo = version(CUPEL, "run", "--rootfs", DEFAULT_RECIPE, "--", "cargo", "--version")
    return [
        f"- CPU: {model.group(1) if model else platform.machine()}, {len(CPUS)} cores",
        f"- memory: {int(memory) / 2**20:.0f} GiB",
        f"- kernel: Linux {platform.release()}",
        f"- user: {'root' if os.geteuid() == 0 else 'an ordinary user'}",
        f"- cupel {version(CUPEL, '--version')}; {version('bwrap', '--version')}; {cargo} in the "
        f"rootfs; {' '.join(version('openssl', 'version').split()[:2])}",
    ]


def prose(text, indent=""):
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def page(bench, rows, setting):
    lines = ["# Benchmarks", "", prose(INTRODUCTION), "",
             *(["**A quick run that only tries the script: no figures to rely on.**", ""]
               if bench.quick else []),
             *(prose(line, "  ") for line in setting), "",
             "| part | what | cupel | beside it | ratio | target | met |",
             "|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    missed = sorted({row.part for row in rows if row.met is False})
    if missed:
        lines += ["", "## Where a target is missed", ""]
        lines += [prose(f"- ({part}) {REMARKS.get(part, 'Not explained yet.')}", "  ")
                  for part in missed]
    lines += ["", "## What each part measures", "",
              "`cupel` is .build/release/cupel, `$SCRATCH` a temporary folder."]
    for part in sorted(bench.parts):
        lines += ["", f"### ({part})", "", prose(MEANINGS[part]), "",
                  "```sh", *bench.commands[part], "```"]
    return "\n".join(lines) + "\n"


def time_out(*_):
    raise TimeoutError("a command ran for longer than 30 minutes")


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few runs, to try the script")
    parser.add_argument("--only", metavar="PARTS", help="some of a,b,c,d,e,f,g,h, with commas")
    parser.add_argument("--output", metavar="FILE", help="default docs/benchmarks.md")
    given = parser.parse_args()
    given.parts = set((given.only or ",".join(MEANINGS)).split(","))
    if unknown := given.parts - MEANINGS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    partial = given.quick or given.only
    given.output = given.output or ("/dev/stdout" if partial else ROOT / "docs/benchmarks.md")
    return given


def main():
    given = options()
    signal.signal(signal.SIGALRM, time_out)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="cupel-bench-"))
    started = datetime.date.today().isoformat()
    load = f"{os.getloadavg()[0]:.2f}"
    try:
        bench = Bench(given.parts, given.quick, scratch)
        rows = bench.rows()
        setting = [f"- date: {started}; load average when it began: {load}", *machine()]
        with open(given.output, "w") as file:
            file.write(page(bench, rows, setting))
    except (Failed, OSError) as error:
        sys.exit(f"error: measuring: {error}")
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
