"""Bytes become rows, and none is lost: a reader yields every row, or refuses the whole body."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.intake.body import Chunk, Malformed, columns_of, count_rows, read_chunks
from protocols.contract import LINE
from protocols.wire import Format

COLUMNS = ["ref", "note"]


def read(body: bytes, form: Format, size: int = 100) -> tuple[list[dict[str, object]], list[tuple[int, str]]]:
    chunks: list[Chunk] = list(read_chunks(body, form, COLUMNS, size))
    rows = [r for c in chunks for r in c.frame.to_dicts()]
    return rows, [(f.line, f.rule) for c in chunks for f, _ in c.faults]


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def test_csv_keeps_line_numbers_across_embedded_newlines() -> None:
    body = b'ref,note\r\n1,"two\nlines"\r\n2,plain\r\n\r\n3,\r\n'
    assert read(body, "csv") == (
        [
            {"ref": "1", "note": "two\nlines", LINE: 2},
            {"ref": "2", "note": "plain", LINE: 4},
            {"ref": "3", "note": None, LINE: 6},
        ],
        [],
    )
    assert count_rows(body, "csv") == 3


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"ref,note\n1\n2,x\n", "row.ragged"),
        (b"ref,note\n1,a,b\n2,x\n", "row.ragged"),
        (b"ref,note\n1,\xff\xfe\n2,x\n", "row.encoding"),
        (b"ref,note\n1," + b"x" * 1_000_001 + b"\n2,x\n", "row.too-long"),
    ],
)
def test_a_bad_csv_row_is_named_and_the_rest_goes_on(body: bytes, rule: str) -> None:
    rows, faults = read(body, "csv")
    assert faults == [(2, rule)]
    assert rows == [{"ref": "2", "note": "x", LINE: 3}]


@pytest.mark.parametrize(
    "body",
    [b"", b'ref,note\n1,"open\n2,x\n', b"ref,ref\n1,2\n", "ref,note\n1,é\n".encode("utf-16"), b'ref,note\n1,"a"b\n'],
)
def test_a_body_that_cannot_be_cut_into_rows_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Malformed):
        count_rows(body, "csv")


def test_header_only_is_an_empty_extract() -> None:
    assert count_rows(b"ref,note\n", "csv") == 0
    assert read(b"ref,note\n", "csv") == ([], [])


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_csv_cut_at_any_byte_never_yields_more_rows_than_its_whole_lines(cut: int) -> None:
    whole = b'ref,note\n1,"a, quoted"\n2,plain\n3,"with ""quotes"""\n4,x\n'
    try:
        rows = count_rows(whole[:cut], "csv")
    except Malformed:
        return
    assert rows <= whole[:cut].count(b"\n")


def test_ndjson_takes_scalars_and_names_what_it_cannot_take() -> None:
    body = b'{"ref": 1, "note": "x"}\n\nnot json\n{"ref": true}\n{"ref": [1], "note": "y"}\n{"ref": 1, "ref": 2}\n'
    rows, faults = read(body, "ndjson")
    assert rows == [{"ref": "1", "note": "x", LINE: 1}, {"ref": "true", "note": None, LINE: 4}]
    assert faults == [(3, "row.not-json"), (5, "row.nested"), (6, "row.not-json")]
    assert count_rows(body, "ndjson") == 5


def test_ndjson_with_an_undeclared_name_is_refused_whole() -> None:
    with pytest.raises(Malformed, match="not declare") as wrong:
        read(b'{"ref": 1, "secret_name": "x"}\n', "ndjson")
    assert "secret_name" not in str(wrong.value)


def test_parquet_is_read_in_chunks_and_keeps_its_own_lines() -> None:
    frame = pl.DataFrame({"ref": [str(i) for i in range(25)], "note": [""] * 25, LINE: list(range(2, 27))})
    chunks = list(read_chunks(parquet(frame), "parquet", COLUMNS, 10))
    assert [c.rows for c in chunks] == [10, 10, 5]
    assert chunks[2].frame.row(4) == ("24", None, 26)
    assert columns_of(parquet(frame), "parquet") == COLUMNS


def test_parquet_cut_at_any_byte_is_refused() -> None:
    whole = parquet(pl.DataFrame({"ref": ["1", "2"], "note": ["a", "b"], LINE: [2, 3]}))
    for cut in range(len(whole)):
        with pytest.raises(Malformed):
            count_rows(whole[:cut], "parquet")


def test_parquet_columns_are_text() -> None:
    with pytest.raises(Malformed, match="not text"):
        read(parquet(pl.DataFrame({"ref": [1], "note": ["x"]})), "parquet")


TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=12), st.integers(1, 5))
def test_any_text_comes_through_ndjson_unaltered(rows: list[tuple[str, str]], size: int) -> None:
    body = b"".join(json.dumps({"ref": a, "note": b}).encode() + b"\n" for a, b in rows)
    chunks = list(read_chunks(body, "ndjson", COLUMNS, size))
    got = [(r["ref"], r["note"]) for c in chunks for r in c.frame.to_dicts()]
    assert got == [(a or None, b or None) for a, b in rows]
    assert sum(c.rows for c in chunks) == count_rows(body, "ndjson")
