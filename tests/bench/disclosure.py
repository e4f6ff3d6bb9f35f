"""Disclosure control beside its peers, in one run: processor time, loss, what differencing and intruders find.

The prototype (`../shared/prototypes`, run in place) makes the data and is measured in the same run; anjana and pycanon
run in an environment of their own under `build/` where they can be installed; ARX's figures are as recorded on such a
machine earlier, and say so. Every loss is by the prototype's yardstick `infoloss.py`, from the written file.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from hub.disclosure import Hierarchy, Model, Recoded, check_against, make_hierarchy, recode, suppress, take_footprint
from hub.disclosure.hierarchy import leaves_of
from hub.disclosure.intruder import attack
from hub.disclosure.policies import POLICIES
from hub.disclosure.series import Followed, recode_after
from hub.disclosure.tables import count_table, protect

Result = TypeVar("Result")
ROOT = Path(__file__).resolve().parents[2]
PROTOTYPES = ROOT.parent / "shared" / "prototypes"
PEERS = ROOT / "build" / "disclosure-peers"
QUASI = ("age", "sex", "eth", "lsoa", "month")
KINDS = dict(zip(QUASI, ("age", "sex", "ethnicity", "place", "time"), strict=True))
IN_CPU_SECONDS = (
    "import runpy, sys, time; time.perf_counter = time.process_time; sys.argv = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
"""Runs a script that times itself so that it tells processor time: others share this machine's cores."""
RECORDED = {
    ("k=5", 100_000): "ARX local 2.3 s .0449; anjana 12.7 s .139",
    ("k=5 l=3", 100_000): "ARX local 2.4 s .0466",
    ("k=5", 1_000_000): "ARX local 16.3 s .0170",
}


def say(*cells: object) -> None:
    print("  ".join(f"{c!s:<{w}}" for c, w in zip(cells, (30, 34, 44, 60), strict=False)), flush=True)


def run(*command: object, timeout: float = 600) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=timeout, check=False)
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr.strip().splitlines()[-1:]}"


