"""Registries for the tests of `cupel fetch`, on 127.0.0.1 and on disk.

registry.py crates FOLDER NAME=VALUE …   packs NAME-1.0.0.crate, whose number() is VALUE
registry.py local FOLDER                 makes the folder a cargo local registry
registry.py git FOLDER URL               makes FOLDER/index a git index whose archives are at URL
registry.py serve FOLDER [MODE …]        serves it as a sparse registry; prints the port, then waits

Modes: token=TEXT asks for it, altered changes archives, gone has none, redirect moves them, echo
says the token that it got. Each request is a line of FOLDER/requests: status, path, and whether a
token came with it. The server ends when its folder is gone.
"""
import gzip
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time


def pack(folder, name, value):
    files = {
        "Cargo.toml": f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n',
        "src/lib.rs": f"pub fn number() -> i32 {{ {value} }}\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"{name}-1.0.0/{path}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}-1.0.0.crate", "wb") as file:
        file.write(gzip.compress(buffer.getvalue(), mtime=0))


def entry(folder, archive):
    with open(f"{folder}/{archive}", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    name, version = archive.removesuffix(".crate").rsplit("-", 1)
    return name, json.dumps({
        "name": name, "vers": version, "deps": [], "cksum": digest, "features": {},
        "yanked": False,
    }) + "\n"


def path(name):
    if len(name) < 3:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


def index(folder):
    """The index files, by path."""
    return {path(n): t for n, t in (entry(folder, a) for a in archives(folder))}


def archives(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith(".crate"))


def write(root, files):
    for name, text in files.items():
        os.makedirs(os.path.dirname(f"{root}/{name}") or root, exist_ok=True)
        with open(f"{root}/{name}", "w") as file:
            file.write(text)


def git(folder, url):
    root = f"{folder}/index"
    write(root, index(folder) | {"config.json": json.dumps({"dl": url})})
    for arguments in (["init", "-q", "-b", "master"], ["add", "."], ["commit", "-q", "-m", "1"]):
        subprocess.run(
            ["git", "-C", root, "-c", "user.name=t", "-c", "user.email=t@localhost"] + arguments,
            check=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, body, location = self.answer()
        got = "token" if "Authorization" in self.headers else "-"
        with open(f"{self.server.folder}/requests", "a") as file:
            file.write(f"{status} {self.path} {got}\n")
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        if status == 401:
            self.send_header("WWW-Authenticate", "Cargo login_url=\"http://127.0.0.1/me\"")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        modes = self.server.modes
        base = f"http://127.0.0.1:{self.server.server_port}"
        if "token" in modes and self.headers.get("Authorization") != modes["token"]:
            text = self.headers.get("Authorization", "") if "echo" in modes else ""
            return 401, f"no token, no crates {text}".encode(), None
        parts = self.path.strip("/").split("/")
        if parts[0] == "index":
            if parts[1:] == ["config.json"]:
                config = {"dl": f"{base}/dl"}
                if "token" in modes:
                    config["auth-required"] = True
                return 200, json.dumps(config).encode(), None
            text = index(self.server.folder).get("/".join(parts[1:]))
            return (200, text.encode(), None) if text else (404, b"", None)
        if parts[0] in ("dl", "moved") and len(parts) == 4 and "gone" not in modes:
            if parts[0] == "dl" and "redirect" in modes:
                return 302, b"", f"{base}/moved/" + "/".join(parts[1:])
            name = f"{self.server.folder}/{parts[1]}-{parts[2]}.crate"
            if os.path.exists(name):
                with open(name, "rb") as file:
                    data = file.read()
                return 200, data + b"x" if "altered" in modes else data, None
        return 404, b"", None

    def log_message(self, *_):
        pass


def serve(folder, modes):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder = folder
    server.modes = dict(mode.partition("=")[::2] for mode in modes)
    with open(f"{folder}/requests", "w"):
        pass
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    while os.path.exists(f"{folder}/requests"):
        time.sleep(0.2)


def main():
    command, folder, *rest = sys.argv[1:]
    if command == "crates":
        for pair in rest:
            pack(folder, *pair.split("="))
    elif command == "local":
        write(f"{folder}/index", index(folder))
    elif command == "git":
        git(folder, *rest)
    elif command == "serve":
        serve(folder, rest)


main()
