"""What Python's own readers make of files: the oracle of the differential tests.

usage: oracle.py toml|json FILE...
Prints one JSON object: {FILE: {"value": TAGGED} or {"error": MESSAGE}}. Scalars are tagged with
their type and written as text, floats by their bits, so that no reader's rounding hides anything.
For JSON also {"canonical": TEXT} (RFC 8785) where the file holds no fraction.
"""

import datetime
import json
import struct
import sys
import tomllib


def tagged(value):
    if value is None:
        return {"null": ""}
    if isinstance(value, bool):
        return {"boolean": "true" if value else "false"}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, int):
        return {"integer": str(value)}
    if isinstance(value, float):
        return {"float": "nan" if value != value else struct.pack(">d", value).hex()}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return {"datetime": value.isoformat()}
    if isinstance(value, list):
        return {"array": [tagged(item) for item in value]}
    if isinstance(value, dict):
        return {"table": {key: tagged(item) for key, item in value.items()}}
    raise TypeError(type(value))


def unique(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse(constant):
    raise ValueError(constant)


def in_utf16_order(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: in_utf16_order(value[key]) for key in keys}
    if isinstance(value, list):
        return [in_utf16_order(item) for item in value]
    return value


def read(kind, content):
    if kind == "toml":
        return {"value": tagged(tomllib.loads(content.decode("utf-8")))}
    value = json.loads(
        content.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse
    )
    text = json.dumps(in_utf16_order(value), ensure_ascii=False, separators=(",", ":"))
    text.encode("utf-8")  # refuses lone surrogates
    return {"value": tagged(value), "canonical": text}


def main(kind, files):
    verdicts = {}
    for name in files:
        with open(name, "rb") as file:
            content = file.read()
        try:
            verdicts[name] = read(kind, content)
        except (ValueError, RecursionError) as error:
            verdicts[name] = {"error": str(error)}
    json.dump(verdicts, sys.stdout)


main(sys.argv[1], sys.argv[2:])
