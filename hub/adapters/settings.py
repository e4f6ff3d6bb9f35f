"""What can an operator set? Everything, by `HUB_…` environment variables, each with its meaning."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.adapters.outside import TimestampService
from hub.adapters.post import Post
from hub.decision import Refuse
from protocols.assertion import RelyingParty

SHOWN = ("public_url", "rp_id", "origin", "session_hours", "max_batch_bytes", "quarantine_days", "shrink_limit",
         "geocode_per_minute", "client_certificates", "mail_from", "demo")  # fmt: skip


class Settings(BaseSettings):
    """The hub's settings. `hub doctor` says which are missing or unsafe."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    database_url: str = Field("", description="SQLAlchemy URL of the login hub_app; empty starts the embedded server")
    owner_url: str = Field("", description="SQLAlchemy URL of hub_owner, for migrations, backup and restore only")
    data_dir: Path = Field(Path("data"), description="encrypted batches, releases, reference data, embedded database")
    keys_dir: Path | None = Field(None, description="key files; outside data_dir except in the demo")
    kek: str = Field(
        "", description="where the key over keys is: empty for kek.json, env, pkcs11:…, aws-kms://…, gcp-kms://…"
    )
    kek_keys: SecretStr = Field(SecretStr(""), description="with HUB_KEK=env: the key itself, or a kek.json's content")
    kek_secret: SecretStr = Field(
        SecretStr(""), description="PIN of the token, or path of the key service's credentials"
    )
    host: str = Field("127.0.0.1", description="address to listen on; a proxy with TLS stands before it")
    port: int = Field(8115, description="port to listen on")
    public_url: str = Field("", description="the address people and connectors use, https://…")
    rp_id: str = Field("", description="domain that passkeys are made for; empty takes the public address's host")
    origin: str = Field("", description="origin of the pages that passkeys sign on; empty takes the public address's")
    trusted_proxies: str = Field(
        "127.0.0.1,::1", description="addresses or networks of the proxies that are believed about who calls"
    )
    client_certificate_header: str = Field(
        "", description="header in which the proxy tells a client certificate's SHA-256; empty where it tells none"
    )
    client_certificates: Literal["bound", "required"] = Field(
        "bound", description="whether only keys that are bound to a client certificate need one, or every key"
    )
    demo: bool = Field(False, description="a synthetic borough: keys may lie in the data folder")
    processes: int = Field(
        min(8, os.cpu_count() or 1), ge=1, description="processes a worker spreads the chunks of a batch over"
    )
    chunk_rows: int = Field(5_000, ge=100, le=100_000, description="rows in a chunk")
    stale_seconds: float = Field(30.0, gt=0, description="a worker silent for this long is taken for dead")
    max_batch_bytes: int = Field(2 * 1024**3, description="largest batch taken, in bytes")
    quarantine_days: int = Field(30, ge=1, description="days a quarantined row is kept before its purge")
    shrink_limit: float = Field(0.2, ge=0, le=1, description="a snapshot that shrinks by more than this share is held")
    geocode_per_minute: int = Field(
        6000, ge=1, description="locations an agency may ask `POST /v1/geocode` in a minute"
    )
    oidc: Path | None = Field(
        None, description="TOML file of services that people may sign in through; none by default"
    )
    smtp_host: str = Field("", description="mail server for reminders and digests; empty sends none")
    smtp_port: int = Field(587, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the way to it is secured")
    smtp_user: str = Field("", description="user at the mail server; empty signs nobody in")
    smtp_password: SecretStr = Field(SecretStr(""), description="that user's password")
    mail_from: str = Field("partnership-hub@localhost", description="sender of the hub's e-mails")
    timestamp_url: str = Field("", description="RFC 3161 time-stamp service for the log's heads; empty asks none")
    timestamp_ca: Path | None = Field(None, description="certificates (PEM) trusted for that service")
    session_hours: int = Field(8, ge=1, description="hours after which a person signs in again")

    @property
    def shown(self) -> tuple[tuple[str, str, str], ...]:
        """(setting, meaning, value in words) of what people on the pages may know; no secret, path or address of a machine."""
        found = []
        for name in SHOWN:
            value = getattr(self, name)
            words = (
                ("yes" if value else "no")
                if isinstance(value, bool)
                else f"{value:,}"
                if isinstance(value, int)
                else str(value)
            )
            found.append((f"HUB_{name.upper()}", type(self).model_fields[name].description or "", words or "not set"))
        mail = "set" if self.smtp_host else "not set: no e-mail is sent"
        return (*found, ("HUB_SMTP_HOST", "mail server for reminders and digests", mail))

    @property
    def keys(self) -> Path:
        """The folder of key files."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def party(self) -> RelyingParty:
        """For whom passkeys are made. Without a public address, this machine alone."""
        origin = self.origin or self.public_url or f"http://localhost:{self.port}"
        parts = urlsplit(origin)
        return RelyingParty(self.rp_id or parts.hostname or "localhost", (f"{parts.scheme}://{parts.netloc}",))

    @property
    def post(self) -> Post | None:
        """The mail server, if one is set."""
        if not self.smtp_host:
            return None
        return Post(self.smtp_host, self.smtp_port, self.smtp_security, self.smtp_user,
                    self.smtp_password.get_secret_value(), self.mail_from)  # fmt: skip

    def timestamps(self) -> TimestampService | None:
        """The time-stamp service, if one is set. Raises `ValueError` where its certificates cannot be read."""
        if not self.timestamp_url:
            return None
        try:
            if self.timestamp_ca is None:
                raise ValueError("no file")
            return TimestampService.opened(self.timestamp_url, self.timestamp_ca)
        except (OSError, ValueError):
            raise ValueError("HUB_TIMESTAMP_CA names no file of certificates (PEM) to trust") from None

    def check_keys(self) -> Refuse | None:
        """Keys inside the data folder would travel with every copy of it: refused outside the demo."""
        inside = self.keys.resolve().is_relative_to(self.data_dir.resolve())
        if inside and not self.demo:
            return Refuse(
                "keys.inside-data", "HUB_KEYS_DIR lies inside HUB_DATA_DIR; keep the keys apart from the data"
            )
        return None


@cache
def code_version() -> str:
    """The hub's version and a digest of the rules that make releases: two builds that differ in them differ in this."""
    package = Path(__file__).resolve().parents[1]
    sources = sorted([*(package / "release").glob("*.py"), *(package / "disclosure").rglob("*.py")])
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]
    return f"{version('partnership-hub')}+{digest}"
