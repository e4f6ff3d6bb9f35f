"""What a page says, as the blocks of a printed document: one template serves screen and paper."""

from __future__ import annotations

from html.parser import HTMLParser

from hub.web.pdf import Block

KINDS = {"h1": "H1", "h2": "H2", "h3": "H3", "h4": "H3", "caption": "H3", "p": "P", "li": "P", "pre": "Code", "tr": "P",
         "dt": "P", "summary": "H3"}  # fmt: skip
SILENT = frozenset({"script", "style", "form", "svg", "thead", "nav"})


class _Reader(HTMLParser):
    """Blocks of the page's main part, in order. Rows of tables become lines of `column: value`."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._inside, self._silent = False, 0
        self._kind, self._text = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "main":
            self._inside = True
        elif tag in SILENT:
            self._silent += 1
        elif self._silent:
            return
        elif tag in KINDS:
            self._end()
            self._kind = "" if "hub-screen" in (known.get("class") or "") else KINDS[tag]
            self._text = "• " if tag == "li" else ""
        elif tag == "span" and "caption" in (known.get("class") or "") and not self._text:
            self._end()
            self._kind = "P"
        elif tag in ("td", "th") and self._kind == "P":
            self._text = (
                f"{self._text.rstrip()}; " if self._text.strip() else ""
            ) + f"{known.get('data-label') or ''}: "
        elif tag == "dd" and self._text:
            self._text = f"{self._text.rstrip()}: "
        elif tag == "br":
            self._text += "\n" if self._kind == "Code" else " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._end()
            self._inside = False
        elif tag in SILENT:
            self._silent -= 1
        elif not self._silent and ((tag in KINDS and tag != "dt") or tag == "dd"):
            self._end()

    def handle_data(self, data: str) -> None:
        if self._inside and not self._silent and self._kind:
            self._text += data

    def _end(self) -> None:
        text = self._text.strip("\n") if self._kind == "Code" else " ".join(self._text.split())
        if text and text != "•":
            self.blocks.append(Block(self._kind, text))
        self._kind, self._text = "", ""


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page (HTML) that the hub made."""
    reader = _Reader()
    reader.feed(page)
    return reader.blocks
