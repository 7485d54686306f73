#!/usr/bin/env python3
"""Build projects with one known defect each, and see who finds it, names its cause and its crate.

    catalogue.py [--only NAME,...] [--no-peers] [--json FILE] [--peers FILE] [--output FILE]
    catalogue.py --lay-out NAME FOLDER

A fixture is the project in base/ with the files of defects/NAME or honest/NAME laid over it; what
it stands for and what counts as a right answer is in catalogue.toml. All of them are built with
cupel, and beside it with a plain rebuild and reprotest, and diffoscope is given what cupel built,
unless --no-peers is given. Where --peers names the --json file of an earlier run, what a plain
rebuild and reprotest say is taken over from it. A whole run writes docs/catalogue.md; with --only
or --no-peers the tables go to standard output. --no-peers leaves out the fixtures that need a
cargo outside the sandbox.

The exit status is 1 when a target of catalogue.toml is missed.

Environment: CUPEL_BIN (the executable, default .build/release/cupel), CUPEL_STORE.
"""
import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import tomllib
from dataclasses import asdict, dataclass

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CUPEL = os.environ.get("CUPEL_BIN", str(ROOT / ".build/release/cupel"))
# Every build gets it: without, nothing honest could be written that has a date.
EPOCH = "1700000000"
CARGO = ["cargo", "build", "--quiet", "--release", "--offline", "--locked"]

# Seconds for one command, killed with all that it started.
LIMIT = 300
REPROTEST_LIMIT = 300
DIFFOSCOPE_LIMIT = 120

# The variations of reprotest that are left out: faketime hangs rustc (libfaketime#130), and another
# user needs sudo and a toolchain outside the home folder of the one who runs this.
REPROTEST = ["reprotest", "--auto-build", "--no-diffoscope", "--verbosity", "1",
             "--variations=+all,-time,-user_group"]

# Which of cupel's causes a variation of reprotest names; user_group and time are left out above.
REPROTEST_NAMES = {
    "environment": {"environment"}, "build_path": {"paths", "source path"}, "kernel": {"kernel"},
    "aslr": {"aslr"}, "num_cpus": {"cpus"}, "fileordering": {"readdir"},
    "domain_host": {"hostname", "domain"}, "home": {"home"}, "locales": {"locale"},
    "timezone": {"timezone"}, "umask": {"umask"}, "exec_path": set(),
}

# The members of a leg in plan.json that a variation changes: what a reader of diffoscope's text
# could recognise the cause by, where both values stand in it.
CONDITIONS = {
    "hostname": ["hostname"], "domain": ["domain"], "user": ["userName", "uid"],
    "timezone": ["timezone"], "locale": ["locale"], "home": ["home"], "tmpdir": ["temporary"],
    "paths": ["directory"],
}


# ---- Fixtures

@dataclass
class Fixture:
    name: str
    title: str
    honest: bool = False
    cause: tuple = ()
    crate: tuple = ()
    step: str | None = None
    verdict: str = "different"
    strict: bool = False
    options: tuple = ()
    unchanged: bool = False
    second: str | None = None

    @property
    def folder(self):
        return HERE / ("honest" if self.honest else "defects") / self.name

    def lay_out(self, folder):
        """Writes the project; a folder beside it may be named by relative paths in it."""
        shutil.copytree(HERE / "base", folder)
        if not self.unchanged:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def artifact(self):
        """The file that the peers look at."""
        library = "texts/Cargo.toml"
        return "libtexts.a" if (self.folder / library).exists() else "app"


def read_catalogue():
    read = tomllib.loads((HERE / "catalogue.toml").read_text())
    fixtures = [Fixture(**entry) for entry in read["defect"]]
    fixtures += [Fixture(**entry, honest=True) for entry in read["honest"]]
    for kind in ("defects", "honest"):
        folders = {path.name for path in (HERE / kind).iterdir()}
        named = {each.name for each in fixtures if each.folder.parent.name == kind
                 and not each.unchanged}
        if folders != named:
            sys.exit(f"error: catalogue.toml and {kind}/ differ in {sorted(folders ^ named)}")
    return read["targets"], fixtures


