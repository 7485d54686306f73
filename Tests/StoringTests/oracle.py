"""The digest of a folder, as build.bazel.remote.execution.v2 has it, written independently.

Usage: oracle.py FOLDER
"""
import hashlib
import os
import stat
import sys


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    return bytes([number << 3 | 2]) + varint(len(value)) + value


def digest(data):
    size = b"\x10" + varint(len(data)) if data else b""
    return field(1, hashlib.sha256(data).hexdigest().encode()) + size


def directory(path):
    files, directories, symlinks = [], [], []
    for name in os.listdir(path):
        full = os.path.join(path, name)
        mode = os.lstat(full).st_mode
        if stat.S_ISLNK(mode):
            symlinks.append((name, field(1, name) + field(2, os.readlink(full))))
        elif stat.S_ISDIR(mode):
            directories.append((name, field(1, name) + field(2, digest(directory(full)))))
        else:
            with open(full, "rb") as file:
                node = field(1, name) + field(2, digest(file.read()))
            files.append((name, node + (b"\x20\x01" if mode & 0o111 else b"")))
    message = b""
    for number, nodes in ((1, files), (2, directories), (3, symlinks)):
        for _, node in sorted(nodes):
            message += field(number, node)
    return message


print(hashlib.sha256(directory(os.fsencode(sys.argv[1]))).hexdigest())
