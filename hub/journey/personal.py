"""A release that stays personal data (L1): rows that follow a person by a pseudonym of the recipient's series alone.

It leaves by a flow, a gateway, a basis and an impact assessment of its own, and is never called depersonalised: groups,
intruders and subtraction are measured and told, and claim nothing. Only rows that came under a version of the flow
which lets pseudonyms leave, and that have one, are in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub import protocol
from hub import release as rules
from hub.db import personal as stored
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Allow, Unavailable
from hub.depersonalise.keyed import Secret
from hub.depersonalise.pseudonym import Keyring, for_recipient, invented, series_secret
from hub.journey import drawing, gates
from hub.journey.drawing import Built, Drawn
from hub.journey.publishing import HUB, Publishing, log
from hub.release import certificate as certificates
from hub.release import coded, intruder, order, personal

EPOCH = r"^p(\d{1,6})-"


@dataclass(frozen=True, slots=True)
class Keyed:
    """The rows that may be followed: `row_id` and a `…_pseudonym` column a field; the series' key, and since when."""

    rows: pl.DataFrame
    key: Secret
    since: date


def read(hub: Publishing, tx: Tx, granted: protocol.AccessGranted) -> Keyed | None:
    """The rows of an agreement for personal data with their pseudonyms keyed for its recipient and series; None for
    any other agreement. Raises `Unavailable` where this site holds no pseudonym keys."""
    terms = granted.access.personal
    if terms is None:
        return None
    key, since = _series_key(hub, tx, granted)
    names = [rules.pseudonym_column(f) for f in terms.pseudonyms]
    parts = [pl.DataFrame(schema={"row_id": pl.Int64, **dict.fromkeys(names, pl.Utf8)})]
    known = protocols.standings(tx)
    for (agency, dataset), _ in sorted(granted.flows.items()):
        fields = rules.followed_fields(granted.access, hub.contracts[dataset], granted.flows[agency, dataset])
        under = list(_references(known, granted, agency, dataset))
        if fields and under:
            found = stored.pseudonyms(tx, granted.partnership, agency, dataset, fields, under)
            parts.append(_rekeyed(hub, granted.partnership, found, fields, key))
    rows = pl.concat(parts, how="diagonal").filter(~pl.all_horizontal(pl.col(n).is_null() for n in names))
    return Keyed(rows, key, since)


def _references(
    known: Sequence[protocol.Standing], granted: protocol.AccessGranted, agency: str, dataset: str
) -> Iterator[str]:
    """Versions of the agreement above whose flow lets pseudonyms leave: rows that came under another stay behind."""
    parent = granted.agreement.document.protocol.parent
    for standing in known:
        flow = next((f for f in standing.document.flow if (f.source, f.dataset) == (agency, dataset)), None)
        if standing.document.id == parent and flow is not None and flow.leaves_as == "pseudonymised":
            yield standing.reference


def _series_key(hub: Publishing, tx: Tx, granted: protocol.AccessGranted) -> tuple[Secret, date]:
    at = (granted.partnership, granted.access.recipient, granted.agreement.document.id)
    found = stored.salt(tx, *at)
    if found is None:
        found = stored.Salt(secrets.token_bytes(32), hub.now())
        stored.insert_salt(tx, *at, found.salt, found.made_at)
    return series_secret(hub.root, at[1], at[2], found.salt), found.made_at.date()


def _rekeyed(
    hub: Publishing, partnership: str, found: pl.DataFrame, fields: Sequence[str], key: Secret
) -> pl.DataFrame:
    """`row_id` and the fields' pseudonyms as the series has them. Rows may be of several purposes and epochs."""
    if hub.keyring is None:
        raise Unavailable("this site holds no pseudonym keys, so that no release can follow a person")
    done = found.select("row_id")
    for field in fields:
        told = found.select("row_id", "purpose", field).drop_nulls()
        told = told.with_columns(_epoch=pl.col(field).str.extract(EPOCH).cast(pl.Int64))
        parts = [
            some.select("row_id", _copy(some[field], hub.keyring(partnership, str(purpose), int(str(epoch))), key))
            for (purpose, epoch), some in told.group_by("purpose", "_epoch")
        ]
        if parts:
            done = done.join(pl.concat(parts), on="row_id", how="left")
    return done


