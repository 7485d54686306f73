"""Have tools that know nothing of cupel judge what it wrote.

    verify.py cyclonedx FILE…    cyclonedx-python-lib: strict schema of the file's own version, then
                                 references and dependencies of the model
    verify.py spdx FILE…         spdx-tools
    verify.py uuid5 NAME         the UUID that Python derives from a URL
"""
import json
import sys
import uuid


def cyclonedx(path):
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = open(path, encoding="utf-8").read()
    version = SchemaVersion.from_version(json.loads(text)["specVersion"])
    defect = JsonStrictValidator(version).validate_str(text)
    if defect is not None:
        return str(defect)[:2000]
    bom = Bom.from_json(json.loads(text))
    bom.validate()
    return None


def spdx(path):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    return "\n".join(m.validation_message for m in validate_full_spdx_document(parse_file(path))) or None


def main():
    kind, *arguments = sys.argv[1:]
    if kind == "uuid5":
        print(uuid.uuid5(uuid.NAMESPACE_URL, arguments[0]))
        return
    for path in arguments:
        defect = {"cyclonedx": cyclonedx, "spdx": spdx}[kind](path)
        if defect:
            sys.exit(f"{path}: {defect}")
        print(f"{path}: good")


if __name__ == "__main__":
    main()
