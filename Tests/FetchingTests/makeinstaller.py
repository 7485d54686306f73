"""Makes archives of Rust's own installer, sound ones and others. A script that is given as the first
argument runs with what is defined here, in the current folder."""

import gzip
import hashlib
import io
import lzma
import os
import sys
import tarfile
from tarfile import CHRTYPE, DIRTYPE, LNKTYPE, REGTYPE, SYMTYPE

HOST = os.uname().machine + "-unknown-linux-gnu"
STD = "rust-std-" + HOST
TOP = "rust-1.95.0-" + HOST
VERSION = "1.95.0 (59807616e 2026-04-14)\n"

COMPONENTS = {
    "rustc": {
        "bin/rustc": (b"#!/bin/sh\nexec /usr/bin/rustc \"$@\"\n", 0o755),
        "lib/librustc_driver.so": (b"driver" * 1000, 0o755),
        "lib/rustlib/etc/gdb.py": (b"", 0o644),
        "share/doc/rust/README.md": (b"read me", 0o644),
        "share/man/man1/rustc.1": (b"manual", 0o644),
    },
    "cargo": {
        "bin/cargo": (b"#!/bin/sh\nexec /usr/bin/cargo \"$@\"\n", 0o755),
        "etc/bash_completion.d/cargo": (b"complete", 0o644),
        "share/zsh/site-functions/_cargo": (b"complete", 0o644),
    },
    STD: {f"lib/rustlib/{HOST}/lib/libstd.rlib": (b"std" * 70000, 0o644)},
    "rust-src": {"lib/rustlib/src/rust/library/std/src/lib.rs": (b"pub mod x;", 0o644)},
}


def member(tar, name, data=b"", kind=REGTYPE, link="", mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(data)
    tar.addfile(info, io.BytesIO(data))


def installer(path, components=None, top=TOP, version=VERSION, texts=None, manifests=None, more=None):
    """`texts` replaces files at the top, `manifests` those of components (None leaves one out), and
    `more` adds members of its own."""
    components = COMPONENTS if components is None else components
    content = io.BytesIO()
    with tarfile.TarFile(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, files in components.items():
            listed = "".join(f"file:{file}\n" for file in files)
            listed = (manifests or {}).get(name, listed)
            for file, (data, mode) in files.items():
                member(tar, f"{top}/{name}/{file}", data, mode=mode)
            if listed is not None:
                member(tar, f"{top}/{name}/manifest.in", listed.encode())
        own = {
            "rust-installer-version": "3\n",
            "version": version,
            "components": "".join(name + "\n" for name in components),
            "install.sh": "exit 1\n",
        }
        for name, text in (own | (texts or {})).items():
            if text is not None:
                member(tar, f"{top}/{name}", text.encode())
        if more:
            more(lambda *rest, **named: member(tar, *rest, **named))
    pack = gzip.compress if path.endswith(".gz") else lzma.compress
    write(path, pack(content.getvalue()))


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def only(*names):
    return {name: COMPONENTS[name] for name in names}


def channel(path="channel-rust-1.95.0.toml", folder="dist", change=lambda text: text):
    """A channel manifest and the archives that it names, one for each component."""
    text = 'manifest-version = "2"\ndate = "2026-04-16"\n'
    for name in COMPONENTS:
        package = "rust-std" if name == STD else name
        target = "*" if name == "rust-src" else HOST
        file = package + "-1.95.0" + ("" if target == "*" else "-" + target)
        top = file
        installer(f"{folder}/{file}.tar.xz", only(name), top=top)
        installer(f"{folder}/{file}.tar.gz", only(name), top=top)
        url = "https://dist.example.org/2026-04-16/" + file
        text += f'\n[pkg.{package}]\nversion = "{VERSION.strip()}"\n\n[pkg.{package}.target."{target}"]\n'
        text += "available = true\n"
        text += f'url = "{url}.tar.gz"\nhash = "{digest(f"{folder}/{file}.tar.gz")}"\n'
        text += f'xz_url = "{url}.tar.xz"\nxz_hash = "{digest(f"{folder}/{file}.tar.xz")}"\n'
    text += '\n[pkg.clippy-preview.target."x"]\navailable = false\n'
    text += '\n[renames.clippy]\nto = "clippy-preview"\n'
    write(path, change(text))


exec(sys.argv[1])