# ---- Running

class Failed(Exception):
    """A fixture that could not be built."""


# Commands that run, for an interrupted main thread to end.
running = set()
stopping = threading.Event()


def run(argv, limit=LIMIT, **options):
    """Runs a command in a session of its own; what it started ends with it."""
    if stopping.is_set():
        raise Failed("interrupted")
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True, **options) as child:
        running.add(child)
        try:
            out, err = child.communicate(timeout=limit)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            running.discard(child)
    return child.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def stop():
    stopping.set()
    for child in list(running):
        os.killpg(child.pid, signal.SIGKILL)


def checked(argv, fine=(0,), **options):
    status, out, err = run(argv, **options)
    if status not in fine:
        raise Failed(f"{shlex.join(map(str, argv))}: exit status {status}\n{err[-2000:]}")
    return out


@dataclass
class Answer:
    """What one program says of one fixture."""
    detected: bool = False
    # Nil where it was not asked or cannot be right.
    cause: bool | None = None
    crate: bool | None = None
    words: str = ""
    seconds: float = 0.0


# ---- Cupel

def cupel(fixture, scratch):
    if fixture.second is not None:
        return compared(fixture, scratch)
    argv = [CUPEL, "build", str(scratch / "src"), "--out", str(scratch / "out"),
            "--source-date-epoch", EPOCH, *(["--vary", "default,paths"] if fixture.strict else []),
            *fixture.options]
    begin = time.monotonic()
    checked(argv, fine=(0, 1))
    seconds = time.monotonic() - begin
    record = json.loads((scratch / "out/record.json").read_text())
    verdict = record["verdict"]["kind"]
    if fixture.honest:
        # At other paths every library differs, because rustc writes its folder into it.
        fine = {"identical", "identical-latent"} if fixture.strict else {"identical"}
        return Answer(detected=verdict not in fine, words=verdict, seconds=seconds)
    finding = beginning(record)
    causes, words = named_causes(record, finding)
    package, step = guilty(finding)
    return Answer(
        detected=verdict == fixture.verdict,
        cause=bool(causes) and causes <= set(fixture.cause),
        crate=package in fixture.crate and step == fixture.step,
        words=f"{words}; {step} of {package}" if package else verdict, seconds=seconds)


def beginning(record):
    """The finding that the report puts first: the first unit that differs by itself."""
    blame = record["blame"]
    if not blame or not blame["beginnings"]:
        return None
    return blame["findings"][blame["beginnings"][0]]


def named_causes(record, finding):
    """What the unit's own replay says; where it says nothing, what the bytes show first."""
    cause = (finding or {}).get("cause")
    if cause and cause["certainty"] != "unknown":
        names = cause["variations"] or ["uncontrolled"]
        return set(names), f"{', '.join(names)} ({cause['certainty']})"
    for artifact in record["artifacts"]:
        if shown := shown_cause((artifact.get("difference") or {}).get("explanation")):
            return {shown}, shown
    return set(), "cause unknown"


def shown_cause(explanation):
    """The cause by which most bytes are explained."""
    findings = (explanation or {}).get("findings", [])
    return next((each["cause"] for each in findings if each["standing"] == "cause"), None)


def guilty(finding):
    """The package and the step that are blamed."""
    if finding is None:
        return None, None
    unit = finding["unit"]
    if unit["kind"] == "build-script-run":
        return unit["package"], "build script"
    if finding.get("root") == "proc-macro":
        macro = (finding.get("cause") or {}).get("macro")
        suspects = [macro] if macro else finding["suspects"]
        if len(suspects) == 1:
            return suspects[0]["package"], "proc macro"
    return unit["package"], "compilation"


