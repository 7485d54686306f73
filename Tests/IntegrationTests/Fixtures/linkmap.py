#!/usr/bin/env python3
"""What a bill of materials lacks of what readelf and the linker itself say.

    linkmap.py BILL ARTIFACT MAP

Reads the map with patterns of its own. Prints how much it compared, and what is missing, as JSON.
"""
import json
import re
import subprocess
import sys

NUMBER = r"0x[0-9a-f]+"


def named(text):
    """Files that bytes were taken from, and members that are named, as `FILE` or `FILE(MEMBER)`."""
    lines = text.split("\n")
    if lines[0].split()[:2] in (["VMA", "LMA"], ["VMA", "Size"]):
        rows = (re.match(r"\s*\S+(?:\s+\S+)??\s+(\S+)\s+\d+ {9}([^ <].*):\([^()]*\)$", line)
                for line in lines)
        return {row[2] for row in rows if row and (row[2].endswith(")") or row[1] != "0")}
    # Each member that was taken, and each file that has a place in memory.
    found = set(re.findall(r"^(/\S+\.(?:a|rlib)\([^()\n]+\))(?:  .*)?$", text, re.M))
    found |= set(re.findall(r"^(\./\S+\([^()\n]+\))(?:  .*)?$", text, re.M))
    memory = re.split(r"^(?:Linker script and m|M)emory map$", text, flags=re.M)[1]
    for match in re.finditer(rf"^ (?!\*)\S*\s+{NUMBER}\s+({NUMBER}) ([^\s(=].*)$", memory, re.M):
        if match[2].endswith(")") or int(match[1], 16):
            found.add(match[2])
    return found


def plain(name):
    """Without the folder and what cargo and rustc tell builds apart by."""
    archive, _, member = name.partition("(")
    parts = [re.sub(r"-[0-9a-f]{16}(?=\.)", "", archive.rsplit("/", 1)[-1])]
    return "(".join(parts + ([member] if member else []))


def main():
    bill = json.load(open(sys.argv[1]))
    dynamic = subprocess.run(["readelf", "-dW", sys.argv[2]], capture_output=True, text=True)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic.stdout)
    listed, places = set(), set()
    for component in bill["components"]:
        listed.add(plain(component["name"]))
        for place in component.get("evidence", {}).get("occurrences", []):
            places.add(plain(place["location"]))
    missing = [name for name in needed if not any(n.startswith(name) for n in listed)]
    counts = {"needed": len(needed), "members": 0, "objects": 0, "rust": 0}
    for name in sorted(named(open(sys.argv[3], errors="replace").read())):
        file = plain(name)
        if re.search(r"\.rcgu\.o\)?$|/symbols\.o$", name):
            # The crate or the standard library stands for what rustc compiled.
            counts["rust"] += 1
            if "(" in name and file.partition("(")[0] not in places:
                missing.append(name)
            continue
        if re.search(r"\.so(\.\d+)*$", name):
            continue
        counts["members" if "(" in name else "objects"] += 1
        in_std = "/rustlib/" in name and file.partition("(")[0] in places
        if file not in listed and not in_std:
            missing.append(name)
    print(json.dumps({**counts, "missing": missing}))


main()
