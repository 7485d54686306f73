"""Kills cupel at random moments and looks for what is left. Prints one line of JSON at the end.

    survive.py CUPEL PROJECT ROUNDS SEED SECONDS

Each round starts `cupel run` or `cupel build`, waits up to 300 ms, and sends SIGKILL to the runner,
to the sandbox's init or to a process inside. Then, without any help, these must be gone: every
process, every mount, every lock, the memory. What is on the disk or in cgroupfs cannot go away by
itself, so two more things are looked at: that nobody seems to use it (its lock is free), and that
the next complete run removes it. Everything happens in the current folder, where `store`, `tmp` and
`home` must be, for nobody else to use. Ends early after SECONDS, and says so by the number of rounds.
"""
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time

LIMIT_OF_A_ROUND = 60  # seconds: a build whose victim did not matter goes on to its end
GONE_WITHIN = 5  # seconds, on a machine that may be busy
FILE_IN_MEMORY = 16 << 20  # what each `cupel run` writes to its sandbox's memory


def command(kind, cupel, project, mark):
    if kind == "run":
        script = (f": {mark}; head -c {FILE_IN_MEMORY} /dev/zero > /build/file;"
                  "(trap '' TERM HUP; sleep 5 &); sleep 0.2")
        return [cupel, "run", "--memory", "512M", "--env", f"MARK={mark}", "--",
                "sh", "-c", script]
    return [cupel, "build", project, "--memory", "4G", "--target-size", "1G", "--out", "out"]


