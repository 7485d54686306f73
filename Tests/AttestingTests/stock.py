"""What tools that know nothing of cupel make of its statements.

Reads a JSON object from standard input: `files`, paths of DSSE envelopes by name, `keys`, public keys
(PEM) and `purls`; prints a JSON object of what they say. Every check raises where it fails.
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_public_key)
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance as ProvenanceV1
from in_toto_attestation.predicates.vsa.v1.vsa_pb2 import VerificationSummary
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from packageurl import PackageURL
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey


def key(pem):
    """securesystemslib tries a key only where it has the name that the signature gives."""
    public = load_pem_public_key(pem.encode())
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(public, hashlib.sha256(der).hexdigest())


def payload(text, keys):
    envelope = Envelope.from_dict(json.loads(text))
    envelope.verify(keys, 1)
    tampered = Envelope.from_dict(json.loads(text))
    tampered.payload += b" "
    try:
        tampered.verify(keys, 1)
    except VerificationError:
        return envelope.payload
    raise SystemExit("securesystemslib accepts a changed payload")


def statement(data):
    message = json_format.Parse(data, StatementMessage())
    read = Statement.copy_from_pb(message)
    read.validate()
    return read


def check_provenance(predicate):
    """Fields that SLSA 1.0 requires, with their types (docs/spec/v1.0/provenance)."""
    json_format.Parse(json.dumps(predicate), ProvenanceV1())
    definition, run = predicate["buildDefinition"], predicate["runDetails"]
    assert set(definition) <= {
        "buildType", "externalParameters", "internalParameters", "resolvedDependencies"}
    assert set(run) <= {"builder", "metadata", "byproducts"}
    assert ":" in definition["buildType"] and ":" in run["builder"]["id"]
    assert isinstance(definition["externalParameters"], dict) and definition["externalParameters"]
    for item in definition["resolvedDependencies"] + run["byproducts"]:
        message = json_format.ParseDict(item, ResourceDescriptor().pb.__class__())
        ResourceDescriptor.copy_from_pb(message).validate()
    purls = [
        item["uri"] for item in definition["resolvedDependencies"]
        if item.get("uri", "").startswith("pkg:")]
    for purl in purls:
        assert PackageURL.from_string(purl).to_string() == purl, purl
    return purls


def check_summary(predicate):
    # The message of 0.9.3 has one string where SLSA has a list of them.
    levels = predicate["verifiedLevels"]
    assert isinstance(levels, list) and all(isinstance(level, str) for level in levels)
    json_format.ParseDict(predicate | {"verifiedLevels": levels[0]}, VerificationSummary())
    for key in ("verifier", "resourceUri", "policy", "verificationResult", "verifiedLevels"):
        assert key in predicate, key
    assert predicate["verificationResult"] in ("PASSED", "FAILED")


def main():
    given = json.load(sys.stdin)
    keys = [key(pem) for pem in given["keys"]]
    said = {}
    for name, text in given["files"].items():
        data = payload(text, keys)
        predicate = json.loads(data)["predicate"]
        read = statement(data)
        said[name] = {"type": read.pb.predicate_type, "subjects": len(read.pb.subject)}
        if read.pb.predicate_type == "https://slsa.dev/provenance/v1":
            said[name]["purls"] = check_provenance(predicate)
        if read.pb.predicate_type == "https://slsa.dev/verification_summary/v1":
            check_summary(predicate)
    json.dump(said, sys.stdout)


main()
