"""Writes a .deb whose contents no packaging tool would make.

Usage: makedeb.py KIND FILE
"""
import io
import sys
import tarfile


def entry(name, kind=tarfile.REGTYPE, content=b"", link="", mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(content)
    return info, content


LINK, HARD, FOLDER = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
LONG = "usr/share/" + "long/" * 40 + "name"

KINDS = {
    "plain": [
        entry("./", FOLDER),
        entry("./bin/", FOLDER, mode=0o755),
        entry("./bin/tool", content=b"#!/bin/sh\n", mode=0o4755),
        entry("./bin/alias", LINK, link="tool"),
        entry("./bin/twin", HARD, link="./bin/tool"),
        entry("./lib/libx.so", content=b"x" * 200_000),
        entry("./usr/share/doc/tool/README", content=b"words"),
        entry("./usr/share/empty/", FOLDER, mode=0o1777),
        entry("./" + LONG, content=b"far"),
        entry("./usr/share/far", LINK, link=LONG),
        entry("./usr/share/gr\u00fc\u00dfe two\nlines", content=b""),
    ],
    "other": [entry("./usr/bin/other", content=b"o", mode=0o755)],
    "same": [entry("./bin/tool", content=b"another")],
    "device": [entry("./usr/null", tarfile.CHRTYPE)],
    "block": [entry("./usr/disk", tarfile.BLKTYPE)],
    "fifo": [entry("./usr/pipe", tarfile.FIFOTYPE)],
    "parent": [entry("./usr/../../escaped", content=b"x")],
    "absolute": [entry("/etc/../../escaped", content=b"x")],
    "behind": [entry("./usr/out", LINK, link="/tmp"), entry("./usr/out/escaped", content=b"x")],
    "hardout": [entry("./usr/x", HARD, link="../../../etc/passwd")],
    "hardlink": [entry("./usr/l", LINK, link="/etc/passwd"), entry("./usr/x", HARD, link="usr/l")],
    "bytes": [entry("./usr/\udcff", content=b"x")],
    "pax": [entry("./usr/" + "\u00fc" * 200, content=b"x")],
}

kind, path = sys.argv[1:]
data = io.BytesIO()
form = tarfile.PAX_FORMAT if kind == "pax" else tarfile.GNU_FORMAT
with tarfile.open(fileobj=data, mode="w", format=form, errors="surrogateescape") as tar:
    for info, content in KINDS[kind]:
        tar.addfile(info, io.BytesIO(content))
payload = data.getvalue()
control = io.BytesIO()
with tarfile.open(fileobj=control, mode="w") as tar:
    info, content = entry("./control", content=b"Package: x\nVersion: 1\nArchitecture: all\n")
    tar.addfile(info, io.BytesIO(content))

# ar(5): a header of 60 bytes a member, members at even offsets.
with open(path, "wb") as deb:
    deb.write(b"!<arch>\n")
    for name, member in (
        ("debian-binary", b"2.0\n"),
        ("control.tar", control.getvalue()),
        ("data.tar", payload),
    ):
        deb.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(member):<10}`\n".encode())
        deb.write(member + b"\n" * (len(member) % 2))
