"""The offline pack: a release on a disc. Encrypted (age), signed, counted, with a term, and a page that opens from disc.

What leaves is a ZIP encrypted by age (age-encryption.org/v1), to the recipient's public key or to a passphrase; any age
tool opens it. Inside: the release's files, `viewer.html`, and `pack.json`, which names this copy and digests every file.
That it expires is said in it and held by `hub release unpack`; a key once given away cannot be called back.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pyrage
from joserfc.jwk import OKPKey

from hub import protocol
from hub.adapters import export
from hub.adapters.durable import write_durably
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.decision import Allow, Decision, NotFound, Refuse
from hub.disclosure.coarsen import CELLS
from hub.journey.download import ONE_BY_ONE
from hub.journey.publishing import HUB, Publishing, log
from hub.journey.verify import verify_folder
from hub.release import certificate as certificates
from hub.release import viewer
from protocols.wire import Pack, Unsigned, verify

MANIFEST, VIEWER = "pack.json", "viewer.html"
LARGEST = 8 * 1024**3


class NoPack(ValueError):
    """A file is no pack, is not for this key, or is not as it was signed; the message says which."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack that was written: where, its copy number, its digest, and its last day."""

    path: Path
    copy_number: int
    sha256: str
    expires: date


def pack(
    hub: Publishing, release: str, out: Path, expires: date, to: str = "", passphrase: str = ""
) -> Packed | Refuse:
    """Write one more counted copy of a published release into the folder `out`, for an age public key or a passphrase.

    Its term ends with the release's own at the latest. Raises `NotFound`, `ValueError` for what is no age key.
    """
    with hub.db.transaction() as tx:
        everyone = list(protocols.partnerships(tx))
    with hub.db.transaction(everyone) as tx:
        found = _found(releases.find(tx, release, lock=True))
        refusal = _may_pack(
            hub,
            found,
            protocol.check_access(protocols.standings(tx), found.agreement_id, hub.now().date(), found.recipient),
        )
        if isinstance(refusal, Refuse):
            log(tx, hub, HUB, "release.pack", release, refusal)
            return refusal
        last = min(expires, found.expires or expires)
        identity = str(uuid.uuid4())
        number = releases.next_copy(tx, release)
        content = _encrypted(_zipped(hub, found, identity, number, last), to, passphrase)
        digest = hashlib.sha256(content).hexdigest()
        releases.insert_pack(tx, identity, found, HUB, number, digest, hub.now(), last)
        path = out / f"release-{found.number}-copy-{number}.zip.age"
        write_durably(path, content)
        log(tx, hub, HUB, "release.pack", release, Allow("release.pack"), copy=number, sha256=digest)
    return Packed(path, number, digest, last)


def _found(one: releases.Release | None) -> releases.Release:
    if one is None:
        raise NotFound("there is no such release")
    return one


def _may_pack(hub: Publishing, found: releases.Release, granted: protocol.AccessGranted | Refuse) -> Decision:
    if found.state != "published":
        return Refuse("release.not-published", f"this release is {found.state}")
    if found.expires is not None and hub.now().date() > found.expires:
        return Refuse("release.expired", "its term has ended")
    if found.tier == "L1":
        return ONE_BY_ONE
    return granted if isinstance(granted, Refuse) else Allow("release.pack")


def _zipped(hub: Publishing, found: releases.Release, identity: str, number: int, last: date) -> bytes:
    folder = hub.folder / found.id
    files = {f["name"]: (folder / f["name"]).read_bytes() for f in found.files}
    rows = pl.read_parquet(folder / export.KEPT).drop("row_id")
    contracts = [hub.contracts[d] for d in found.datasets if d in hub.contracts]
    facts = [("Release", str(found.number)), ("Copy", str(number)), ("For", found.recipient), ("Rows", f"{rows.height:,}"),
             ("Counts until", str(last)), ("Smallest group", str(found.counts.get("smallest_class", ""))),
             ("Terms", export.TERMS), ("Certificate", "certificate.html; what counts is certificate.json")]  # fmt: skip
    side = max((CELLS.get(k, 0) for k in rows["place_kind"].unique()), default=0) if "place_kind" in rows.columns else 0
    files[VIEWER] = viewer.page(found.title, facts, rows, export.dictionary(rows.columns, contracts), side).encode()
    manifest = Pack(
        pack=identity, release=found.id, number=found.number, recipient=found.recipient, copy_number=number,
        made_at=hub.now(), expires=last, files={n: hashlib.sha256(c).hexdigest() for n, c in files.items()},
    )  # fmt: skip
    files[MANIFEST] = certificates.as_file(hub.signer.sign(manifest))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
        for name, content in files.items():
            box.writestr(name, content)
    return out.getvalue()


def _encrypted(content: bytes, to: str, passphrase: str) -> bytes:
    if to:
        try:
            return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(to)]))
        except pyrage.RecipientError as wrong:
            raise ValueError("this is no age public key (age1…)") from wrong
    return bytes(pyrage.passphrase.encrypt(content, passphrase))


def unpack(path: Path, out: Path, key: OKPKey, today: date, identity: str = "", passphrase: str = "") -> Pack:
    """Decrypt and check a pack, and write its files into `out` (which must not exist). Raises `NoPack`.

    Refused: not for this key, not signed by this hub, a file changed, or out of its term. Nothing is written then.
    """
    if out.exists():
        raise NoPack(f"{out.name} is there already")
    files = _opened(path.read_bytes(), identity, passphrase)
    token = certificates.token_in(files.get(MANIFEST, b""))
    if token is None:
        raise NoPack(f"{MANIFEST} is missing or not as it was signed")
    try:
        manifest = verify(token, Pack, key)
    except Unsigned as wrong:
        raise NoPack(f"{MANIFEST}: {wrong}") from wrong
    found = {n: hashlib.sha256(c).hexdigest() for n, c in files.items() if n != MANIFEST}
    if found != manifest.files:
        raise NoPack("its files are not what was packed")
    if today > manifest.expires:
        raise NoPack(f"it expired on {manifest.expires}")
    making = out.with_name(out.name + ".part")
    making.mkdir(mode=0o700)
    for name, content in files.items():
        if name not in (MANIFEST, VIEWER):
            write_durably(making / name, content)
    _, wrongs = verify_folder(making, key, today)
    for name in (MANIFEST, VIEWER):
        write_durably(making / name, files[name])
    if wrongs:
        for one in making.iterdir():
            one.unlink()
        making.rmdir()
        raise NoPack("; ".join(wrongs))
    making.rename(out)
    return manifest


def _opened(content: bytes, identity: str, passphrase: str) -> dict[str, bytes]:
    try:
        if identity:
            box = pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity)])
        else:
            box = pyrage.passphrase.decrypt(content, passphrase)
        with zipfile.ZipFile(io.BytesIO(box)) as found:
            names = found.namelist()
            if (
                any(Path(n).name != n or n.startswith(".") for n in names)
                or sum(i.file_size for i in found.infolist()) > LARGEST
            ):
                raise NoPack("it holds names or sizes that no pack of the hub has")
            return {n: found.read(n) for n in names}
    except (pyrage.DecryptError, pyrage.IdentityError) as wrong:
        raise NoPack("it is no pack, or not for this key or passphrase") from wrong
    except zipfile.BadZipFile as wrong:
        raise NoPack("what was encrypted is no pack") from wrong
