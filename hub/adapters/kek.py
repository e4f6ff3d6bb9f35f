"""Where is the key over keys, when it is not in a file? In the environment, a PKCS#11 token, or a key service.

`HUB_KEK` says which: empty for `kek.json` in `HUB_KEYS_DIR`; `env` for `HUB_KEK_KEYS`; a `pkcs11:` URI (RFC 7512) for
a token such as a hardware security module; `aws-kms://…` or `gcp-kms://…` for a key service reached through Tink. Token and service wrap inside themselves: their key never enters this process.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from hub.adapters.vault import NONCE_BYTES, KeyEncryptionKeys, WrappedKey, Wrapper
from hub.decision import Tampered, Unavailable

SERVICES = ("aws-kms://", "gcp-kms://")


def _bound(batch: str) -> bytes:
    return f"key/{batch}".encode()


def from_environment(text: str) -> KeyEncryptionKeys:
    """`HUB_KEK_KEYS`: the content of a `kek.json`, or one key alone in base64. Raises `Unavailable`."""
    try:
        if not text.lstrip().startswith("{"):
            key = base64.b64decode(text.strip(), validate=True)
            if len(key) != 32:
                raise Unavailable("HUB_KEK_KEYS is not 32 bytes in base64")
            name = "env-" + hmac.digest(key, b"hub/kek-id/1", "sha256").hex()[:8]
            return KeyEncryptionKeys(name, {name: key})
        body = json.loads(text)
        keys = {k: base64.b64decode(v, validate=True) for k, v in body["keys"].items()}
        if body["current"] not in keys or any(len(k) != 32 for k in keys.values()):
            raise Unavailable("HUB_KEK_KEYS has no sound current key of 32 bytes")
        return KeyEncryptionKeys(body["current"], keys)
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as wrong:
        raise Unavailable("HUB_KEK_KEYS is neither a key in base64 nor the content of a key file") from wrong


@dataclass(frozen=True, slots=True)
class Token:
    """AES-256 keys in a PKCS#11 token, found by label; `label` is the current one.

    A data key is wrapped by AES-256-GCM inside the token: nonce, ciphertext, tag.
    """

    module: str
    token: str
    label: str
    pin: str = field(repr=False)
    _open: list[Any] = field(default_factory=list, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def current_id(self) -> str:
        """The label of the current key."""
        return self.label

    def wrap(self, batch: str, key: bytes) -> WrappedKey:
        """Wrap a batch's data key inside the token."""
        import pkcs11

        nonce = secrets.token_bytes(NONCE_BYTES)
        parameters = pkcs11.GCMParams(nonce, aad=_bound(batch), tag_bits=128)
        with self._lock:
            sealed = self._key(self.label).encrypt(key, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters)
        return WrappedKey(self.label, nonce + bytes(sealed))

    def unwrap(self, batch: str, wrapped: WrappedKey) -> bytes:
        """The data key of a batch. Raises `Unavailable` where the token lacks its key, `Tampered` where it does not fit."""
        import pkcs11

        nonce, sealed = wrapped.wrapped[:NONCE_BYTES], wrapped.wrapped[NONCE_BYTES:]
        parameters = pkcs11.GCMParams(nonce, aad=_bound(batch), tag_bits=128)
        with self._lock:
            key = self._key(wrapped.kek_id)
            try:
                return bytes(key.decrypt(sealed, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters))
            except pkcs11.PKCS11Error as wrong:
                raise Tampered(f"the data key of batch {batch} does not open in the token") from wrong

    def _key(self, label: str) -> Any:
        import pkcs11

        try:
            if not self._open:
                token = pkcs11.lib(self.module).get_token(token_label=self.token)
                try:
                    self._open.append(token.open(user_pin=self.pin))
                except pkcs11.UserAlreadyLoggedIn:  # a sign-in is the whole process's
                    self._open.append(token.open())
            return self._open[0].get_key(
                object_class=pkcs11.ObjectClass.SECRET_KEY, key_type=pkcs11.KeyType.AES, label=label
            )
        except (pkcs11.PKCS11Error, RuntimeError) as wrong:
            kind = type(wrong).__name__  # its text may name paths or quote the PIN's fate
            raise Unavailable(f"key {label} cannot be reached in token {self.token}: {kind}") from wrong


class Aead(Protocol):
    """Tink's primitive for authenticated encryption; a key service's remote key is one."""

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Ciphertext bound to `associated_data`."""
        ...

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """The plaintext."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A key in a key service. The service keeps its own versions; `uri` names the key and stands as its id."""

    uri: str
    aead: Aead = field(repr=False)

    @property
    def current_id(self) -> str:
        """The key's address."""
        return self.uri

    def wrap(self, batch: str, key: bytes) -> WrappedKey:
        """Wrap a batch's data key by the service."""
        try:
            return WrappedKey(self.uri, self.aead.encrypt(key, _bound(batch)))
        except Exception as wrong:
            raise Unavailable(f"the key service does not wrap: {type(wrong).__name__}") from wrong

    def unwrap(self, batch: str, wrapped: WrappedKey) -> bytes:
        """The data key of a batch. Raises `Unavailable`: the service does not say whether it will not or cannot."""
        if wrapped.kek_id != self.uri:
            raise Unavailable(f"key-encryption key {wrapped.kek_id} is not the service's {self.uri}")
        try:
            return self.aead.decrypt(wrapped.wrapped, _bound(batch))
        except Exception as wrong:
            raise Unavailable(f"the key service does not unwrap: {type(wrong).__name__}") from wrong


def from_service(uri: str, credentials: str = "") -> Service:
    """The key at `uri`, by Tink's client of that service. Raises `Unavailable` without Tink or the service's client."""
    try:
        import tink
        from tink import aead

        if uri.startswith("aws-kms://"):
            from tink.integration import awskms

            client: Any = awskms.AwsKmsClient(uri, credentials or None)
        elif uri.startswith("gcp-kms://"):
            from tink.integration import gcpkms

            client = gcpkms.GcpKmsClient(uri, credentials or None)
        else:
            client = tink.kms_client_from_uri(uri)
        aead.register()
        return Service(uri, client.get_aead(uri))
    except Exception as wrong:
        raise Unavailable(f"key service {uri} is not reachable: {type(wrong).__name__}") from wrong


def from_uri(uri: str, pin: str) -> Token:
    """`pkcs11:token=hub;object=kek-1?module-path=/usr/lib/softhsm/libsofthsm2.so`. Raises `Unavailable`."""
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    parts = {k: unquote(v) for k, _, v in (p.partition("=") for p in path.split(";"))} | dict(parse_qsl(query))
    missing = [name for name in ("token", "object", "module-path") if not parts.get(name)]
    if missing:
        raise Unavailable(f"HUB_KEK is a pkcs11 address without {', '.join(missing)}")
    return Token(parts["module-path"], parts["token"], parts["object"], pin)


def open_kek(where: str, keys: str = "", secret: str = "") -> Wrapper:
    """The holder of the key over keys that `HUB_KEK` names. `keys` is `HUB_KEK_KEYS`, `secret` the PIN or the
    service's credentials (`HUB_KEK_SECRET`). Raises `Unavailable`."""
    if where == "env":
        return from_environment(keys)
    if where.startswith("pkcs11:"):
        return from_uri(where, secret)
    if where.startswith(SERVICES):
        return from_service(where, secret)
    raise Unavailable("HUB_KEK is none of: empty, env, pkcs11:…, " + ", ".join(f"{s}…" for s in SERVICES))
