"""Sign and verify DSSE envelopes with securesystemslib, and bundles with sigstore's own readers.

securesystems.py verify ENVELOPE THRESHOLD KEY…     (public keys, PEM)
securesystems.py sign PAYLOAD TYPE ENVELOPE KEY…    (private keys, PEM)
securesystems.py bundle BUNDLE KEY                  (sigstore's strict reader; DSSE by an EC key)
securesystems.py model-verify BUNDLE KEY            (model-signing's key verifier)
securesystems.py model-sign PAYLOAD BUNDLE KEY
"""
import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def public(path):
    return serialization.load_pem_public_key(pathlib.Path(path).read_bytes())


def verify(envelope, threshold, *keys):
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey
    loaded = []
    for path in keys:
        key = public(path)
        der = key.public_bytes(serialization.Encoding.DER,
                               serialization.PublicFormat.SubjectPublicKeyInfo)
        loaded.append(SSlibKey.from_crypto(key, hashlib.sha256(der).hexdigest()))
    data = json.loads(pathlib.Path(envelope).read_text())
    accepted = Envelope.from_dict(data).verify(loaded, int(threshold))
    print(len(accepted))


def sign(payload, kind, envelope, *keys):
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner
    made = Envelope(pathlib.Path(payload).read_bytes(), kind, {})
    for path in keys:
        key = serialization.load_pem_private_key(pathlib.Path(path).read_bytes(), None)
        made.sign(CryptoSigner(key))
    pathlib.Path(envelope).write_text(json.dumps(made.to_dict(), indent=1))


def bundle(path, key):
    from sigstore import dsse
    from sigstore.models import Bundle
    raw = pathlib.Path(path).read_bytes()
    from sigstore_models.bundle.v1 import Bundle as Strict
    read = Strict.from_json(raw)
    loaded = public(key)
    hint = read.verification_material.public_key.hint
    der = loaded.public_bytes(serialization.Encoding.DER,
                              serialization.PublicFormat.SubjectPublicKeyInfo)
    assert hint == base64.b64encode(hashlib.sha256(der).digest()).decode(), hint
    if read.dsse_envelope is None:
        assert isinstance(loaded, ec.EllipticCurvePublicKey)
        return
    if isinstance(loaded, ec.EllipticCurvePublicKey):
        envelope = dsse.Envelope._from_json(json.dumps(json.loads(raw)["dsseEnvelope"]))
        dsse._verify(loaded, envelope)
        print("verified")


def model_verify(path, key):
    from model_signing._signing import sign_ec_key
    from sigstore_models.bundle.v1 import Bundle as Strict
    raw = json.loads(pathlib.Path(path).read_text())
    # model-signing names keys by the digest of their PEM, cosign and we by that of their DER.
    pem = public(key).public_bytes(serialization.Encoding.PEM,
                                   serialization.PublicFormat.SubjectPublicKeyInfo)
    raw["verificationMaterial"]["publicKey"]["hint"] = hashlib.sha256(pem).hexdigest()
    verifier = sign_ec_key.Verifier(pathlib.Path(key))
    verifier._verify_bundle(Strict.from_json(json.dumps(raw)))


def model_sign(payload, path, key):
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from model_signing._signing import sign_ec_key

    class Payload:
        pass
    made = Payload()
    made.statement = Payload()
    made.statement.pb = json_format.Parse(pathlib.Path(payload).read_text(),
                                          statement_pb2.Statement())
    sign_ec_key.Signer(pathlib.Path(key)).sign(made).write(pathlib.Path(path))


if __name__ == "__main__":
    {"verify": verify, "sign": sign, "bundle": bundle, "model-verify": model_verify,
     "model-sign": model_sign}[sys.argv[1]](*sys.argv[2:])
