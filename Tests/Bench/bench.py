#!/usr/bin/env python3
"""Measure cupel beside its peers and write docs/benchmarks.md.

    bench.py [--quick] [--only a,b,c,d,e,f] [--output FILE]

Every claim is a ratio of two commands that ran in turn (A B A B ...) in one go, so that a machine
whose speed drifts does not decide it. Needs: the release build, bubblewrap, openssl, the fetched
rootfs recipes; root for (b), whose outside build uses chroot.
"""
import argparse
import ctypes
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CUPEL = os.environ.get("CUPEL_BIN", str(ROOT / ".build/release/cupel"))
RIPGREP = ROOT / ".build/demo/ripgrep"
RECIPES = ["debian-bookworm-rust-1.63", "debian-bookworm-rust", "debian-bookworm-rust-sys"]
BWRAP = [
    "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
    "--setenv", "PATH", "/usr/bin", "--hostname", "localhost", "--uid", "1000", "--gid", "1000",
    "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
    "--symlink", "usr/bin", "/bin", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
    "--tmpfs", "/build", "--chdir", "/build", "--remount-ro", "/", "--cap-drop", "ALL"]
# What a missed target's time goes into; kept by hand.
REMARKS = {}


def run(argv, **options):
    return subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=1800, **options).stdout


def spawn(argv, **options):
    """Seconds from start to end of a whole process."""
    begin = time.perf_counter_ns()
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=1800, **options)
    return (time.perf_counter_ns() - begin) / 1e9


def paired(first, second, count, warmup=0):
    """Runs two functions in turn; their values and the ratio of each pair."""
    for _ in range(warmup):
        first()
        second()
    pairs = [(first(), second()) for _ in range(count)]
    return [a for a, _ in pairs], [b for _, b in pairs], [a / b for a, b in pairs]


def spread(values, unit, scale=1.0):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle * scale:.2f} {unit} ({low * scale:.2f} to {high * scale:.2f})"


def seccomp_filter():
    """A deny list of 50 calls as BPF in a file, made with libseccomp, for bwrap's --seccomp."""
    names = """mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick
        mount_setattr unshare setns ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp
        keyctl add_key request_key bpf perf_event_open userfaultfd io_uring_setup io_uring_enter
        io_uring_register init_module finit_module delete_module kexec_load kexec_file_load reboot
        swapon swapoff acct quotactl settimeofday clock_settime clock_adjtime adjtimex sethostname
        setdomainname iopl ioperm open_by_handle_at name_to_handle_at lookup_dcookie vhangup
        syslog""".split()
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(0x7FFF0000)))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        library.seccomp_rule_add_array(context, ctypes.c_uint32(0x00050001), number, 0, None)
    file = tempfile.TemporaryFile()
    assert library.seccomp_export_bpf(context, file.fileno()) == 0
    return file


def bench_start(quick):
    """(a) the whole process, sandbox set-up and tear-down included."""
    count = 30 if quick else 300
    bpf = seccomp_filter()

    def bwrap():
        bpf.seek(0)
        return spawn(BWRAP + ["--seccomp", str(bpf.fileno()), "--", "/bin/true"],
                     pass_fds=[bpf.fileno()])

    ours, theirs, ratios = paired(
        lambda: spawn([CUPEL, "run", "--rootfs", "host", "--", "/bin/true"]), bwrap, count, 20)
    return [row("a", "`cupel run --rootfs host -- /bin/true` against `bwrap` set up alike, 50-call "
                "seccomp filter included", spread(ours, "ms", 1e3), spread(theirs, "ms", 1e3),
                ratios, "≤ 0.80", lambda r: r <= 0.80)]


def cupel_build(out, *options):
    """Builds ripgrep; the wall seconds of the process, and the record."""
    seconds = spawn([CUPEL, "build", str(RIPGREP / "src"), "--out", str(out), *options])
    return seconds, json.loads((out / "record.json").read_text())


def leg_seconds(record, index=0):
    return record["legs"][index]["milliseconds"] / 1000


def cpu_seconds(record):
    return sum(leg["userMilliseconds"] + leg["systemMilliseconds"] for leg in record["legs"]) / 1000


