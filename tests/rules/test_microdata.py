"""Every class is large and mixed enough, truthful to the hierarchies, the same for the same key: beside a slow engine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.decision import Refuse
from hub.disclosure import Hierarchy, Model, Population, Recoded, assign, make_hierarchy, measure, recode
from hub.disclosure.hierarchy import flat_hierarchy

AGES = [[str(a), f"{a // 2 * 2}-{a // 2 * 2 + 1}", f"{a // 4 * 4}+", "*"] for a in range(8)]
SEXES = [["F", "*"], ["M", "*"]]
PLACES = [[f"L{n}", f"W{n // 3}", "*"] for n in range(6)]
COLUMNS = ("age", "sex", "place")
PATHS = dict(zip(COLUMNS, (AGES, SEXES, PLACES), strict=True))


def hierarchies() -> list[Hierarchy]:
    made = [make_hierarchy(column, rows) for column, rows in PATHS.items()]
    assert all(isinstance(h, Hierarchy) for h in made)
    return [h for h in made if isinstance(h, Hierarchy)]


def table(rows: Sequence[tuple[int, int, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "age": [AGES[a][0] for a, _, _, _ in rows],
            "sex": [SEXES[s][0] for _, s, _, _ in rows],
            "place": [PLACES[p][0] for _, _, p, _ in rows],
            "offence": [f"O{o}" for _, _, _, o in rows],
        },
        schema=dict.fromkeys((*COLUMNS, "offence"), pl.Utf8),
    )


Row = tuple[int, int, int, int]
tables = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 1), st.integers(0, 5), st.integers(0, 3)), max_size=60)
models = st.builds(
    Model,
    k=st.integers(2, 6),
    l=st.integers(1, 3),
    c=st.sampled_from([None, 1.0, 2.5]),
    t=st.sampled_from([None, 0.3, 0.6]),
    known=st.integers(1, 2),
)


def fulfils(values: Sequence[str], model: Model, whole: Counter[str]) -> bool:
    """The model said again in the plainest words."""
    counts = Counter(values)
    ranked = sorted(counts.values(), reverse=True)
    number, everyone = len(values), sum(whole.values())
    distance = sum(abs(counts[v] / number - n / everyone) for v, n in whole.items()) / 2
    return (
        number >= model.k
        and len(counts) >= model.l
        and (model.c is None or ranked[0] < model.c * sum(ranked[model.l - 1 :]))
        and (model.t is None or distance <= model.t + 1e-9)
        and min(ranked) >= model.known
    )


def slow_local(frame: pl.DataFrame, nodes: Sequence[Sequence[int]], model: Model) -> list[tuple[str, ...] | None]:
    """Greedy local recoding along these nodes, a row at a time, without mending: per row its labels, or None."""
    rows = frame.rows()
    whole = Counter(row[3] for row in rows)
    path = {c: {r[0]: r for r in paths} for c, paths in PATHS.items()}
    written: list[tuple[str, ...] | None] = [None] * len(rows)
    for node in nodes:
        groups = defaultdict(list)
        for i, row in enumerate(rows):
            if written[i] is None:
                groups[tuple(path[c][v][j] for c, v, j in zip(COLUMNS, row, node, strict=False))].append(i)
        for labels, members in groups.items():
            if fulfils([rows[i][3] for i in members], model, whole):
                for i in members:
                    written[i] = labels
    return written


def node_loss(frame: pl.DataFrame, node: Sequence[int]) -> float:
    paths = {c: {r[0]: r for r in rows} for c, rows in PATHS.items()}
    return sum(_losses(c, paths[c][v])[j] for c, j in zip(COLUMNS, node, strict=True) for v in frame[c])


def _losses(column: str, row: Sequence[str]) -> list[float]:
    paths = PATHS[column]
    return [(sum(r[j] == label for r in paths) - 1) / (len(paths) - 1) for j, label in enumerate(row)]


def loss_of(frame: pl.DataFrame) -> float:
    weight = {c: {label: _losses(c, r)[j] for r in rows for j, label in enumerate(r)} for c, rows in PATHS.items()}
    return float(
        np.mean([[weight[c][v] for c, v in zip(COLUMNS, row, strict=True)] for row in frame.select(COLUMNS).rows()])
    )


@settings(max_examples=150, deadline=None)
@given(tables, models, st.sampled_from(["local", "global"]))
def test_every_class_fulfils_the_model_and_is_truthful(rows: list[Row], model: Model, mode: str) -> None:
    frame = table(rows)
    done = recode(frame, hierarchies(), model, "offence", mode=mode)  # type: ignore[arg-type]
    if isinstance(done, Refuse):
        assert len(rows) < model.k
        return
    assert done.frame.height == frame.height
    assert done.frame["offence"].equals(frame["offence"])
    whole = Counter(frame["offence"].to_list())
    classes = defaultdict(list)
    for before, after, node in zip(frame.rows(), done.frame.rows(), done.assignment.node, strict=True):
        if node < 0:
            assert after[:3] == ("*", "*", "*")
            continue
        classes[after[:3]].append(after[3])
        for column, leaf, label in zip(COLUMNS, before, after[:3], strict=False):
            assert label in next(r for r in PATHS[column] if r[0] == leaf)
    assert all(fulfils(values, model, whole) for values in classes.values())
    assert done.loss == pytest.approx(loss_of(done.frame) if rows else 0.0)
    again = recode(frame, hierarchies(), model, "offence", mode=mode)  # type: ignore[arg-type]
    assert isinstance(again, Recoded)
    assert again.frame.equals(done.frame)


@settings(max_examples=100, deadline=None)
@given(tables, models)
def test_rows_are_written_where_the_slow_engine_writes_them(rows: list[Row], model: Model) -> None:
    frame, model = table(rows), replace(model, known=1)
    done = recode(frame, hierarchies(), model, "offence")
    if isinstance(done, Refuse):
        assert len(rows) < model.k
        return
    losses = [node_loss(frame, node) for node in done.assignment.nodes.tolist()]
    assert losses == sorted(losses, key=lambda x: round(x, 6))
    slow = slow_local(frame, done.assignment.nodes.tolist(), model)
    if None not in slow:
        assert [tuple(r[:3]) for r in done.frame.rows()] == slow
    assert done.suppressed <= slow.count(None) + slow.count(("*", "*", "*"))


def test_measured_by_other_code() -> None:
    rng = np.random.default_rng(3)
    rows = list(zip(*[rng.integers(0, n, 3000).tolist() for n in (8, 2, 6, 4)], strict=True))
    done = recode(table(rows), hierarchies(), Model(5, l=3, t=0.4), "offence")
    assert isinstance(done, Recoded)
    seen = measure(done.frame, COLUMNS, "offence")
    assert seen.k >= 5
    assert seen.l is not None
    assert seen.l >= 3
    assert seen.t is not None
    assert seen.t <= 0.4
    assert seen.suppressed == done.suppressed


def test_the_last_few_borrow_companions_instead_of_being_suppressed() -> None:
    rows = [(0, 0, 0, 0)] * 8 + [(1, 0, 0, 1)] * 2
    done = recode(table(rows), hierarchies(), Model(5))
    assert isinstance(done, Recoded)
    assert done.suppressed == 0
    assert sorted(Counter(done.frame.select(COLUMNS).rows()).values()) == [5, 5]


def test_more_left_than_allowed_is_refused() -> None:
    rows = [(n % 8, 0, n % 6, 0) for n in range(20)]
    done = recode(table(rows), hierarchies(), Model(5, l=2), "offence", max_suppressed=0.05)
    assert isinstance(done, Refuse)
    assert done.rule == "disclosure.max-suppressed"


@pytest.mark.parametrize(
    ("rows", "model", "rule"),
    [
        ([], Model(5), "disclosure.too-few"),
        ([(0, 0, 0, 0)], Model(5), "disclosure.too-few"),
        ([(0, 0, 0, 0)] * 9, Model(10), "disclosure.too-few"),
        ([(0, 0, 0, 0)] * 9, Model(1), "disclosure.k"),
        ([(0, 0, 0, 0)] * 9, Model(2, t=1.5), "disclosure.t"),
        ([(0, 0, 0, 0)] * 9, Model(2, l=2), "disclosure.sensitive"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_rule(rows: list[Row], model: Model, rule: str) -> None:
    done = recode(table(rows), hierarchies(), model)
    assert isinstance(done, Refuse)
    assert done.rule == rule


def test_a_missing_leaf_names_rows_and_never_the_value() -> None:
    frame = table([(0, 0, 0, 0)] * 6).with_columns(place=pl.Series(["L0", "L0", "Jo Bloggs", "L0", None, "L0"]))
    done = recode(frame, hierarchies(), Model(2))
    assert isinstance(done, Refuse)
    assert done.rule == "disclosure.missing-leaf"
    assert "3, 5" in done.reason
    assert "Bloggs" not in done.reason


def test_another_key_decides_equal_losses_otherwise_and_the_same_key_the_same() -> None:
    rng = np.random.default_rng(5)
    flat = [flat_hierarchy(c, [str(v) for v in range(12)]) for c in "abcd"]
    frame = pl.DataFrame({c: [str(v) for v in rng.integers(0, 12, 400)] for c in "abcd"})
    seen = [recode(frame, flat, Model(4), key=key) for key in (b"one", b"one", b"two")]
    frames = [r.frame for r in seen if isinstance(r, Recoded)]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])


def test_many_columns_are_walked_along_chains_and_too_many_refused() -> None:
    rng = np.random.default_rng(9)
    names = [f"c{n}" for n in range(30)]
    frame = pl.DataFrame({c: [str(v) for v in rng.integers(0, 9, 300)] for c in names})
    paths = [[str(v), f"g{v // 3}", "*"] for v in range(9)]
    made = [h for c in names if isinstance(h := make_hierarchy(c, paths), Hierarchy)]
    done = recode(frame, made, Model(5))
    assert isinstance(done, Recoded)
    sizes = Counter(done.frame.rows())
    assert min(sizes.values()) >= 5
    many = [flat_hierarchy(f"c{n}", ["0"]) for n in range(2000)]
    refused = assign([np.zeros(10, np.int32)] * 2000, many, Model(5))
    assert isinstance(refused, Refuse)
    assert refused.rule == "disclosure.columns"


def test_k_map_counts_people_not_rows() -> None:
    made = hierarchies()
    codes = [np.array([0, 1]), np.array([0, 1]), np.array([0, 5])]
    people = Population(tuple(np.array([c, c]) for c in (0, 0, 0)), np.array([3, 2]))
    done = assign(codes, made, Model(5), population=people)
    assert not isinstance(done, Refuse)
    assert done.nodes[done.node[0]].tolist() == [0, 0, 0]
    assert done.nodes[done.node[1]].tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([["a", "*"], ["b"]], "hierarchy.ragged"),
        ([["a", "x", "*"], ["a", "y", "*"]], "hierarchy.two-paths"),
        ([[], [""]], "hierarchy.empty"),
    ],
)
def test_a_faulty_hierarchy_names_its_line(rows: list[list[str]], rule: str) -> None:
    made = make_hierarchy("age", rows)
    assert isinstance(made, Refuse)
    assert made.rule == rule