# What there is ---------------------------------------------------------------------------------


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def parents():
    """The parent of each process."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = read(f"/proc/{name}/stat").rpartition(b")")[2].split()
            if len(stat) > 2 and stat[0] != b"Z":
                found[int(name)] = int(stat[1])
    return found


def descendants(root):
    """The processes beneath `root`: (inits of sandboxes, what runs inside, host programs)."""
    family = parents()
    inits, inside, others = [], [], []
    todo = [(pid, False) for pid, parent in family.items() if parent == root]
    while todo:
        pid, is_inside = todo.pop()
        is_init = read(f"/proc/{pid}/comm") == b"cupel-init\n" and not is_inside
        (inits if is_init else inside if is_inside else others).append(pid)
        todo += [(child, is_inside or is_init)
                 for child, parent in family.items() if parent == pid]
    return inits, inside, others


def start_time(pid):
    stat = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return stat[19] if len(stat) > 19 and stat[0] != b"Z" else None


def mounts():
    return sorted(line for line in read("/proc/self/mountinfo").splitlines() if b"cupel" in line)


def groups():
    """Control groups of cupel's beneath this process's own, but for those of other live runs."""
    found = set()
    for line in read("/proc/self/cgroup").decode().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            for root in (f"/sys/fs/cgroup/{controllers}", "/sys/fs/cgroup/unified"):
                folder = root + path
                if os.path.isdir(folder):
                    found |= {f"{folder}/{name}" for name in os.listdir(folder)
                              if name.startswith("cupel-") and not is_locked(f"{folder}/{name}")}
    return found


def remnants(foreign):
    """What is on the disk, or in cgroupfs, of unfinished runs."""
    found = [name for name in os.listdir(".") if name.startswith(".out.new-")]
    found += [f"store/drafts/{name}" for name in os.listdir("store/drafts")]
    found += [f"tmp/{name}" for name in os.listdir("tmp")]
    found += sorted(groups() - foreign)
    return found


def is_locked(path):
    """Whether somebody holds the lock of a remnant, or of a file."""
    if os.path.isdir(path) and not path.startswith("/sys/"):
        path += "/lock"
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(file)


def memory_of_files():
    for line in read("/proc/meminfo").decode().splitlines():
        if line.startswith("Shmem:"):
            return int(line.split()[1]) << 10
    return 0


# Rounds ----------------------------------------------------------------------------------------


def choose(victim, runner, chance):
    """A process of the kind that is to be killed; None while there is none."""
    if victim == "runner":
        return runner
    inits, inside, _ = descendants(runner)
    among = inits if victim == "init" else inside
    return chance.choice(sorted(among)) if among else None


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


class Failure(Exception):
    pass


def play(line, victim, delay, chance, environment):
    """One round. Gives whom it killed (None: it was over before), and the seconds until all was gone."""
    before = mounts()
    with open("log", "wb") as log:
        runner = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  env=environment)
    time.sleep(delay)
    pid = None
    while runner.poll() is None and pid is None:
        pid = choose(victim, runner.pid, chance)
    family = {runner.pid: start_time(runner.pid)}
    for group in descendants(runner.pid):
        family.update({member: start_time(member) for member in group})
    killed = None
    if pid is not None:
        try:
            os.kill(pid, signal.SIGKILL)
            killed = victim
        except ProcessLookupError:
            pass
    moment = time.monotonic()
    try:
        status = runner.wait(LIMIT_OF_A_ROUND)
    except subprocess.TimeoutExpired:
        runner.kill()
        runner.wait()
        raise Failure(f"the runner did not end within {LIMIT_OF_A_ROUND} s")
    if killed == "runner" and status != -signal.SIGKILL:
        killed = None
    ended = time.monotonic()

    def left():
        return [member for member, started in family.items()
                if started is not None and start_time(member) == started]

    if not wait_until(lambda: not left(), GONE_WITHIN):
        raise Failure("left: " + ", ".join(
            read(f"/proc/{member}/cmdline").decode("utf-8", "replace") for member in left()))
    if mounts() != before:
        raise Failure(f"mounts are left: {mounts()}")
    return killed, time.monotonic() - (moment if killed == "runner" else ended)


def marked(mark):
    """Processes that have the mark in their command line or environment, whoever their parent is."""
    needle = mark.encode()
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()
            and (needle in read(f"/proc/{name}/cmdline") or needle in read(f"/proc/{name}/environ"))]


def expect_no_locks(foreign):
    held = [path for path in remnants(foreign) + ["store/lock"] if is_locked(path)]
    held += [f"store/leases/{name}" for name in os.listdir("store/leases")
             if is_locked(f"store/leases/{name}")]
    if held:
        raise Failure(f"locks are held: {held}")


def clean(cupel, project, environment, foreign):
    """A complete run, after which nothing of earlier ones is left."""
    line = [cupel, "build", project, "--once", "--memory", "4G", "--target-size", "1G",
            "--out", "out"]
    done = subprocess.run(line, env=environment, capture_output=True, timeout=600)
    if done.returncode != 0:
        raise Failure("the run afterwards failed: " + done.stderr.decode("utf-8", "replace"))
    found = remnants(foreign)
    if found:
        raise Failure(f"the run afterwards left {found}")


def enter_own_group():
    """Moves this process to a control group of its own, so that other runs of cupel on this machine
    are not taken for its own. Not possible for everybody, nor with version 2, where a group with
    processes passes no controller on. Gives what undoes it."""
    for line in read("/proc/self/cgroup").decode().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers != "memory":
            continue
        parent = f"/sys/fs/cgroup/memory{path}"
        own = f"{parent}/survival-{os.getpid()}"
        try:
            os.mkdir(own)
            with open(f"{own}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
        except OSError:
            break

        def leave():
            with open(f"{parent}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
            os.rmdir(own)

        return leave
    return lambda: None


def survive(cupel, project, rounds, seed, seconds):
    chance = random.Random(seed)
    mark = os.path.basename(os.getcwd())
    foreign = groups()
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": f"{os.getcwd()}/home", "TMPDIR": f"{os.getcwd()}/tmp",
        "CUPEL_STORE": f"{os.getcwd()}/store", "MARK": mark,
    }
    clean(cupel, project, environment, foreign)
    memory = memory_of_files()
    begun = time.monotonic()
    counts = {"runner": 0, "init": 0, "inside": 0, "nobody": 0}
    slowest, cleanings, most_remnants, failures, done = 0.0, 0, 0, [], 0
    while done < rounds and time.monotonic() - begun < seconds and len(failures) < 5:
        kind = chance.choice(["run", "run", "build"])
        victim = chance.choice(["runner", "init", "inside"])
        delay = chance.uniform(0, 0.3)
        # The round's own source of chance: how often it asks depends on the machine's speed.
        own = random.Random(chance.random())
        try:
            killed, span = play(command(kind, cupel, project, mark), victim, delay, own,
                                environment)
            counts[killed or "nobody"] += 1
            slowest = max(slowest, span)
            if not wait_until(lambda: not marked(mark), GONE_WITHIN):
                raise Failure(f"marked processes are left: {marked(mark)}")
            expect_no_locks(foreign)
            most_remnants = max(most_remnants, len(remnants(foreign)))
            if remnants(foreign) and done % 10 == 9:
                cleanings += 1
                clean(cupel, project, environment, foreign)
        except Failure as failure:
            failures.append(f"round {done}: {kind}, {victim} after {delay:.3f} s: {failure}")
        done += 1
    took = time.monotonic() - begun
    try:
        clean(cupel, project, environment, foreign)
    except Failure as failure:
        failures.append(str(failure))
    verified = subprocess.run([cupel, "store", "verify"], env=environment, capture_output=True,
                              timeout=600)
    if verified.returncode != 0:
        failures.append("store verify: " + verified.stderr.decode("utf-8", "replace"))
    return {
        "seed": seed, "rounds": done, "seconds": round(took, 1), "killed": counts,
        "slowestMilliseconds": int(1000 * slowest), "cleanings": cleanings,
        "mostRemnants": most_remnants, "memoryGrowth": memory_of_files() - memory,
        "memoryWritten": done * FILE_IN_MEMORY, "failures": failures,
    }


def main():
    cupel, project, rounds, seed, seconds = sys.argv[1:]
    leave_group = enter_own_group()
    try:
        print(json.dumps(survive(cupel, project, int(rounds), int(seed), float(seconds))))
    finally:
        leave_group()


main()
