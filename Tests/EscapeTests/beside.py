#!/usr/bin/env python3
"""What stands beside a sandbox that is attacked, and must notice nothing.

    beside.py [--terminal] [--hold] -- COMMAND

Opens listeners on the loopback addresses and under UNIX names, starts a process to be aimed at,
lays out a secret, sets variables that hold a canary and leaves descriptors open; then runs COMMAND,
in which the word KEYS is replaced by the names of all that as KEY=VALUE. With --terminal its
standard input is a pseudoterminal of a session of its own. With --hold the word HOLD in COMMAND
divides two commands: the first stays, with an open standard input, while the second runs.

Prints one line of JSON: what the command printed, its status, and what was noticed.
"""
import fcntl
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import tty

CANARY = "CANARY-OF-THE-CALLER"
SECRETS = ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "CARGO_REGISTRY_TOKEN"]
MOST_SECONDS = 120


class Listeners:
    """Each says "heard" to whatever it hears, and is counted."""

    def __init__(self, folder):
        self.keys, self.heard = {}, []
        unique = f"cupel-attack-{os.getpid()}"
        inet = [("tcp4", socket.AF_INET, "127.0.0.1"), ("udp4", socket.AF_INET, "127.0.0.1")]
        if socket.has_ipv6:
            inet += [("tcp6", socket.AF_INET6, "::1"), ("udp6", socket.AF_INET6, "::1")]
        for key, family, host in inet:
            kind = socket.SOCK_STREAM if key.startswith("tcp") else socket.SOCK_DGRAM
            self.keys[key] = self.open(key, family, kind, (host, 0)).getsockname()[1]
        # The resolver listens on one port in both ways.
        resolver = self.open("dns", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self.keys["dns"] = resolver.getsockname()[1]
        self.open("dns", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", self.keys["dns"]))
        for key, kind in (("abstract", socket.SOCK_STREAM), ("file", socket.SOCK_STREAM),
                          ("abstract-datagram", socket.SOCK_DGRAM),
                          ("file-datagram", socket.SOCK_DGRAM),
                          ("abstract-seqpacket", socket.SOCK_SEQPACKET)):
            name = f"{unique}-{key}" if key.startswith("abstract") else f"{folder}/{key}"
            address = name if key.startswith("file") else "\0" + name
            self.open(key, socket.AF_UNIX, kind, address)
            self.keys[key] = name

    def open(self, key, family, kind, address):
        listener = socket.socket(family, kind)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        if kind != socket.SOCK_DGRAM:
            listener.listen(64)
        threading.Thread(target=self.serve, args=(key, listener, kind), daemon=True).start()
        return listener

    def serve(self, key, listener, kind):
        while True:
            if kind == socket.SOCK_DGRAM:
                said, sender = listener.recvfrom(4096)
                self.heard.append(key)
                if sender:
                    listener.sendto(answer(key, said), sender)
                continue
            connection, _ = listener.accept()
            self.heard.append(key)
            connection.settimeout(2)
            try:
                connection.sendall(answer(key, connection.recv(4096), prefixed=True))
            except OSError:
                pass
            connection.close()


def answer(key, said, prefixed=False):
    """A word; a resolver's with one address, before which a stream has its length (RFC 1035)."""
    if key != "dns":
        return b"heard"
    if prefixed:
        said = said[2:]
    end = said.index(b"\0", 12) + 5
    reply = (said[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + said[12:end]
             + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("127.0.0.1"))
    return len(reply).to_bytes(2, "big") + reply if prefixed else reply


def leave_open(folder, secret):
    """Descriptors that nobody marked close-on-exec."""
    pair = socket.socketpair()
    pipe = os.pipe()
    opened = [os.open(secret, os.O_RDONLY), os.open(folder, os.O_RDONLY), os.open("/", os.O_RDONLY),
              pair[0].fileno(), pipe[0], pipe[1]]
    for descriptor in opened:
        os.set_inheritable(descriptor, True)
    return opened, pair


class Terminal:
    """A pseudoterminal in raw mode: what is typed into it can be read at once."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)

    def take(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def typed(self):
        os.set_blocking(self.slave, False)
        try:
            return len(os.read(self.slave, 4096))
        except BlockingIOError:
            return 0


def run(command, environment, descriptors, terminal):
    where = {"stdin": subprocess.DEVNULL}
    if terminal:
        where = {"stdin": terminal.slave, "preexec_fn": terminal.take}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        pass_fds=descriptors, timeout=MOST_SECONDS, **where)
    return done.returncode, done.stdout, done.stderr


def run_beside(first, second, environment):
    """The second command while the first stays."""
    holder = subprocess.Popen(first, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    try:
        said = holder.stdout.readline()
        if not said.startswith(b"holding"):
            return 1, said, b"the first command holds nothing"
        return run(second, environment, [], None)
    finally:
        holder.stdin.close()
        holder.wait(timeout=MOST_SECONDS)


def main():
    split = sys.argv.index("--")
    options, command = sys.argv[1:split], sys.argv[split + 1:]
    # Whoever gives up waiting sends SIGTERM: what stands here goes away then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="cupel-test-beside-")
    victim = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "sleep", "600"],
                              stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        secret = f"{folder}/secret"
        with open(secret, "w") as file:
            file.write(CANARY)
        listeners = Listeners(folder)
        opened, pair = leave_open(folder, secret)
        terminal = Terminal() if "--terminal" in options else None
        hostname = socket.gethostname()
        keys = listeners.keys | {
            "secret": secret, "victim": victim.pid, "group": os.getpgrp(), "session": os.getsid(0),
            "hostname": "none" if hostname == "localhost" else hostname}
        words = [f"{key}={value}" for key, value in keys.items()]
        command = [given for word in command for given in (words if word == "KEYS" else [word])]
        environment = os.environ | {name: f"{CANARY}-{name}" for name in SECRETS}
        if "--hold" in options:
            middle = command.index("HOLD")
            status, out, err = run_beside(command[:middle], command[middle + 1:], environment)
        else:
            status, out, err = run(command, environment, opened, terminal)
        pair[1].setblocking(False)
        try:
            listeners.heard += ["left-open"] if pair[1].recv(64) else []
        except BlockingIOError:
            pass
        print(json.dumps({
            "status": status, "output": out.decode("utf-8", "replace"),
            "errors": err.decode("utf-8", "replace"), "heard": sorted(set(listeners.heard)),
            "victimLives": victim.poll() is None, "typed": terminal.typed() if terminal else 0}))
    finally:
        victim.kill()
        victim.wait()
        shutil.rmtree(folder)


main()
