"""Reads reports for CI with programs that know nothing of cupel, and prints what they saw as JSON.

    formats.py sarif FILE       the object model that pysarif generated from OASIS' schema
    formats.py junit XSD FILE   Jenkins' schema, then junitparser
    formats.py markdown FILE    markdown-it with GitHub's tables, strikethrough and links
"""
import dataclasses
import importlib
import json
import re
import sys
import typing
from urllib.parse import urlsplit


def check(value, hint, place):
    """Whether a value is of a type of the model; the models are closed, as the schema is."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if hint is typing.Any:
        return
    if origin is typing.Union:
        if value is None:
            raise SystemExit(f"{place}: null is no value in SARIF")
        return check(value, next(one for one in arguments if one is not type(None)), place)
    if origin is typing.Literal:
        if value not in arguments:
            raise SystemExit(f"{place}: {value!r} is none of {arguments}")
    elif origin in (list, typing.List):
        if not isinstance(value, list):
            raise SystemExit(f"{place}: {value!r} is no list")
        for index, one in enumerate(value):
            check(one, arguments[0], f"{place}[{index}]")
    elif dataclasses.is_dataclass(hint):
        check_object(value, hint, place)
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise SystemExit(f"{place}: {value!r} is no {hint}")


def check_object(value, model, place):
    if not isinstance(value, dict):
        raise SystemExit(f"{place}: {value!r} is no object")
    if model.__name__ == "PropertyBag":
        return
    hints = typing.get_type_hints(model, vars(importlib.import_module(model.__module__)))
    known = {}
    for field in dataclasses.fields(model):
        words = field.name.rstrip("_").split("_")
        known[words[0] + "".join(word.capitalize() for word in words[1:])] = field
    if model.__name__ == "SarifLog":
        known["$schema"] = known.pop("schema")
    for name, field in known.items():
        isRequired = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if isRequired and name not in value:
            raise SystemExit(f"{place}: {name} is missing")
    for name, one in value.items():
        if name not in known:
            raise SystemExit(f"{place}: {model.__name__} has no {name}")
        check(one, hints[known[name].name], f"{place}.{name}")


def sarif(path):
    import pysarif

    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    check_object(log, pysarif.SarifLog, "$")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        rules = driver["rules"]
        names = [rule["id"] for rule in rules]
        if len(set(names)) != len(names):
            raise SystemExit("two rules have one name")
        for rule in rules:
            if not re.fullmatch(r"[a-z0-9-]+", rule["id"]):
                raise SystemExit(f"{rule['id']} is no name of a rule")
            if not urlsplit(rule["helpUri"]).scheme or not rule["help"]["text"]:
                raise SystemExit(f"{rule['id']} has no help")
        for result in run["results"]:
            if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                raise SystemExit("ruleIndex leads to another rule")
            if not result["partialFingerprints"] or not result["message"]["text"]:
                raise SystemExit("a result lacks fingerprint or message")
            for location in result["locations"]:
                # What GitHub's code scanning asks for beyond the schema.
                place = location["physicalLocation"]
                uri = place["artifactLocation"]["uri"]
                base = place["artifactLocation"].get("uriBaseId")
                if not re.fullmatch(r"(?:[A-Za-z0-9._~/:-]|%[0-9A-F]{2})+", uri):
                    raise SystemExit(f"{uri} is no URI")
                if base is None and urlsplit(uri).scheme != "file":
                    raise SystemExit(f"{uri} is relative to nothing")
                if base is not None and (base not in run["originalUriBaseIds"] or uri[0] == "/"):
                    raise SystemExit(f"{uri} is not relative to {base}")
                if place.get("region", {}).get("startLine", 1) < 1:
                    raise SystemExit("lines are counted from 1")
    return {
        "results": [result["ruleId"] for run in log["runs"] for result in run["results"]],
        "messages": [
            result["message"]["text"] for run in log["runs"] for result in run["results"]
        ],
    }


def junit(schema, path):
    from junitparser import JUnitXml
    from lxml import etree

    document = etree.parse(path)
    etree.XMLSchema(etree.parse(schema)).assertValid(document)
    suites = JUnitXml.fromfile(path)
    cases = []
    for suite in suites:
        counted = [0, 0, 0]
        for case in suite:
            kinds = [type(one).__name__ for one in case.result]
            for index, kind in enumerate(["Failure", "Error", "Skipped"]):
                counted[index] += kinds.count(kind)
            cases.append(
                {
                    "class": case.classname,
                    "name": case.name,
                    "result": kinds[0].lower() if kinds else "passed",
                    "message": case.result[0].message if kinds else None,
                    "text": case.result[0].text if kinds else None,
                }
            )
        if counted != [suite.failures, suite.errors, suite.skipped] or suite.tests != len(cases):
            raise SystemExit("the counts are wrong")
    if len({(case["class"], case["name"]) for case in cases}) != len(cases):
        raise SystemExit("two cases have one name")
    return {"cases": cases}


def markdown(path):
    from markdown_it import MarkdownIt

    with open(path, encoding="utf-8") as file:
        tokens = MarkdownIt("gfm-like", {"html": True}).parse(file.read())
    flat = []
    for token in tokens:
        flat += token.children if token.type == "inline" else [token]
    return {
        "types": sorted({token.type for token in flat}),
        "html": [token.content for token in flat if token.type.startswith("html")],
        "code": [token.content for token in flat if token.type in ("code_inline", "fence")],
        "text": "".join(token.content for token in flat if token.type == "text"),
    }


if __name__ == "__main__":
    kind, *files = sys.argv[1:]
    print(json.dumps({"sarif": sarif, "junit": junit, "markdown": markdown}[kind](*files)))
