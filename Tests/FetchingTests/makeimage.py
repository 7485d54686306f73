"""Makes an OCI image layout, well-formed or in a chosen way hostile.

Usage: makeimage.py FOLDER ARCHITECTURE KIND      a small image of text files
       makeimage.py FOLDER ARCHITECTURE tree DIR  one layer with what is in DIR

ARCHITECTURE is the kernel's name of it (uname -m). Prints the digest of the manifest, or of the index
where there is one.
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

folder, machine, kind = sys.argv[1:4]
NAMES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
architecture = NAMES.get(machine, machine)
OCI = "application/vnd.oci.image"
LAYER = f"{OCI}.layer.v1.tar"
LINK, HARD, FOLDER, DEVICE = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE
os.makedirs(f"{folder}/blobs/sha256", exist_ok=True)


def entry(name, content=b"", type=tarfile.REGTYPE, link="", mode=0o644, pax=None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = type, link, mode, len(content)
    info.pax_headers = pax or {}
    return info, content


def directory(name):
    return entry(name, type=FOLDER, mode=0o755)


def symlink(name, target):
    return entry(name, type=LINK, link=target)


def tar(entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def put(data, type, **more):
    with open(f"{folder}/blobs/sha256/{digest(data)[7:]}", "wb") as file:
        file.write(data)
    return {"mediaType": type, "digest": digest(data), "size": len(data)} | more


def put_json(value, type, **more):
    return put(json.dumps(value).encode(), type, **more)


def layer(contents, compression="gzip", **more):
    """The layer's descriptor and the digest of its contents."""
    if compression == "gzip":
        return put(gzip.compress(contents, mtime=0), f"{LAYER}+gzip", **more), digest(contents)
    if compression == "zstd":
        packed = subprocess.run(
            ["zstd", "-cq"], input=contents, stdout=subprocess.PIPE, check=True, timeout=60).stdout
        return put(packed, f"{LAYER}+zstd", **more), digest(contents)
    return put(contents, LAYER, **more), digest(contents)


def image(layers, own=architecture, type=f"{OCI}.manifest.v1+json", **more):
    configuration = {
        "architecture": own, "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [contents for _, contents in layers]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": type,
        "config": put_json(configuration, f"{OCI}.config.v1+json"),
        "layers": [descriptor for descriptor, _ in layers],
    }
    return put_json(manifest, type, **more)


BASE = [
    directory("./"), directory("etc/"), entry("etc/hosts", b"base"), directory("usr/"),
    directory("usr/bin/"), entry("usr/bin/tool", b"#!/bin/sh\n", mode=0o4755),
    entry("usr/bin/twin", type=HARD, link="usr/bin/tool"), symlink("bin", "usr/bin"),
    directory("usr/share/"), entry("usr/share/old", b"old"), entry("usr/share/kept", b"kept"),
    directory("usr/lost/"), entry("usr/lost/a", b"a"), entry("usr/lost/b", b"b"),
    directory("usr/opaque/"), entry("usr/opaque/below", b"below"), directory("usr/opaque/in/"),
    entry("usr/opaque/in/x", b"x"), entry("usr/turns", b"a file"), directory("usr/dir/"),
    entry("usr/dir/x", b"x"), symlink("usr/link", "share"), directory("var/"),
    directory("usr/share/doc/"), entry("usr/share/doc/README", b"words"),
    entry("usr/share/" + "\u00fc" * 120, b"far", pax={"SCHILY.xattr.user.x": "y"}),
]
# A whiteout is about lower layers only, wherever in the archive it stands.
UPPER = [
    directory("usr/"), directory("usr/share/"), entry("usr/share/.wh.old"),
    entry("usr/share/new", b"new"), entry("usr/.wh.lost"), directory("usr/opaque/"),
    entry("usr/opaque/above", b"above"), entry("usr/opaque/.wh..wh..opq"),
    directory("usr/turns/"), entry("usr/turns/now", b"a folder"), entry("usr/dir", b"a file now"),
    directory("usr/link/"), entry("usr/link/own", b"own"), entry("usr/.wh.never"),
    entry("usr/share/again", b"2"), entry("usr/share/.wh.again"), entry("etc/hosts", b"upper"),
    directory("usr/link/sub/"), entry("usr/link/.wh..wh..opq"),
]
TOP = [entry("usr/bin/tool", b"top", mode=0o755), directory("usr/lost/"), entry("usr/lost/c", b"c")]

