"""What a test needs beside it while cupel runs. Prints one line of JSON about what happened.

    harness.py signal NAME WORD SECONDS -- COMMAND   sends the signal once COMMAND has written WORD,
                                                     or after SECONDS when WORD is empty
                                                     A fifth word says how often, 0.2 s apart,
                                                     a sixth how long after WORD
    harness.py stop -- COMMAND                       stops (SIGSTOP) the first child that COMMAND has
    harness.py listen -- COMMAND                     listens on 127.0.0.1; PORT in COMMAND is its port
    harness.py taken -- COMMAND                      already listens to COMMAND's system calls, so that
                                                     COMMAND cannot (seccomp_unotify(2))
"""
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time


def run_with_signal(name, word, seconds, command, times="1", delay="0"):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + float(seconds)
    output, sent, left, is_seen = b"", None, int(times), False
    while True:
        now = time.monotonic()
        if not is_seen and word and word.encode() in output:
            is_seen, deadline = True, now + float(delay)
        if sent is None and now >= deadline:
            while left > 0:
                process.send_signal(getattr(signal, "SIG" + name))
                sent, left = time.monotonic(), left - 1
                if left > 0:
                    time.sleep(0.2)
        wait = 0.2 if sent is not None else max(0, min(0.2, deadline - now))
        if select.select([process.stdout], [], [], wait)[0]:
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            output += chunk
    status = process.wait()
    ended = time.monotonic()
    return {
        "status": status if status >= 0 else 128 - status,
        "output": output.decode("utf-8", "replace"),
        "sawWord": bool(word) and word.encode() in output,
        "milliseconds": int(1000 * (ended - sent)) if sent is not None else -1,
    }


def run_with_stopped_child(command):
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    children = ""
    while not children and process.poll() is None:
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            children = file.read()
    for child in children.split():
        os.kill(int(child), signal.SIGSTOP)
    output = process.communicate(timeout=60)[0]
    return {
        "status": process.returncode if process.returncode >= 0 else 128 - process.returncode,
        "output": output.decode("utf-8", "replace"),
        "milliseconds": int(1000 * (time.monotonic() - began)),
    }


def run_beside_listener(command):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.setblocking(False)
    port = str(listener.getsockname()[1])
    done = subprocess.run(
        [word.replace("PORT", port) for word in command], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    connections = 0
    try:
        while True:
            listener.accept()
            connections += 1
    except BlockingIOError:
        pass
    return {
        "status": done.returncode,
        "output": done.stdout.decode("utf-8", "replace"),
        "connections": connections,
    }


def take_listener():
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("jumps", ctypes.c_uint16), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]

    allow = Instruction(0x06, 0, 0x7FFF0000)
    program = Program(1, ctypes.pointer(allow))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privs, seccomp = 38, {"x86_64": 317, "aarch64": 277}[os.uname().machine]
    libc.prctl(no_new_privs, 1, 0, 0, 0)
    listener = libc.syscall(seccomp, 1, 8, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    os.set_inheritable(listener, True)


def run_without_listener(command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=take_listener,
        close_fds=False, timeout=120)
    return {"status": done.returncode, "output": done.stdout.decode("utf-8", "replace")}


def main():
    split = sys.argv.index("--")
    task, command = sys.argv[1:split], sys.argv[split + 1:]
    if task[0] == "signal":
        print(json.dumps(run_with_signal(*task[1:4], command, *task[4:])))
    elif task[0] == "stop":
        print(json.dumps(run_with_stopped_child(command)))
    elif task[0] == "taken":
        print(json.dumps(run_without_listener(command)))
    else:
        print(json.dumps(run_beside_listener(command)))


main()