def outside_build(store, plan, out):
    """The same cargo, inputs, paths, environment and jobs, in a bare chroot: seconds."""
    leg = plan["legs"][0]
    tree = lambda digest: f"{store}/trees/{digest.removeprefix('sha256:')}"
    script = ["set -e", "mount --make-rprivate /", f"mount -t tmpfs none {out}", f"cd {out}"]
    for entry in sorted(os.listdir(tree(plan["inputs"]["rootfs"]["digest"]))):
        path = f"{tree(plan['inputs']['rootfs']['digest'])}/{entry}"
        if os.path.islink(path):
            script.append(f"ln -s {os.readlink(path)} {entry}")
        elif entry not in ("build", "dev", "proc", "tmp", "run"):
            script += [f"mkdir {entry}", f"mount --bind {path} {entry}"]
    script += ["mkdir -p build/src build/vendor build/bin build/tmp build/home build/cargo "
               "build/target dev proc", "ln -s build/tmp tmp", "mount --bind /dev dev",
               "mount -t proc proc proc",
               f"mount --bind {tree(plan['inputs']['source']['digest'])} build/src",
               f"mount --bind {tree(plan['inputs']['vendors'][0]['digest'])} build/vendor",
               f"cp {CUPEL} build/bin/cupel-rustc"]
    environment = {v["name"]: v["value"] for v in leg["environment"]}
    environment.pop("CARGO_MAKEFLAGS")  # no jobserver of ours outside: cargo makes its own
    words = " ".join(f"{k}='{v}'" for k, v in environment.items())
    command = " ".join(f"'{word}'" for word in leg["command"])
    script.append(f"date +%s%N > {out}.times; chroot . /usr/bin/env -i {words} "
                  f"/bin/sh -c \"cd {leg['directory']} && exec {command}\" >/dev/null 2>&1; "
                  f"date +%s%N >> {out}.times")
    subprocess.run(["unshare", "-m", "sh", "-c", "\n".join(script)], check=True, timeout=1800)
    begin, end = pathlib.Path(f"{out}.times").read_text().split()
    return (int(end) - int(begin)) / 1e9


def bench_builds(quick, which, scratch):
    """(b) and (c), which share their runs."""
    count = 1 if quick else 3
    rows = []
    out = scratch / "out"
    plan = json.loads(run([CUPEL, "plan", str(RIPGREP / "src"), "--once"]))
    if "b" in which:
        if os.geteuid() == 0:
            (scratch / "chroot").mkdir()
            ours, theirs, ratios = paired(
                lambda: leg_seconds(cupel_build(out, "--once")[1]),
                lambda: outside_build(store_path(), plan, scratch / "chroot"), count)
            rows.append(row("b", "cold ripgrep build: the leg in the sandbox against the same cargo, "
                            "inputs and paths in a bare chroot, target on tmpfs in both",
                            spread(ours, "s"), spread(theirs, "s"), ratios, "≤ 1.01",
                            lambda r: r <= 1.01))
        else:
            print("(b) is left out: the outside build needs root for chroot", file=sys.stderr)
    if "c" in which:
        once = []

        def plain():
            seconds, record = cupel_build(out, "--once")
            once.append(record)
            return seconds

        cores = len(os.sched_getaffinity(0))
        for mode, target in (("parallel", None), ("sequential", 2.04)):
            ours, theirs, ratios = paired(
                lambda: cupel_build(out, "--legs", mode)[0], plain, count)
            if target:
                rows.append(row("c", f"two legs {mode} against one plain build (`--once`)",
                                spread(ours, "s"), spread(theirs, "s"), ratios, f"≤ {target}",
                                lambda r: r <= target))
            else:
                bound = max(2 * statistics.median(map(cpu_seconds, once)) / cores,
                            statistics.median(map(leg_seconds, once)))
                rows.append(row("c", "two legs parallel against what the hardware allows, max(2 × "
                                "CPU seconds ÷ cores, one plain leg)", spread(ours, "s"),
                                f"{bound:.2f} s", [o / bound for o in ours], "≤ 1.03",
                                lambda r: r <= 1.03))
    return rows


def bench_hashing(quick):
    """(d)"""
    digest = root_of("debian-bookworm-rust")
    size = int(re.search(rf"{digest}.*", run([CUPEL, "store", "ls"])).group(0).split()[3])
    cpu = str(min(os.sched_getaffinity(0)))

    def openssl():
        text = run(["taskset", "-c", cpu, "openssl", "speed", "-evp", "sha256", "-bytes", "16384",
                    "-seconds", "1"])
        return float(re.search(r"sha256\s+([\d.]+)k", text).group(1)) * 1000

    rows = []
    for name, prefix in (("one core", ["taskset", "-c", cpu]), ("all cores", [])):
        ours, theirs, ratios = paired(
            lambda: size / spawn(prefix + [CUPEL, "store", "verify", digest]), openssl,
            3 if quick else 9, 1)
        cores = 1 if prefix else len(os.sched_getaffinity(0))
        rows.append(row("d", f"`cupel store verify` of the default rootfs (2,479 files) on {name} "
                        "against `openssl speed -evp sha256` on one", spread(ours, "GB/s", 1e-9),
                        spread(theirs, "GB/s", 1e-9), ratios, f"≥ {0.95 * cores:.2f}",
                        lambda r: r >= 0.95 * cores))
    return rows