HOSTILE = {
    "parent": [entry("usr/../../escaped")],
    "absolute": [entry("/etc/../../escaped")],
    "device": [entry("dev/null", type=DEVICE)],
    "fifo": [entry("run/pipe", type=tarfile.FIFOTYPE)],
    "through": [symlink("out", "/tmp"), entry("out/escaped", b"x")],
    "lower": [entry("usr/link/escaped", b"x")],
    "whiteout-through": [entry("usr/link/.wh.kept")],
    "hardout": [entry("x", type=HARD, link="../../etc/passwd")],
    "hardlower": [entry("x", type=HARD, link="usr/bin/tool")],
    "hardlink": [symlink("l", "/etc/passwd"), entry("x", type=HARD, link="l")],
    "twice": [entry("x", b"1"), entry("./x", b"2")],
    "folder-twice": [directory("x/"), directory("x")],
    "whiteout-full": [entry(".wh.usr", b"x")],
    "whiteout-folder": [directory(".wh.usr/")],
    "whiteout-of-nothing": [entry("usr/.wh.")],
    "whiteout-parent": [entry("usr/.wh...")],
    "whiteout-reserved": [entry("usr/.wh..wh.plnk")],
    "sparse": [entry("x", b"", pax={"GNU.sparse.size": "9"})],
}

index_type = f"{OCI}.index.v1+json"
if kind == "tree":
    root = sys.argv[4]
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(root, arcname=".", filter=lambda info: info)
    manifests = [image([layer(data.getvalue(), "none")])]
elif kind in HOSTILE:
    manifests = [image([layer(tar(BASE)), layer(tar(HOSTILE[kind]))])]
else:
    layers = [layer(tar(BASE)), layer(tar(UPPER), "none"), layer(tar(TOP), "zstd")]
    manifests = [image(layers)]
    if kind == "platforms":
        other = image(layers[:1], own="other")
        platform = lambda name: {"platform": {"os": "linux", "architecture": name}}
        inner = {
            "schemaVersion": 2, "mediaType": index_type,
            "manifests": [other | platform("other"), manifests[0] | platform(architecture)],
        }
        manifests = [put_json(inner, index_type)]
    elif kind == "foreign":
        manifests = [image(layers, own="other") | {"platform": {"os": "linux", "architecture": "other"}}]
    elif kind == "disguised":
        manifests = [image(layers, own="other")]
    elif kind == "several":
        mark = lambda name: {"annotations": {"org.opencontainers.image.ref.name": name}}
        manifests = [manifests[0] | mark("one"), image(layers[:1]) | mark("two")]
    elif kind == "digest":
        layers[1][0]["digest"] = layers[0][0]["digest"]
        layers[1][0]["size"] = layers[0][0]["size"]
        layers[1][0]["mediaType"] = layers[0][0]["mediaType"]
        manifests = [image(layers)]
    elif kind == "blob":
        path = f"{folder}/blobs/sha256/{layers[1][0]['digest'][7:]}"
        data = bytearray(open(path, "rb").read())
        data[600] ^= 1
        open(path, "wb").write(data)
    elif kind == "size":
        layers[1][0]["size"] += 1
        manifests = [image(layers)]
    elif kind == "type":
        layers[1][0]["mediaType"] = f"{LAYER}+encrypted"
        manifests = [image(layers)]
    elif kind == "config":
        manifests = [image([(layers[0][0], layers[0][1])])]
        document = json.load(open(f"{folder}/blobs/sha256/{manifests[0]['digest'][7:]}"))
        document["config"]["mediaType"] = "application/vnd.example"
        manifests = [put_json(document, f"{OCI}.manifest.v1+json")]
    elif kind == "lengths":
        document = json.load(open(f"{folder}/blobs/sha256/{manifests[0]['digest'][7:]}"))
        document["layers"].pop()
        manifests = [put_json(document, f"{OCI}.manifest.v1+json")]
    elif kind == "bomb":
        manifests = [image([layer(tar([entry("zeros", bytes(80 << 20))]))])]
    elif kind == "truncated":
        good = gzip.compress(tar(BASE), mtime=0)
        manifests = [image([(put(good[:-20], f"{LAYER}+gzip"), digest(tar(BASE)))])]
    elif kind == "short":
        manifests = [image([layer(tar(BASE)[:2048])])]
    elif kind == "link":
        path = f"{folder}/blobs/sha256/{layers[1][0]['digest'][7:]}"
        os.rename(path, f"{folder}/elsewhere")
        os.symlink("../../elsewhere", path)
    elif kind == "missing":
        os.remove(f"{folder}/blobs/sha256/{layers[1][0]['digest'][7:]}")
    elif kind == "loop":
        manifests = [put_json({"schemaVersion": 2, "manifests": manifests}, index_type)]
        for _ in range(6):
            manifests = [put_json({"schemaVersion": 2, "manifests": manifests}, index_type)]

found = manifests[0]["digest"]
if kind == "sha512":
    manifests[0]["digest"] = "sha512:" + hashlib.sha512(b"").hexdigest()
with open(f"{folder}/index.json", "w") as file:
    json.dump({"schemaVersion": 2, "manifests": manifests}, file)
with open(f"{folder}/oci-layout", "w") as file:
    json.dump({"imageLayoutVersion": "2.0.0" if kind == "version" else "1.0.0"}, file)
print(found)
