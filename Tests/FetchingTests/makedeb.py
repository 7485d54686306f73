"""Writes a .deb whose contents no packaging tool would make.

Usage: makedeb.py KIND FILE
"""
import gzip
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
    "root": [entry("/etc/passwd", content=b"x")],
    "dots": [entry("./usr/./x", content=b"x")],
    "twice": [entry("./usr/x", content=b"1"), entry("./usr/x", content=b"2")],
    "folders": [entry("./usr/x/", FOLDER), entry("./usr/x/", FOLDER)],
    "sparse": [entry("./usr/x", b"S", content=b"x")],
    "global": [entry("./global", b"g", content=b"21 path=./etc/passwd\n")],
    "unknown": [entry("./usr/x", b"Z")],
    "later": [entry("./usr/x", HARD, link="./usr/y"), entry("./usr/y", content=b"x")],
    "full": [entry("./usr/x/", FOLDER, content=b"x" * 512)],
    "bomb": [entry("./usr/x", content=bytes(70 << 20))],
    "copies": [entry("./usr/x", content=bytes(4 << 20)),
               *(entry(f"./usr/x{i}", HARD, link="./usr/x") for i in range(20))],
    "cases": [entry("./usr/lib.h", content=b"1"), entry("./usr/LIB.h", content=b"2"),
              entry("./usr/caf\u00e9", content=b"3"), entry("./usr/cafe\u0301", content=b"4")],
}

# What is done to the archive of "other" as a whole.
DAMAGE = {
    "cut": lambda tar: tar[:700],
    "endless": lambda tar: tar[:1024],
    "halfend": lambda tar: tar[:1024 + 512],
    "trailing": lambda tar: tar + b"x" * 512,
    "second": lambda tar: tar + tar,
    "checksum": lambda tar: b"X" + tar[1:],
    "longs": lambda tar: LONGS[:1024] * 2 + tar,
    "lonely": lambda tar: LONGS[:1024] + bytes(1024),
    "gzip": gzip.compress,
    "gzips": lambda tar: gzip.compress(tar) + gzip.compress(tar),
    "cutgzip": lambda tar: gzip.compress(tar)[:-20],
    "bentgzip": lambda tar: gzip.compress(tar)[:-6] + b"BENT!!",
}

def archive(entries, form=tarfile.GNU_FORMAT):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form, errors="surrogateescape") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()


LONGS = archive(KINDS["plain"][8:9])
kind, path = sys.argv[1:]
if kind in KINDS:
    payload = archive(KINDS[kind], tarfile.PAX_FORMAT if kind == "pax" else tarfile.GNU_FORMAT)
    if kind in ("bomb", "copies"):
        payload = gzip.compress(payload)
else:
    payload = DAMAGE[kind](archive(KINDS["other"]))
suffix = ".gz" if payload[:2] == b"\x1f\x8b" else ""
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
        (f"data.tar{suffix}", payload),
    ):
        deb.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(member):<10}`\n".encode())
        deb.write(member + b"\n" * (len(member) % 2))