def bench_staging(quick):
    """(e)"""
    rows = []
    for recipe in RECIPES:
        ours, theirs, ratios = paired(
            lambda: spawn([CUPEL, "run", "--rootfs", recipe, "--", "/bin/true"]),
            lambda: spawn([CUPEL, "run", "--rootfs", "host", "--", "/bin/true"]),
            20 if quick else 100, 5)
        extra = statistics.median(ours) - statistics.median(theirs)
        rows.append(row("e", f"`cupel run --rootfs {recipe} -- /bin/true` against `--rootfs host`: "
                        f"{extra * 1e3:.2f} ms more", spread(ours, "ms", 1e3),
                        spread(theirs, "ms", 1e3), ratios, "flat, ≤ 10 ms",
                        lambda r: extra <= 0.010))
    return rows


def own_peak(argv):
    """The largest VmHWM seen of the process itself, in MB; its children are not counted."""
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        found = re.search(r"VmHWM:\s+(\d+)", status)
        peak = max(peak, int(found.group(1)) if found else 0)
        time.sleep(0.002)
    assert process.wait(timeout=60) == 0
    return peak / 1024


def bench_memory(quick, scratch):
    """(f)"""
    commands = {
        "run": [CUPEL, "run", "--rootfs", "host", "--", "/bin/sleep", "0.2"],
        "build": [CUPEL, "build", str(RIPGREP / "src"), "--out", str(scratch / "out"), "--once"],
    }
    rows = []
    for name, argv in commands.items():
        peaks = [own_peak(argv) for _ in range(1 if quick or name == "build" else 5)]
        rows.append(row("f", f"peak memory of the `cupel {name}` process itself (VmHWM, sampled "
                        "every 2 ms)", spread(peaks, "MB"), "", None, "≤ 40 MB",
                        lambda _, peak=max(peaks): peak <= 40))
    return rows


def row(part, what, ours, theirs, ratios, target, is_met):
    ratio = statistics.median(ratios) if ratios else 0
    shown = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""
    print(f"({part}) {what}: {ours} / {theirs} {shown}", file=sys.stderr)
    return [part, what, ours, theirs, shown, target, "yes" if is_met(ratio) else "no"]


def store_path():
    if path := os.environ.get("CUPEL_STORE"):
        return path
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return f"{data}/cupel"


def root_of(recipe):
    return run([CUPEL, "fetch", "--recipe", recipe]).strip()


def prepare(which):
    for recipe in RECIPES:
        root_of(recipe)
    if {"b", "c", "f"} & which and not RIPGREP.exists():
        run([str(ROOT / "Tests/Corpus/fetch-project"), "ripgrep", str(RIPGREP)])


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    version = lambda *argv: run(list(argv)).splitlines()[0]
    return [
        f"- date: {datetime.date.today().isoformat()}",
        f"- machine: {cpu.group(1) if cpu else platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} cores, {memory / 2**20:.0f} GiB, Linux {platform.release()}",
        f"- cupel {version(CUPEL, '--version')}; {version('bwrap', '--version')}; "
        f"{version('openssl', 'version')}; "
        f"{version(CUPEL, 'run', '--', 'cargo', '--version')} in the rootfs",
        f"- bwrap's command line: `{' '.join(BWRAP)} --seccomp FD -- /bin/true`",
    ]


def write(rows, output):
    lines = ["# Benchmarks", "",
             "Written by `make bench`. Each row is one paired run: the two commands in turn, the "
             "median with minimum and maximum, and the ratio of each pair. Whole processes, timed "
             "from outside, unless the row says otherwise.", "", *machine(), "",
             "| part | what | cupel | beside it | ratio | target | met |", "|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(values) + " |" for values in rows]
    missed = sorted({values[0] for values in rows if values[-1] == "no"})
    if missed:
        lines += ["", "## Where a target is missed", ""]
        lines += [f"- ({part}) {REMARKS.get(part, 'not explained yet.')}" for part in missed]
    pathlib.Path(output).write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few runs, to try the script")
    parser.add_argument("--only", default="a,b,c,d,e,f", help="parts, separated by commas")
    parser.add_argument("--output", default=str(ROOT / "docs/benchmarks.md"))
    options = parser.parse_args()
    which = set(options.only.split(","))
    prepare(which)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="cupel-bench-"))
    try:
        rows = []
        if "a" in which: rows += bench_start(options.quick)
        rows += bench_builds(options.quick, which, scratch)
        if "d" in which: rows += bench_hashing(options.quick)
        if "e" in which: rows += bench_staging(options.quick)
        if "f" in which: rows += bench_memory(options.quick, scratch)
        write(rows, options.output)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
