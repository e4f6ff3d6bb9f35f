"""How many distinct values a second get a pseudonym, normalising included, on one core? Beside HMAC-SHA-256 by value.

Run: python -m tests.bench.pseudonyms [VALUES]. Times are process CPU time; the best of three.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import hmac
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import polars as pl

from hub.demo import people
from hub.depersonalise.pseudonym import Keyring, pseudonymise, rotated
from protocols.contract import Role

KEYS = Keyring(os.urandom(32), "northmoor-csp", "SERIOUS_VIOLENCE", 1)
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def distinct(n: int) -> dict[Role, pl.Series]:
    """`n` values of each kind, nearly all distinct, spelt as systems spell them (phones in three ways)."""
    rng = np.random.default_rng(7)
    number = pl.Series(rng.permutation(n)) + 1
    text = number.cast(pl.Utf8)
    words = pl.Series(["".join(w) for w in LETTERS[rng.integers(0, 26, (n, 9))]]).str.to_titlecase()
    phones = pl.DataFrame({"v": "07" + (number + 700_000_000).cast(pl.Utf8)}).with_row_index()
    third = pl.col("index") % 3
    spelt = phones.select(
        pl.when(third == 0)
        .then("+44 " + pl.col("v").str.slice(1))
        .when(third == 1)
        .then(pl.col("v").str.slice(0, 5) + " " + pl.col("v").str.slice(5))
        .otherwise("v")
    ).to_series()
    return {
        Role.NHS: people.nhs_numbers(rng, n).str.replace(r"^(...)(...)", "$1 $2 "),
        Role.NINO: people.ninos(rng, n),
        Role.PNC: people.pnc_ids(rng, n),
        Role.CRO: people.cro_numbers(rng, n),
        Role.VRM: people.plates(rng, n),
        Role.SURNAME: "O'" + words,
        Role.FULL_NAME: words + ", Perpetua",
        Role.PHONE: spelt,
        Role.EMAIL: words.str.to_lowercase() + "." + text + "@Example.com",
        Role.UPRN: text.str.zfill(12),
        Role.REFERENCE: "NM/" + text.str.zfill(6) + "/26",
    }


def best(work: Callable[[], object]) -> float:
    """Seconds of CPU, the best of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def by_value(raw: list[str], key: bytes) -> list[bytes]:
    """The peer: no normal form, one call a value."""
    return [hmac.digest(key, value.encode(), "sha256") for value in raw]


def main() -> None:
    """Print the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    key = os.urandom(32)
    made = distinct(n)
    print(f"{n:,} values of each kind, one core, CPU time, best of three; distinct values a second")
    print(f"{'identifier':18} {'distinct':>9} {'normalised, keyed':>18} {'HMAC-SHA-256 bare, by value':>28}")
    for role, values in made.items():
        count = values.n_unique()
        whole = best(partial(pseudonymise, values, role, KEYS))
        peer = best(partial(by_value, values.to_list(), key))
        print(f"{role.value:18} {count:>9,} {count / whole:>16,.0f}/s {count / peer:>26,.0f}/s")
    old = pseudonymise(made[Role.UPRN], Role.UPRN, KEYS)
    fresh = Keyring(KEYS.root, KEYS.partnership, KEYS.purpose, 2, os.urandom(32))
    print(f"moved to the next epoch: {n / best(partial(rotated, old, KEYS, fresh)):,.0f}/s")


if __name__ == "__main__":
    main()