def compared(fixture, scratch):
    """Two builds by the host's cargo that differ in what `second` does first."""
    paths = []
    for name, before in (("first", ""), ("second", fixture.second)):
        folder = scratch / name
        folder.mkdir()
        line = f"{before}\ncd ../src\n{shlex.join(CARGO)} --target-dir ../{name}/target"
        checked(["sh", "-ec", line], cwd=folder, env=toolchain())
        paths.append(folder / "target/release" / fixture.artifact())
    begin = time.monotonic()
    entry = json.loads(checked([CUPEL, "compare", "--json", *map(str, paths)], fine=(0, 1)))
    shown = shown_cause(entry["entries"][0].get("explanation"))
    return Answer(detected=entry["entries"][0]["result"] == "different",
                  cause=shown in fixture.cause, words=shown or "cause unknown",
                  seconds=time.monotonic() - begin)


# ---- Peers

def toolchain():
    """The environment of a build outside the sandbox: the programs that rustup starts, not its own,
    which would look for their settings in a home folder that reprotest changes."""
    cargo = None
    if shutil.which("rustup"):
        cargo = checked(["rustup", "which", "cargo"]).strip()
    cargo = cargo or shutil.which("cargo")
    if not cargo:
        raise Failed("finding cargo: a build outside the sandbox needs one on this machine")
    path = f"{os.path.dirname(cargo)}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "SOURCE_DATE_EPOCH": EPOCH}


def plain(fixture, scratch):
    """The same build twice in one folder: what remains when nothing is varied."""
    contents = []
    begin = time.monotonic()
    for _ in range(2):
        checked([*CARGO, "--target-dir", "../target"], cwd=scratch / "src", env=toolchain())
        contents.append((scratch / "target/release" / fixture.artifact()).read_bytes())
        shutil.rmtree(scratch / "target")
    return Answer(detected=contents[0] != contents[1], seconds=time.monotonic() - begin)


def reprotest(fixture, scratch):
    """All variations at once, then one more at a time, as its --auto-build does."""
    fixture.lay_out(scratch / "reprotest/src")
    work = scratch / "work"
    work.mkdir()
    argv = [*REPROTEST, "-c", f"{shlex.join(CARGO)} --target-dir target",
            str(scratch / "reprotest"), f"src/target/release/{fixture.artifact()}"]
    argv[argv.index("-c") + 1] = f"cd src && {argv[argv.index('-c') + 1]}"
    begin = time.monotonic()
    try:
        status, out, err = run(argv, REPROTEST_LIMIT, env=toolchain() | {"TMPDIR": str(work)})
    except subprocess.TimeoutExpired:
        return Answer(words=f"not done in {REPROTEST_LIMIT} s")
    finally:
        unmount(work)
    seconds = time.monotonic() - begin
    if status not in (0, 1):
        return Answer(words=f"error: {err.strip().splitlines()[-1:]}", seconds=seconds)
    if "even when fixing as much as" in out:
        named, words = [{"uncontrolled"}], "not reproducible, even when fixing as much as possible"
    else:
        names = out.partition("each of the following:\n")[2].partition("\n")[0].split()
        named, words = [REPROTEST_NAMES[name] for name in names], ", ".join(names)
    return Answer(detected=status == 1, words=words, seconds=seconds,
                  cause=any(each & set(fixture.cause) for each in named))


