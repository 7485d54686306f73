"""Makes dists/bookworm of a small archive on top of the packages in FOLDER/pool, signed by a key of
our own.

Usage: makearchive.py FOLDER KEYS ARCHITECTURE [SETTING=VALUE...]

KEYS is a folder for gpg; the public key is exported to KEYS/keyring.gpg. Settings: `date` and `valid`
are seconds from now, `key=stranger` signs with a key that is not exported, `sign=no` does not sign,
`alter=release` changes the text after signing, `alter=index` the list of packages, `twice=yes` lists
another package under the same name and version.
"""
import email.utils
import hashlib
import os
import subprocess
import sys
import time

folder, keys, architecture = sys.argv[1:4]
settings = dict(argument.split("=") for argument in sys.argv[4:])


def gpg(*arguments, data=None):
    command = ["gpg", "--homedir", keys, "--batch", "--quiet", "--yes", *arguments]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def release_date(offset):
    return email.utils.formatdate(time.time() + int(offset)).replace("-0000", "UTC")


if not os.path.exists(f"{keys}/keyring.gpg"):
    os.makedirs(keys, mode=0o700, exist_ok=True)
    for name in ("archive", "stranger"):
        gpg("--passphrase", "", "--quick-generate-key", f"{name}@example.org", "ed25519", "sign", "0")
    with open(f"{keys}/keyring.gpg", "wb") as file:
        file.write(gpg("--export", "archive@example.org"))
    with open(f"{keys}/keyring.asc", "wb") as file:
        file.write(gpg("--armor", "--export", "archive@example.org"))

stanzas = []
for name in sorted(os.listdir(f"{folder}/pool")):
    with open(f"{folder}/pool/{name}", "rb") as file:
        data = file.read()
    package, version, own = name.removesuffix(".deb").split("_")
    fields = {
        "Package": package, "Version": version, "Architecture": own,
        "Maintainer": "Nobody <nobody@example.org>", "Filename": f"pool/{name}", "Size": len(data),
        "SHA256": hashlib.sha256(data).hexdigest(), "Description": "a package\n of two lines",
    }
    stanzas.append(fields)
    if settings.get("twice"):
        stanzas.append(fields | {"SHA256": hashlib.sha256(b"another").hexdigest()})
index = "\n".join("".join(f"{k}: {v}\n" for k, v in s.items()) for s in stanzas).encode()

place = f"{folder}/dists/bookworm"
name = f"main/binary-{architecture}/Packages"
os.makedirs(os.path.dirname(f"{place}/{name}"), exist_ok=True)
release = "Origin: Us\nSuite: stable\nCodename: bookworm\n"
release += f"Date: {release_date(settings.get('date', -3600))}\n"
if "valid" in settings:
    release += f"Valid-Until: {release_date(settings['valid'])}\n"
release += f"Architectures: {architecture}\nComponents: main\nSHA256:\n"
release += f" {hashlib.sha256(index).hexdigest()} {len(index)} {name}\n"
text = release.encode()
if settings.get("sign") != "no":
    key = settings.get("key", "archive")
    text = gpg("--local-user", f"{key}@example.org", "--clear-sign", data=text)
if settings.get("alter") == "release":
    text = text.replace(b"Origin: Us", b"Origin: Me")
if settings.get("alter") == "index":
    index = index.replace(b"two lines", b"two LINES")
with open(f"{place}/InRelease", "wb") as file:
    file.write(text)
with open(f"{place}/{name}", "wb") as file:
    file.write(index)
