"""What python programs in builds do: subprocesses, pools, temporary files, JSON, archives."""
import concurrent.futures
import hashlib
import json
import multiprocessing
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile


def square(number):
    return number * number


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "a.txt").write_text("a")
        os.symlink("a.txt", folder / "link")
        os.link(folder / "a.txt", folder / "hard")
        os.chmod(folder / "hard", 0o755)
        os.utime(folder / "hard", (1e9, 1e9))
        shutil.copytree(folder, folder / "copy")
        with tarfile.open(folder / "x.tar.gz", "w:gz") as archive:
            archive.add(folder / "copy", "copy")
        with zipfile.ZipFile(folder / "x.zip", "w") as archive:
            archive.write(folder / "a.txt")
        with tarfile.open(folder / "x.tar.gz") as archive:
            archive.extractall(folder / "again")
        shutil.rmtree(folder / "copy")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        table = list(pool.map(square, range(20)))
    # Not a Pool: its locks are POSIX semaphores, which live in /dev/shm, and the sandbox has none.
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=lambda: theirs.send(square(7)))
    child.start()
    table.append(ours.recv())
    child.join()
    done = threading.Event()
    thread = threading.Thread(target=done.set)
    thread.start()
    thread.join()
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, timeout=60)
    note = json.dumps({"cc": compiler.stdout.splitlines()[0], "system": platform.system(),
                       "digest": hashlib.sha256(b"x").hexdigest(), "cpus": os.cpu_count()})
    lines = ", ".join(str(number) for number in table)
    pathlib.Path("table.rs").write_text(f"// {note}\nstatic TABLE: &[u32] = &[{lines}];\n")
    print("made table.rs", file=sys.stderr)


if __name__ == "__main__":
    main()