def timed(work: Callable[[], Result], times: int = 3) -> tuple[float, Result]:
    """The middle of a few runs, and the last result."""
    spent, results = [], []
    for _ in range(times):
        started = time.process_time()
        results.append(work())
        spent.append(time.process_time() - started)
    return sorted(spent)[len(spent) // 2], results[-1]


def read(folder: Path) -> tuple[pl.DataFrame, list[Hierarchy]]:
    frame = pl.read_csv(folder / "data.csv", separator=";", infer_schema=False)
    made = []
    for column in QUASI:
        with (folder / f"h_{column}.csv").open(newline="") as source:
            hierarchy = make_hierarchy(column, list(csv.reader(source, delimiter=";")))
        assert isinstance(hierarchy, Hierarchy)
        made.append(hierarchy)
    return frame, made


def must(result: object) -> Recoded:
    assert isinstance(result, Recoded), result
    return result


def loss(folder: Path, name: str) -> str:
    found = re.search(
        r"suppressed=(\d+).*NCP=([\d.]+) min_class=(\d+)",
        run(sys.executable, PROTOTYPES / "infoloss.py", folder, folder / name),
    )
    return f"NCP {found[2]}, {found[1]} suppressed, min class {found[3]}" if found else "no yardstick"


def microdata(folder: Path, rows: int) -> Recoded:
    """The recoder beside the prototype's greedy local run on the same file."""
    prototype = run(sys.executable, "-c", IN_CPU_SECONDS, PROTOTYPES / "bench_numpy.py", folder)
    theirs = {"True" in m[0]: float(m[1]) for m in re.findall(r"greedy local (l3=\w+) ([\d.]+)s", prototype)}
    frame, hierarchies = read(folder)
    last = None
    for name, model, sensitive in (("k=5", Model(5), None), ("k=5 l=3", Model(5, l=3), "offence")):
        spent, done = timed(lambda m=model, s=sensitive: must(recode(frame, hierarchies, m, s)))  # type: ignore[misc]
        file = f"hub_{model.l}.csv"
        done.frame.write_csv(folder / file, separator=";")
        peer = theirs.get(model.l > 1)
        there = loss(folder, f"np_greedy{'_l3' if model.l > 1 else ''}.csv")
        ratio = f"{spent / peer:.2f} x" if peer else "no prototype"
        say(f"{name}, {rows:,} rows", f"{spent:.2f} s ({ratio}) ", loss(folder, file),
            f"prototype {peer} s, {there}; recorded: {RECORDED.get((name, rows), '-')}")  # fmt: skip
        last = last or done
    assert last is not None
    return last


def known(folder: Path) -> None:
    """The intruder who knows the sensitive value too, before and after it is provided for."""
    frame, hierarchies = read(folder)
    values = frame["offence"].rank("dense").cast(pl.Int32).to_numpy() - 1
    codes = [h.encode(frame[h.column]) for h in hierarchies]
    for name, model in (("k=5", Model(5)), ("k=5, value taken as known", Model(5, known=2))):
        spent, done = timed(lambda m=model: must(recode(frame, hierarchies, m, "offence")), 1)  # type: ignore[misc]
        found = attack(done.assignment, codes, values, KINDS)
        worst = max(found, key=lambda a: a.right)
        say(
            f"intruder, {name}",
            f"{worst.right:.2%} unique and right",
            f"recoded {spent:.2f} s, loss {done.loss:.4f}",
            worst.profile,
        )


def differencing(folder: Path) -> None:
    """99 % of the rows released, then all of them, at one full-domain coding: what subtraction tells."""
    frame, hierarchies = read(folder)
    coded = frame.with_columns(
        [pl.Series(h.column, [h.levels[j].labels[c] for c in h.levels[j].codes[h.encode(frame[h.column])]])
         for h, j in zip(hierarchies, (2, 0, 1, 2, 1), strict=True)]
    ).with_row_index("id")  # fmt: skip
    rng = np.random.default_rng(3)
    late = np.zeros(frame.height, bool)
    late[rng.choice(frame.height, frame.height // 100, replace=False)] = True
    releases = [
        suppress(coded.filter(pl.Series(mask)), QUASI, 5).frame for mask in (~late, np.ones(frame.height, bool))
    ]
    before, now = (
        take_footprint(n, f.drop("id"), QUASI, f["id"], b"bench") for n, f in zip("AB", releases, strict=True)
    )
    spent, checked = timed(lambda: check_against(now, [before], 5, leaves_of(hierarchies)))
    alone = sum(f.added for f in checked.findings)
    stays = releases[1].with_row_index("at").filter(~pl.col("at").is_in(checked.held.implode())).drop("at")
    after = check_against(
        take_footprint("B", stays.drop("id"), QUASI, stays["id"], b"bench"), [before], 5, leaves_of(hierarchies)
    )
    left = sum(f.added + f.removed for f in after.findings)
    say("differencing, 99 % then all", f"{alone} of {int(late.sum())} singled out before, {left} after",
        f"{len(checked.held)} rows held ({len(checked.held) / frame.height:.2%})", f"check {spent:.3f} s")  # fmt: skip


def following(folder: Path) -> None:
    """The same two releases by local recoding, the second made to follow the first: nothing has to wait."""
    frame, hierarchies = read(folder)
    late = np.zeros(frame.height, bool)
    late[np.random.default_rng(3).choice(frame.height, frame.height // 100, replace=False)] = True
    rows = pl.concat([frame.filter(pl.Series(~late)), frame.filter(pl.Series(late))])
    ids = pl.Series([str(n) for n in range(rows.height)])
    old = int((~late).sum())
    first = must(recode(rows.head(old), hierarchies, Model(5)))
    before = take_footprint("A", first.frame, QUASI, ids.head(old), b"bench")
    spent, done = timed(lambda: recode_after(rows, ids, hierarchies, Model(5), before, b"bench"), 1)
    assert isinstance(done, Followed)
    checked = check_against(take_footprint("B", done.frame, QUASI, ids, b"bench"), [before], 5)
    done.frame.write_csv(folder / "hub_after.csv", separator=";")
    say("following, 99 % then all", f"{sum(f.added + f.removed for f in checked.findings)} singled out",
        f"{done.waiting + len(checked.held)} rows wait; {loss(folder, 'hub_after.csv')}", f"{spent:.2f} s with digests")  # fmt: skip


def tables(folder: Path) -> None:
    """A table by area and offence with its checks and secondary suppression."""
    frame, _ = read(folder)
    for name in ("partner", "ndtms"):
        spent, done = timed(lambda n=name: protect(count_table(frame, ["lsoa", "offence"]), POLICIES[n]))  # type: ignore[misc]
        shape = " x ".join(map(str, done.shown.shape))
        say(f"table {shape}, {name}", f"{spent:.3f} s", f"{int(done.primary.sum())} + {int(done.secondary.sum())} cells suppressed",
            "recorded: ACRO 5.9 s without secondary")  # fmt: skip


def peers(folder: Path) -> None:
    """anjana on the same file, pycanon's word on our output; both from their own environment."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        made = run(sys.executable, "-m", "venv", PEERS) + run(
            python, "-m", "pip", "install", "--quiet", "anjana", timeout=300
        )
        if "failed" in made:
            say("anjana, pycanon", "not installable here", made)
            return
    for line in run(python, PROTOTYPES / "bench_anjana.py", folder).splitlines():
        say("anjana", line)
    measure = (
        "import sys,pandas as pd;from pycanon import anonymity as a;q=sys.argv[2].split(',');"
        "d=pd.read_csv(sys.argv[1],sep=';',dtype=str);print('k',a.k_anonymity(d,q),'l',a.l_diversity(d,q,['offence']))"
    )
    for file in ("hub_1.csv", "hub_3.csv"):
        say("pycanon on our output", file, run(python, "-c", measure, folder / file, ",".join(QUASI)).strip())


def large(folder: Path, rows: int) -> None:
    """The whole command on a large file, streamed: time and peak memory."""
    names = [x for q in QUASI for x in ("--hierarchy", f"{q}={folder / f'h_{q}.csv'}")]
    code = (
        "import resource,sys;from hub.commands.anonymise import app\ntry: app(sys.argv[1:])\n"
        "finally: print('peak GiB %.2f' % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/2**20))"
    )
    started = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", code, str(folder / "data.csv"), str(folder / "out.csv"), "--quasi", ",".join(QUASI), *names],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    say(
        f"hub anonymise, {rows:,} rows",
        f"{time.perf_counter() - started:.0f} s in all",
        told.stdout.strip(),
        " ".join(told.stderr.split()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000], help="sizes for the recoder")
    parser.add_argument(
        "--large", type=int, default=0, help="rows for the streamed command (10000000: several minutes)"
    )
    parser.add_argument("--no-peers", action="store_true", help="without anjana and pycanon")
    asked = parser.parse_args()
    if not PROTOTYPES.is_dir():
        sys.exit("the prototypes are not here: nothing to measure against")
    with tempfile.TemporaryDirectory() as scratch:
        for number, rows in enumerate(asked.rows):
            folder = Path(scratch) / str(rows)
            run(sys.executable, PROTOTYPES / "mkdata.py", rows, folder)
            microdata(folder, rows)
            if number == 0:
                known(folder)
                differencing(folder)
                following(folder)
                tables(folder)
                if not asked.no_peers:
                    peers(folder)
        if asked.large:
            folder = Path(scratch) / "large"
            run(sys.executable, PROTOTYPES / "mkdata.py", asked.large, folder)
            large(folder, asked.large)


if __name__ == "__main__":
    main()
