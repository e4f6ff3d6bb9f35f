"""Where in a note do the names of its own record's people stand, in any order, by initials, with one misspelling?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.lexicon import SMALL
from hub.depersonalise.ordinary import is_ordinary
from hub.depersonalise.own_words import FUZZY_FROM, LONG_NAME, LONGEST_NAME, Own
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span
from hub.depersonalise.spelling import bones, one_edit


def find_own_names(read: Note, own: Own) -> Iterator[Span]:
    """Own names; a name that is also a word counts where its case or its company says that it is a name."""
    words, bits, shapes = read.words, read.bits, read.shapes
    letters = {n[0] for n in own.names}
    names, loud, last = own.names, read.casing == reading.UPPER_ONLY, len(words) - 1
    todo = [i for i, (word, rare) in enumerate(zip(words, read.rare, strict=True)) if rare or word in names]
    for i in todo:
        word, subject = words[i], names.get(words[i])
        if shapes[i] == reading.DIGITS:
            continue
        end = i
        if subject is None:
            if "'" in word:
                subject = names.get(lx.bare(word)) or names.get(word.replace("'", "")) or _piece(word, names)
            elif word in lx.MONONYMS and i < last and read.starts[i + 1] - read.ends[i] <= 1:
                subject = names.get(word + lx.bare(words[i + 1]))
                end = i + 1 if subject is not None else i
            elif len(word) == 1:
                subject, end = _dotted(read, i, own.initials)
            elif len(word) <= 3 and shapes[i] == reading.UPPER and not loud and not bits[i] & (lx.KNOWN | lx.FUNCTION):
                subject = own.initials.get(word)
            if subject is None and len(word) >= FUZZY_FROM - 1 and not bits[i] & lx.NO_MISSPELLING:
                subject = _nearly(word, bits[i], own, shapes[i])
        elif not _meant_as_name(read, i, names):
            subject = None
        if subject is not None:
            to = _with_initial_after(read, end, letters, own.fronts)
            if to == read.ends[end] and words[end].endswith("'s"):
                to -= 2
            yield Span(_with_initial(read, i, letters, own.fronts), to, "PERSON", 1.0, "own.name", subject)


def _piece(word: str, names: Mapping[str, str]) -> str | None:
    return next((names[p] for p in word.split("'") if len(p) > 2 and p in names), None)


def _dotted(read: Note, i: int, initials: Mapping[str, str]) -> tuple[str | None, int]:
    """`K.B.` and `K B` of a person K… B…; letters run together only where they are capitals."""
    run = [read.words[i]]
    at = i
    while at + 1 < len(read.words) and len(read.words[at + 1]) == 1 and len(run) < 4 and (
            read.text[read.ends[at] : read.starts[at + 1]] in (".", " ", ". ", "/")):  # fmt: skip
        at += 1
        run.append(read.words[at])
    if len(run) < 2 or not all(read.text[read.starts[j]].isupper() for j in range(i, at + 1)):
        return None, i
    subject = initials.get("".join(run))
    return (subject, at) if subject else (None, i)


def _meant_as_name(read: Note, i: int, names: Mapping[str, str]) -> bool:
    bits, shape = read.bits[i], read.shapes[i]
    if bits & lx.WORD and i + 1 < len(read.words) and read.bits[i + 1] & lx.STREET and read.gaps[i + 1] == " " and (
            read.shapes[i + 1] == shape == reading.TITLE and read.words[i + 1] not in names):  # fmt: skip
        return False  # `Long Lane`
    if not bits & (lx.FUNCTION | lx.WORD | lx.KEEP) or (
        len(read.words[i]) > 4 and not bits & (lx.FUNCTION | lx.COMMON)
    ):
        return True  # the record says that it is a name: only words met everywhere need company
    beside = any(
        0 <= j < len(read.words) and (read.words[j] in names or read.bits[j] & lx.TITLE) for j in (i - 1, i + 1)
    )
    if beside:
        return True
    if bits & lx.FUNCTION:
        start = i == 0 or read.text[read.ends[i - 1] : read.starts[i]].strip() != ""
        after = read.bits[i + 1] if i + 1 < len(read.words) else 0
        acts = bool(after & lx.DOES) and not after & lx.FUNCTION
        return read.casing == reading.PROSE and shape == reading.TITLE and (not start or acts)
    if read.casing != reading.PROSE or shape != reading.LOWER:
        return True
    if i and read.bits[i - 1] & (lx.CUE | lx.RANK):
        return True
    # in prose a sentence begins with a capital, unless somebody's name is written small
    starts = i == 0 or read.text[read.ends[i - 1] : read.starts[i]].strip()[-1:] in (".", "!", "?", ":")
    return starts and i + 1 < len(read.words) and bool(read.bits[i + 1] & lx.DOES)


def _with_initial(read: Note, i: int, letters: set[str], fronts: set[str]) -> int:
    """Where a name begins, an initial before it included, or the person's own run together: `JP Hart`."""
    if i and read.words[i - 1] in fronts and _run_together(read, i - 1) and read.gaps[i] == " ":
        return read.starts[i - 1]
    while (
        i
        and len(read.words[i - 1]) == 1
        and (
            read.shapes[i - 1] == reading.TITLE or (read.casing == reading.LOWER_ONLY and read.words[i - 1] in letters)
        )
        and read.text[read.ends[i - 1] : read.starts[i]] in (" ", ".", ". ")
        and not (i > 1 and read.shapes[i - 2] == reading.DIGITS and not read.gaps[i - 1])
    ):
        i -= 1
    return read.starts[i]