def _copy(pseudonyms: pl.Series, keyring: Keyring, key: Secret) -> pl.Series:
    distinct = pseudonyms.unique()
    made = for_recipient(distinct, keyring, key)
    return pseudonyms.replace_strict(distinct, made).alias(rules.pseudonym_column(pseudonyms.name))


def make(
    hub: Publishing, granted: protocol.AccessGranted, drawn: Drawn, keyed: Keyed, release: str,
    others: Sequence[releases.Release],
) -> Built:  # fmt: skip
    """Join the rows that may be followed (`drawn`) with their pseudonyms, measure, add canaries, number and order by key.

    Nothing is suppressed or withheld: that would promise what pseudonymised rows cannot keep.
    """
    terms, quasi = granted.access, drawn.quasi
    taken = drawn.coarse.join(keyed.rows, on="row_id", how="inner", maintain_order="left")
    frame, row_ids = taken.drop("row_id"), taken["row_id"]
    chosen = drawn.coarse.drop("row_id").columns
    plain = frame.select(chosen)
    sensitive = [c for c in chosen if c not in quasi and c not in order.PLACED]
    checked = gates.difference(
        hub, release, plain, row_ids, quasi, terms.k, others, gates.leaves(drawn.spots) if others else {}
    )
    measured = certificates.measure(plain, quasi, sensitive)
    key = order.series_key(hub.root, terms.recipient, granted.agreement.document.id)
    made_up, numbers = order.canaries(plain, quasi, terms.canaries, key, release)
    names = [c for c in frame.columns if c not in plain.columns]
    nobody = made_up.with_columns(invented(made_up.height, keyed.key, f"{release}/{n}").alias(n) for n in names)
    copy = coded.copy(pl.concat([frame, nobody.select(frame.columns)]), pl.concat([row_ids, numbers]), key)
    facts = {
        **personal.said(granted.access, keyed.since),
        **drawing.facts_of(granted, drawn, copy, made_up.height, measured),
        "people": {n: frame[n].drop_nulls().n_unique() for n in names},
        "quasi_identifiers": list(terms.quasi_identifiers),
        "withheld_values": {},
        "differencing": {
            "releases_compared": checked.figures["releases_compared"],
            "people_that_subtraction_shows": checked.figures["people_exposed_without_it"],
        },
        "risk": intruder.attacks(plain, plain, quasi, sensitive),
        "utility": {"share of rows kept": round(frame.height / drawn.read, 6) if drawn.read else 0.0},
        "left_out": "; ".join(personal.LEFT_OUT),
    }
    return Built(copy, facts, drawn.first, drawn.last, drawn.districts, checked.footprint, settled=True)


def shred(hub: Publishing, tx: Tx, partnership: str, recipient: str, series: str) -> bool:
    """Destroy the key of a series: nobody can tell any more, the hub neither, whose a pseudonym in its copies is."""
    done = stored.shred(tx, partnership, recipient, series, hub.now())
    if done:
        log(tx, hub, HUB, "release.shred-key", series, Allow("release.key-shredded"), recipient=recipient)
    return done


def taken_back(hub: Publishing, tx: Tx, release: releases.Release) -> None:
    """A release was recalled or withdrawn: where it followed people, its series' key goes with it."""
    if release.tier == "L1":
        shred(hub, tx, release.partnership_id, release.recipient, release.series)


def shred_unused(hub: Publishing, tx: Tx) -> int:
    """Destroy the keys of series, of the partnerships in scope, of which nothing counts any more; how many."""
    if not stored.unused(tx, rules.LIVE, hub.now().date()):
        return 0
    tx.sql("select pg_advisory_xact_lock(hashtext('release'))")  # a candidate under way may need one of them
    return sum(shred(hub, tx, *one) for one in stored.unused(tx, rules.LIVE, hub.now().date()))
