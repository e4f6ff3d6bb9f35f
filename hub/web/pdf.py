"""A printed document as PDF 1.7: tagged headings and paragraphs, page numbers and a digest on every page, one attachment.

Small on purpose: text in the three standard typefaces that every reader has (cp1252), no pictures. Its structure tree is
that of ISO 32000-1 §14.8, so that screen readers find headings; what stands in the margin is an artefact to them. The
attachment is stored as it is (no compression), so that `connector verify` finds it without a PDF library.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT, MARGIN, FOOT = 595, 842, 54, 64
SIZES = {"H1": 22.0, "H2": 16.0, "H3": 12.5, "P": 10.0, "Code": 8.0}
FACES = {"H1": "F2", "H2": "F2", "H3": "F2", "P": "F1", "Code": "F3"}
LEADING = 1.35
# widths of Helvetica from space to tilde, in thousandths of its size (Adobe's Core 14 metrics)
_WIDTHS = (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, *[556] * 10, 278, 278, 584, 584,
           584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611,
           722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
           222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584)  # fmt: skip
BOLD = 1.09
"""How much wider its bold face runs at most, near enough to break lines by."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`H1` to `H3`), a paragraph (`P`) or text to the letter (`Code`)."""

    kind: str
    text: str


@dataclass(slots=True)
class _Page:
    """A page's drawing so far, and which block each of its marks is of."""

    drawn: list[bytes] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)


def _width(text: str, kind: str) -> float:
    if kind == "Code":
        return len(text) * 0.6 * SIZES[kind]
    units = sum(_WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else 667 for c in text)
    return units * SIZES[kind] / 1000 * (BOLD if kind.startswith("H") else 1)


def _lines(block: Block) -> list[str]:
    """The text broken to the page's width: at spaces, and within what is longer than a line."""
    found = []
    for line in block.text.split("\n"):
        now = ""
        for word in _words(line, block.kind):
            if now and _width(now + word, block.kind) > WIDTH - 2 * MARGIN:
                found.append(now)
                now = ""
            now += word if now or block.kind == "Code" else word.lstrip()
        found.append(now)
    return found


def _words(line: str, kind: str) -> Iterable[str]:
    """Words with the space before them; a word longer than a line comes in pieces."""
    for n, word in enumerate(line.split(" ")):
        word = f" {word}" if n else word
        while _width(word, kind) > WIDTH - 2 * MARGIN:
            cut = next(i for i in range(len(word), 0, -1) if _width(word[:i], kind) <= WIDTH - 2 * MARGIN)
            yield word[:cut]
            word = word[cut:]
        yield word


def _shown(text: str) -> bytes:
    """Text as a PDF string."""
    raw = text.encode("cp1252", "replace")
    return b"(" + raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r") + b")"