def _run_together(read: Note, i: int) -> bool:
    """Capitals run together that are no rank or title: `JP`."""
    return len(read.words[i]) > 1 and read.shapes[i] == reading.UPPER and not read.bits[i] & (
        lx.RANK | lx.TITLE | lx.CUE | lx.FUNCTION)  # fmt: skip


def _with_initial_after(read: Note, i: int, letters: set[str], fronts: set[str]) -> int:
    nxt = i + 1
    if nxt < len(read.words) and read.gaps[nxt] in (" ", ", ") and (
        (read.words[nxt] in fronts and _run_together(read, nxt)) or (read.words[nxt] in letters & {"a", "i"} and read.shapes[nxt] == reading.TITLE and read.casing == reading.PROSE)):  # fmt: skip
        return read.ends[nxt]
    if read.casing == reading.LOWER_ONLY and nxt < len(read.words) and read.words[nxt] in letters - {"a", "i"} and read.text[
            read.ends[i] : read.starts[nxt]] == " ":  # fmt: skip
        return read.ends[nxt]
    if nxt < len(read.words) and len(read.words[nxt]) == 1 and read.shapes[nxt] == reading.TITLE and not (
            nxt + 1 < len(read.words) and read.shapes[nxt + 1] == reading.DIGITS and not read.gaps[nxt + 1]) and read.text[
            read.ends[i] : read.starts[nxt]] in (" ", ", ") and (
            read.words[nxt] not in ("a", "i") or read.text[read.ends[nxt] : read.ends[nxt] + 1] in (".", ")")):  # fmt: skip
        return read.ends[nxt]
    return read.ends[i]


def _nearly(word: str, bits: int, own: Own, shape: int) -> str | None:
    """The person whose name this unknown word is but for one letter, or for its vowels, or holds inside."""
    word = lx.bare(word)
    if bits & lx.NO_MISSPELLING or (own.lexicon is SMALL and is_ordinary(word)):
        return None
    if bits & lx.MAYBE_WORD and shape == reading.LOWER:
        return None
    size = len(word)
    if size <= LONGEST_NAME:
        for length in (size, size + 1, size - 1):
            for name in own.lengths.get(length, ()):
                if one_edit(word, name) or (size >= LONG_NAME and word == name[1:]):
                    return own.names[name]
    if size > LONG_NAME:
        sound = bones(word) if size <= LONGEST_NAME else ""
        for name, of_name in own.bones.items():
            if name in word or (len(sound) > 2 and of_name == sound):
                return own.names[name]
    return None
