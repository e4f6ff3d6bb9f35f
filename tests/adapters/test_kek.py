"""The key over keys, wherever it is: environment, token, key service. Each holder passes the same suite."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tink
from tink.testing import fake_kms

from hub.adapters.kek import Service, from_environment, from_service, from_uri, open_kek
from hub.adapters.vault import KeyEncryptionKeys, KeyFile, Vault, WrappedKey, Wrapper, new_keys
from hub.decision import Tampered, Unavailable

SECRET = b"Perpetua Quillfeather, 01632 960123"
SOFTHSM = next(
    (p for p in (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib64/pkcs11/libsofthsm2.so")) if p.exists()), None
)
PIN = "29465"
Made = Callable[[str], Wrapper]


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SoftHSM 2 token with two AES keys that cannot be taken out of it; the address of the first, without `object`."""
    tool = shutil.which("softhsm2-util")
    if SOFTHSM is None or tool is None:
        pytest.skip("SoftHSM 2 is not installed (Debian: apt-get install softhsm2)")
    import pkcs11

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)  # the library reads nothing else
    subprocess.run([tool, "--init-token", "--free", "--label", "hub", "--pin", PIN, "--so-pin", PIN],
                   check=True, capture_output=True)  # fmt: skip
    library = pkcs11.lib(str(SOFTHSM))
    library.reinitialize()
    with library.get_token(token_label="hub").open(rw=True, user_pin=PIN) as session:
        for label in ("kek-1", "kek-2"):
            session.generate_key(pkcs11.KeyType.AES, 256, label=label, store=True,
                                 template={pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True})  # fmt: skip
    yield f"pkcs11:token=hub;object={{}}?module-path={SOFTHSM}"
    os.environ.pop("SOFTHSM2_CONF") if before is None else os.environ.__setitem__("SOFTHSM2_CONF", before)


@pytest.fixture(scope="session")
def service() -> Service:
    """A key behind Tink's key-service client, as `aws-kms://` and `gcp-kms://` keys are."""
    tink.aead.register()
    keyset = tink.new_keyset_handle(tink.aead.aead_key_templates.AES256_GCM)
    packed = tink.proto_keyset_format.serialize(keyset, tink.secret_key_access.TOKEN)
    uri = "fake-kms://" + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    fake_kms.register_client(None, None)
    return from_service(uri)


@pytest.fixture(params=["file", "environment", "token", "service"])
def holder(request: pytest.FixtureRequest, tmp_path: Path) -> Wrapper:
    """Each holder in turn."""
    if request.param == "file":
        new_keys().write(tmp_path / "kek.json")
        return KeyFile(tmp_path / "kek.json")
    if request.param == "environment":
        return from_environment(base64.b64encode(os.urandom(32)).decode())
    if request.param == "token":
        return from_uri(request.getfixturevalue("softhsm").format("kek-1"), PIN)
    found: Wrapper = request.getfixturevalue("service")
    return found


def test_a_batch_is_sealed_and_read_under_every_holder(holder: Wrapper, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault", holder)
    key = vault.new_key("b1")
    vault.put_piece("b1", 0, key, SECRET)
    assert key.kek_id == holder.current_id
    assert vault.read("b1", 1, key) == SECRET
    assert holder.unwrap("b1", key) not in key.wrapped


def test_a_wrapped_key_is_bound_to_its_batch_and_whole(holder: Wrapper) -> None:
    wrapped = holder.wrap("b1", os.urandom(32))
    with pytest.raises((Tampered, Unavailable)):
        holder.unwrap("b2", wrapped)
    spoilt = bytearray(wrapped.wrapped)
    spoilt[-1] ^= 1
    with pytest.raises((Tampered, Unavailable)):
        holder.unwrap("b1", WrappedKey(wrapped.kek_id, bytes(spoilt)))


def test_a_key_that_is_not_there_is_unavailable(holder: Wrapper) -> None:
    with pytest.raises(Unavailable):
        holder.unwrap("b1", WrappedKey("kek-9", b"x" * 60))


def test_a_tokens_new_key_takes_over_and_the_old_still_opens(softhsm: str) -> None:
    first, second = (from_uri(softhsm.format(label), PIN) for label in ("kek-1", "kek-2"))
    wrapped = first.wrap("b1", b"k" * 32)
    assert second.unwrap("b1", wrapped) == b"k" * 32
    assert second.wrap("b1", b"k" * 32).kek_id == "kek-2"


def test_a_token_that_does_not_open_says_so_without_its_pin(softhsm: str) -> None:
    """In a process of its own: a sign-in to a token is the whole process's."""
    code = (
        f"from hub.adapters.kek import from_uri; from_uri({softhsm.format('kek-1')!r}, '00000').wrap('b1', b'k' * 32)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last == "hub.decision.Unavailable: key kek-1 cannot be reached in token hub: PinIncorrect"


def test_the_environment_holds_older_keys_too() -> None:
    keys = {"old": os.urandom(32), "new": os.urandom(32)}
    body = {"current": "new", "keys": {k: base64.b64encode(v).decode() for k, v in keys.items()}}
    read = from_environment(json.dumps(body))
    before = KeyEncryptionKeys("old", {"old": keys["old"]}).wrap("b1", b"k" * 32)
    assert read.unwrap("b1", before) == b"k" * 32
    assert read.wrap("b1", b"k" * 32).kek_id == "new"


@pytest.mark.parametrize("wrong", ["", "c2hvcnQ=", "{}", '{"current": "a", "keys": {}}', "not base64!", "[]"])
def test_an_environment_without_a_sound_key_is_told(wrong: str) -> None:
    with pytest.raises(Unavailable, match="HUB_KEK_KEYS"):
        from_environment(wrong)


@pytest.mark.parametrize("where", ["files", "pkcs11:token=hub", "http://example.com/key"])
def test_an_address_that_is_none_is_told(where: str) -> None:
    with pytest.raises(Unavailable, match="HUB_KEK"):
        open_kek(where)


def test_a_service_without_its_client_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="aws-kms"):
        open_kek("aws-kms://arn:aws:kms:eu-west-2:000000000000:key/none", secret="/no/such/credentials")
