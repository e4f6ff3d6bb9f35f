"""Printed documents: PDFs that other readers open, tagged, with a digest on every page, and proved by the verifier."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from pypdf import PdfReader

from connectors.proofs import Disproved
from connectors.verify import proved
from hub.web.pdf import Block, make_pdf
from hub.web.printed import blocks_of
from tests.web.conftest import Client
from tests.web.seed import World
from tests.web.test_signing import PATH, all_sign, opened, stored


def tags(reader: PdfReader) -> list[str]:
    root: Any = reader.trailer["/Root"]
    return [str(k.get_object()["/S"]) for k in root["/StructTreeRoot"]["/K"]]


def test_text_headings_pages_and_attachment_are_found_by_another_reader() -> None:
    blocks = [Block("H1", "Violence (serious)"), Block("P", "Words – “quoted” £5 \\ and £6. " * 400),
              Block("H2", "Text"), Block("Code", "[protocol]\n  id = \"x\"\n" + "x" * 300), Block("P", "last words")]  # fmt: skip
    made = make_pdf("A title (1)", blocks, "ab" * 32, "signed-copy.json", b'{"a": 1}', "application/json")
    reader = PdfReader(io.BytesIO(made), strict=True)
    assert len(reader.pages) > 2
    assert reader.metadata is not None
    assert reader.metadata.title == "A title (1)"
    assert reader.attachments["signed-copy.json"] == [b'{"a": 1}']
    assert tags(reader) == ["/H1", "/P", "/H2", "/Code", "/P"]
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    texts = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "ab" * 32 in text
    whole = " ".join(" ".join(texts).split())
    assert "Violence (serious)" in whole
    assert "Words – “quoted” £5 \\ and £6." in whole
    assert "last words" in whole


def test_a_page_is_read_as_blocks() -> None:
    page = """<body><nav><p>Home</p></nav><main><span class="govuk-caption-xl">Purpose agreement</span><h1>Title</h1>
      <p class="govuk-body hub-screen">The same as <a>PDF</a></p><p>Some <b>bold</b>\n words.</p><dl><dt>Term </dt>
      <dd>value</dd></dl><ul><li>one</li></ul><form><p>no</p></form>
      <table><caption>Cap</caption><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><th data-label="A">1</th>
      <td data-label="B">2 &amp; 3</td></tr></tbody></table><pre>a\n  b</pre></main><footer><p>foot</p></footer></body>"""
    assert [(b.kind, b.text) for b in blocks_of(page)] == [
        ("P", "Purpose agreement"), ("H1", "Title"), ("P", "Some bold words."), ("P", "Term: value"), ("P", "• one"),
        ("H3", "Cap"), ("P", "A: 1; B: 2 & 3"), ("Code", "a\n  b"),
    ]  # fmt: skip


def test_a_signed_copy_as_pdf_is_proved_by_the_verifier(world: World, client: Client, tmp_path: Path) -> None:
    opened(world)
    all_sign(world)
    answer = client("auditor").get(f"{PATH}/signed.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    digest = stored(world).digest
    reader = PdfReader(io.BytesIO(answer.content), strict=True)
    assert all(digest in page.extract_text() for page in reader.pages)
    (path := tmp_path / "copy.pdf").write_bytes(answer.content)
    found = proved(path, None, [], None)
    assert found["digest"] == digest
    assert len(found["signatures"]) >= 2
    at = answer.content.index(b'"text": ')
    path.write_bytes(answer.content[: at + 60] + b"!" + answer.content[at + 61 :])
    with pytest.raises(Disproved):
        proved(path, None, [], None)
    path.write_bytes(b"%PDF-1.7\nnothing within")
    with pytest.raises(Disproved, match="another program"):
        proved(path, None, [], None)


def test_a_pack_as_pdf_is_signed_by_the_hub(world: World, client: Client, tmp_path: Path) -> None:
    answer = client("officer").get("/protocols/northmoor-violence/1/pack.pdf")
    (path := tmp_path / "pack.pdf").write_bytes(answer.content)
    public = OKPKey.import_key(world.publishing.signer.public())
    found = proved(path, public, [], None)
    reader = PdfReader(io.BytesIO(answer.content), strict=True)
    assert (found["pack_of"], found["version"]) == ("northmoor-violence", 1)
    assert all(found["digest"] in page.extract_text() for page in reader.pages)
    assert tags(reader).count("/H1") == 1
    assert len(re.findall("/H2", " ".join(tags(reader)))) > 3
    with pytest.raises(Disproved, match="not signed by that key"):
        proved(path, OKPKey.generate_key("Ed25519"), [], None)
    with pytest.raises(ValueError, match="--hub-key"):
        proved(path, None, [], None)