def _laid_out(blocks: Sequence[Block]) -> list[_Page]:
    pages, y = [_Page()], float(HEIGHT - MARGIN)
    for number, block in enumerate(blocks):
        size = SIZES[block.kind]
        step = size * LEADING
        y -= size * (0.9 if block.kind.startswith("H") else 0.45)
        lines = _lines(block)
        while lines:
            room = int((y - FOOT) // step)
            wanted = 3 if block.kind.startswith("H") and y < HEIGHT - MARGIN else 1  # a heading keeps company
            if room < wanted:
                pages.append(_Page())
                y = float(HEIGHT - MARGIN)
                room = int((y - FOOT) // step)
            part, lines = lines[:room], lines[room:]
            page = pages[-1]
            first = f"/{block.kind} <</MCID {len(page.marks)}>> BDC BT /{FACES[block.kind]} {size} Tf {step:.2f} TL {MARGIN} {y - size:.2f} Td\n"
            page.drawn.append(first.encode() + b" T*\n".join(_shown(line) + b" Tj" for line in part) + b" ET EMC\n")
            page.marks.append(number)
            y -= step * len(part)
    return pages


def make_pdf(title: str, blocks: Sequence[Block], digest: str, name: str, attached: bytes, kind: str) -> bytes:
    """The document. `digest` stands on every page; `attached` is a file of this name and media type within it."""
    pages = _laid_out(blocks)
    made = _Objects()
    catalog, tree, root, filed = (made.reserve() for _ in range(4))
    fonts = " ".join(f"/{n} {made.add(f'<</Type /Font /Subtype /Type1 /BaseFont /{face} /Encoding /WinAnsiEncoding>>')}"
                     for n, face in (("F1", "Helvetica"), ("F2", "Helvetica-Bold"), ("F3", "Courier")))  # fmt: skip
    elements, refs = [made.reserve() for _ in blocks], []
    places: list[list[str]] = [[] for _ in blocks]
    for number, page in enumerate(pages):
        foot = f"Page {number + 1} of {len(pages)}   SHA-256 {digest}"
        margin = f"/Artifact BMC BT /F1 7 Tf {MARGIN} 36 Td ".encode() + _shown(foot) + b" Tj ET EMC\n"
        content = made.stream(b"".join(page.drawn) + margin)
        ref = made.add(f"<</Type /Page /Parent {tree} /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {content} /StructParents {number}"
                       f" /Tabs /S /Resources <</Font <<{fonts}>>>>>>")  # fmt: skip
        refs.append(ref)
        for mark, which in enumerate(page.marks):
            places[which].append(f"<</Type /MCR /Pg {ref} /MCID {mark}>>")
    for ref, block, where in zip(elements, blocks, places, strict=True):
        made.set(ref, f"<</Type /StructElem /S /{block.kind} /P {root} /K [{' '.join(where)}]>>")
    parents = " ".join(f"{n} [{' '.join(elements[b] for b in page.marks)}]" for n, page in enumerate(pages))
    made.set(root, f"<</Type /StructTreeRoot /K [{' '.join(elements)}] /ParentTree <</Nums [{parents}]>>"
                   f" /ParentTreeNextKey {len(pages)} /RoleMap <</Code /P>>>>")  # fmt: skip
    made.set(tree, f"<</Type /Pages /Count {len(pages)} /Kids [{' '.join(refs)}]>>")
    file = made.stream(attached, f"/Type /EmbeddedFile /Subtype /{kind.replace('/', '#2F')}", plain=True)
    made.set(filed, f"<</Type /Filespec /F ({name}) /UF ({name}) /AFRelationship /Source /EF <</F {file}>>>>")
    made.set(catalog, f"<</Type /Catalog /Pages {tree} /Lang (en-GB) /MarkInfo <</Marked true>> /StructTreeRoot {root}"
                      f" /ViewerPreferences <</DisplayDocTitle true>> /AF [{filed}]"
                      f" /Names <</EmbeddedFiles <</Names [({name}) {filed}]>>>>>>")  # fmt: skip
    info = made.add(b"<</Title " + _shown(title) + b">>")
    return made.written(catalog, info)


class _Objects:
    """The file's numbered objects."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def reserve(self) -> str:
        """A reference to an object that is set later."""
        return self.add(b"")

    def add(self, content: str | bytes) -> str:
        """A reference to a new object."""
        self._held.append(content.encode() if isinstance(content, str) else content)
        return f"{len(self._held)} 0 R"

    def set(self, ref: str, content: str) -> None:
        """The content of what was reserved."""
        self._held[int(ref.split(" ")[0]) - 1] = content.encode()

    def stream(self, content: bytes, words: str = "", plain: bool = False) -> str:
        """A stream, compressed unless it is to be found as it is."""
        packed = content if plain else zlib.compress(content)
        more = "" if plain else " /Filter /FlateDecode"
        return self.add(f"<<{words}{more} /Length {len(packed)}>>\nstream\n".encode() + packed + b"\nendstream")

    def written(self, catalog: str, info: str) -> bytes:
        """The whole file with its table of places."""
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, content in enumerate(self._held, 1):
            places.append(len(out))
            out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        table = len(out)
        rows = "".join(f"{place:010} 00000 n \n" for place in places)
        out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{rows}trailer\n<</Size {len(places) + 1} /Root {catalog}".encode()
        out += f" /Info {info}>>\nstartxref\n{table}\n%%EOF\n".encode()
        return bytes(out)