def unmount(folder):
    """Takes away what a killed reprotest left mounted."""
    mounts = [line.split()[1] for line in open("/proc/self/mounts")]
    for path in reversed([path for path in mounts if path.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", path], timeout=60)  # after an interruption, too


def diffoscope(fixture, scratch):
    """The two artifacts that cupel kept, as a person would hand them over."""
    if fixture.second is not None:
        folders = [scratch / side / "target/release" for side in ("first", "second")]
    else:
        folders = [scratch / "out/artifacts", *sorted(scratch.glob("out/artifacts-*"))[:1]]
    if len(folders) < 2:
        return Answer(words="nothing to compare")
    pair = [folder / fixture.artifact() for folder in folders]
    begin = time.monotonic()
    try:
        status, text, err = run(["diffoscope", "--text", "-", *map(str, pair)], DIFFOSCOPE_LIMIT)
    except subprocess.TimeoutExpired:
        return Answer(words=f"not done in {DIFFOSCOPE_LIMIT} s")
    seconds = time.monotonic() - begin
    changed = [line for line in text.splitlines() if re.match(r"[ │]*[-+]", line)]
    return Answer(detected=status == 1, seconds=seconds, words=f"{len(text.splitlines())} lines",
                  cause=names_cause(fixture, scratch, text, "\n".join(changed)),
                  crate=any(name in line for name in fixture.crate for line in changed))


def names_cause(fixture, scratch, text, changed):
    if re.search("ordering differences", text, re.IGNORECASE):
        return bool({"readdir", "random", "locale", "aslr"} & set(fixture.cause))
    try:
        legs = json.loads((scratch / "out/plan.json").read_text())["legs"]
    except FileNotFoundError:
        return "rustlib/src/rust" in changed
    for name in {name for cause in fixture.cause for name in CONDITIONS.get(cause, [])}:
        values = [str(leg["conditions"].get(name, leg.get(name, ""))) for leg in legs[:2]]
        if all(values) and values[0] != values[1] and all(value in changed for value in values):
            return True
    return False


# ---- All of it

BUILDERS = {"plain": plain, "reprotest": reprotest}
PEERS = BUILDERS | {"diffoscope": diffoscope}


def measure(fixture, programs, said):
    """The answers of some programs to one fixture."""
    answers = {}
    # The folder and its name are no longer than a socket's path may be.
    with tempfile.TemporaryDirectory(prefix="cupel-catalogue-") as path:
        scratch = pathlib.Path(path)
        fixture.lay_out(scratch / "src")
        for name, ask in programs.items():
            try:
                answers[name] = ask(fixture, scratch)
            except (Failed, subprocess.TimeoutExpired) as error:
                # An honest project that cannot be built is held against the program, too.
                answers[name] = Answer(detected=fixture.honest, words=f"error: {error}".strip())
            said(fixture, name, answers[name])
    return answers


def measure_all(fixtures, programs, workers):
    lock = threading.Lock()

    def said(fixture, program, answer):
        with lock:
            print(f"{fixture.folder.parent.name}/{fixture.name}: {program}: "
                  f"{'different' if answer.detected else 'same'}, {answer.words or '–'}, "
                  f"{answer.seconds:.1f} s", file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        try:
            results = list(pool.map(lambda each: measure(each, programs, said), fixtures))
        except BaseException:
            stop()
            pool.shutdown(cancel_futures=True)
            raise
    return {key(each): answers for each, answers in zip(fixtures, results, strict=True)}


def key(fixture):
    return f"{fixture.folder.parent.name}/{fixture.name}"


@dataclass
class Score:
    """How many of those that count."""
    right: int
    of: int

    def __str__(self):
        return f"{self.right} of {self.of} ({100 * self.right / self.of:.0f} %)" if self.of else "–"

    def meets(self, target):
        return self.right >= target * self.of


def scores(fixtures, answers, program):
    defects = [answers[key(each)][program] for each in fixtures if not each.honest]
    honest = [answers[key(each)][program] for each in fixtures if each.honest]
    count = lambda values: Score(sum(map(bool, values)), len(values))
    return {
        "detected": count([each.detected for each in defects]),
        "cause": count([each.detected and each.cause for each in defects]),
        # Not for what has no crate, nor for a program that never names one.
        "crate": count([each.detected and each.crate for each, fixture in
                        zip(defects, [f for f in fixtures if not f.honest], strict=True)
                        if fixture.crate]),
        "unflagged": count([not each.detected for each in honest]),
    }


# ---- Writing

INTRODUCTION = """Written by `make catalogue` (Tests/Nondeterminism/catalogue.py): small projects
with one known defect each, and honest ones that do the same thing right, built by cupel and by what
else there is. `Tests/Nondeterminism/catalogue.py --lay-out NAME FOLDER` writes one of them out, to
try by hand; the line at the top of the file that makes it differ says what it stands for."""

MEANINGS = [
    "**cupel**: `cupel build`, and `--vary default,paths` for defects that only other paths can "
    "show; three defects of chance with more legs, or one leg after the other (catalogue.toml). "
    "*Detected*: the verdict is the expected one (`different`, or `identical, latent differences` "
    "where no artifact is touched). *Cause*: the cause of the first unit that differs "
    "is one of those that count as right, and no other is named with it; where there is no such "
    "cause, the first one that the bytes show. *Crate*: package and step (build script, proc macro "
    "or compilation) of that unit are the right ones. The standard library's sources are no "
    "variation: two builds outside are compared with `cupel compare`, and no crate is at fault.",
    "**plain rebuild**: `cargo build` twice in one folder, outside the sandbox, the target folder "
    "removed between. It names nothing. Like every build here it gets SOURCE_DATE_EPOCH.",
    "**reprotest**: `{reprotest}`, which builds with all variations and then adds one after the "
    "other, within {reprotest_limit} s. Left out are `time`, because faketime hangs rustc, and "
    "`user_group`, because it needs "
    "sudo and a toolchain that other users can read. *Cause*, generously: one of the variations "
    "that it names is right, or it says that nothing it varies matters and that is right. It names "
    "no crate.",
    "**diffoscope**: given the two artifacts that cupel kept, for {diffoscope_limit} s. *Cause*, "
    "generously: its text says "
    "`ordering differences` where order is the cause, or shows among the lines that differ both "
    "values that the varied condition had (the two host names, for example). *Crate*, generously: "
    "the package's name stands in a line that differs.",
]


def yes(value):
    return {True: "yes", False: "no", None: ""}[value]


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def page(targets, fixtures, answers, notes):
    programs = [name for name in ("cupel", *PEERS)
                if all(name in those for those in answers.values())]
    names = {"cupel": "cupel", "plain": "plain rebuild", "reprotest": "reprotest",
             "diffoscope": "diffoscope"}
    columns = {"cupel": ["detected", "cause", "crate"], "plain": ["detected"],
               "reprotest": ["detected", "cause"], "diffoscope": ["cause", "crate"]}
    lines = ["# Defects, and who finds them", "", prose(INTRODUCTION), "", *notes, ""]
    results = {name: scores(fixtures, answers, name) for name in programs}
    lines += [row("", *(names[name] for name in programs), "target for cupel", "met"),
              row(*["---"] * (len(programs) + 3))]
    titles = {"detected": "defects detected", "cause": "right cause", "crate": "right crate",
              "unflagged": "honest projects not flagged"}
    for kind, title in titles.items():
        shown = [str(results[name][kind]) if kind in columns[name] or kind == "unflagged"
                 and name != "diffoscope" else "–" for name in programs]
        met = results["cupel"][kind].meets(targets[kind])
        lines.append(row(title, *shown, f"{100 * targets[kind]:.0f} %", "yes" if met else "**no**"))
    head = [f"{names[name]}: {column}" for name in programs for column in columns[name]]
    lines += ["", "## Defects", "", row("defect", "output depends on", *head, "cupel says"),
              row(*["---"] * (len(head) + 3))]
    for fixture in fixtures:
        if fixture.honest:
            continue
        given = answers[key(fixture)]
        cells = [yes(getattr(given[name], column) if given[name].detected or column == "detected"
                     else None) for name in programs for column in columns[name]]
        lines.append(row(fixture.name, fixture.title, *cells, one_line(given["cupel"].words)))
    asked = [name for name in programs if name != "diffoscope"]
    lines += ["", "## The same, done right", "",
              row("project", "what it does", *(f"{names[name]}: flagged" for name in asked)),
              row(*["---"] * (len(asked) + 2))]
    for each in fixtures:
        if each.honest:
            flagged = [yes(answers[key(each)][name].detected) for name in asked]
            lines.append(row(each.name, each.title, *flagged))
    lines += ["", "## What counts", ""]
    said = {"reprotest": shlex.join(REPROTEST), "reprotest_limit": REPROTEST_LIMIT,
            "diffoscope_limit": DIFFOSCOPE_LIMIT}
    lines += [prose("- " + text.format(**said), "  ") for text in MEANINGS
              if any(text.startswith(f"**{names[name]}**") for name in programs)]
    return "\n".join(lines) + "\n"


def one_line(text):
    return textwrap.shorten(text.replace("|", "/"), 100, placeholder=" …")


def prose(text, indent=""):
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def versions(programs):
    found = [checked([CUPEL, "--version"]).split()[-1]]
    lines = [f"- {datetime.date.today().isoformat()}, cupel {found[0]}"]
    if "diffoscope" in programs:
        tool = checked(["dpkg-query", "-W", "-f", "${Package} ${Version}", "diffoscope-minimal"])
        lines[0] += f", {tool}"
    if "plain" in programs:
        cargo = checked(["cargo", "--version"], env=toolchain()).strip()
        tool = checked(["dpkg-query", "-W", "-f", "${Package} ${Version}", "reprotest"])
        lines.append(f"- outside the sandbox, {datetime.date.today().isoformat()}: {cargo}, {tool}")
    return lines


# ---- The command line

def options(names):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAMES", help="fixtures, separated by commas")
    parser.add_argument("--no-peers", action="store_true",
                        help="ask cupel alone and need nothing but it")
    parser.add_argument("--peers", metavar="FILE", type=pathlib.Path,
                        help="take what the plain rebuild and reprotest say from this --json file")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write all answers")
    parser.add_argument("--output", metavar="FILE", help="default docs/catalogue.md")
    parser.add_argument("--workers", type=int, default=2, help="fixtures at one time (default 2)")
    parser.add_argument("--lay-out", nargs=2, metavar=("NAME", "FOLDER"),
                        help="write one fixture's project; NAME may begin with honest/")
    given = parser.parse_args()
    given.only = set(given.only.split(",")) if given.only else None
    if unknown := (given.only or set()) - names:
        parser.error(f"no such fixture: {', '.join(sorted(unknown))}")
    partial = given.only or given.no_peers
    given.output = given.output or ("/dev/stdout" if partial else ROOT / "docs/catalogue.md")
    return given


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is cleaned up
    targets, fixtures = read_catalogue()
    given = options({each.name for each in fixtures} | {key(each) for each in fixtures})
    if given.lay_out:
        name, folder = given.lay_out
        found = [each for each in fixtures if name in (each.name, key(each))]
        if not found:
            sys.exit(f"error: no such fixture: {name}")
        return found[0].lay_out(folder)
    if given.only:
        fixtures = [each for each in fixtures if given.only & {each.name, key(each)}]
    if given.no_peers:
        fixtures = [each for each in fixtures if each.second is None]
    programs = {"cupel": cupel} | ({} if given.no_peers else PEERS)
    earlier = json.loads(given.peers.read_text()) if given.peers else {}
    if earlier:
        programs = {name: ask for name, ask in programs.items() if name not in BUILDERS}
    notes = versions(programs) + earlier.get("notes", [])[1:]
    answers = measure_all(fixtures, programs, given.workers)
    for name, those in answers.items() if earlier else ():
        those |= {peer: Answer(**earlier["answers"][name][peer]) for peer in BUILDERS}
    with open(given.output, "w") as file:
        file.write(page(targets, fixtures, answers, notes))
    if given.json:
        kept = {name: {program: asdict(answer) for program, answer in those.items()}
                for name, those in answers.items()}
        given.json.write_text(json.dumps({"notes": notes, "answers": kept}, indent=1) + "\n")
    results = scores(fixtures, answers, "cupel")
    missed = [f"{kind} {results[kind]}" for kind, least in targets.items()
              if not results[kind].meets(least)]
    if missed:
        sys.exit(f"error: targets missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
