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
    words, shapes = read.words, read.shapes
    letters = {n[0] for n in own.names}
    names, loud = own.names, read.casing == reading.UPPER_ONLY
    todo = [i for i, (word, rare) in enumerate(zip(words, read.rare, strict=True)) if rare or word in names]
    for i in todo:
        if shapes[i] == reading.DIGITS:
            continue
        subject, end = names.get(words[i]), i
        if subject is None:
            subject, end = _other_form(read, i, own, loud=loud)
        elif not _meant_as_name(read, i, names):
            subject = None
        if subject is not None:
            to = _with_initials_after(read, end, letters, own)
            if to == read.ends[end] and words[end].endswith("'s"):
                to -= 2
            yield Span(_with_initial(read, i, letters, own), to, "PERSON", 1.0, "own.name", subject)


def _other_form(read: Note, i: int, own: Own, *, loud: bool) -> tuple[str | None, int]:
    """Whose name a word is, that is none as the record has it, and its last token."""
    word, names, words = read.words[i], own.names, read.words
    follows = read.gaps[i + 1] if i + 1 < len(words) else "\n\n"
    if "'" in word:
        found = names.get(lx.bare(word)) or names.get(word.replace("'", "")) or _piece(word, names)
        if found is not None:
            return found, i
    elif len(follows) <= 1 and (word in lx.MONONYMS or (len(word) > 2 and follows in (" ", "-"))):
        found = names.get(word + lx.bare(words[i + 1]))
        if found is not None:
            return found, i + 1
    if len(word) == 1:
        return _dotted(read, i, own)
    if (
        len(word) <= 3
        and read.shapes[i] == reading.UPPER
        and not loud
        and _may_be_initials(read, i)
        and word in own.initials
    ):
        return own.initials[word], i
    if len(word) >= FUZZY_FROM - 1 and not read.bits[i] & lx.NO_MISSPELLING:
        found = _nearly(word, read.bits[i], own, read.shapes[i])
        if found is not None:
            return found, i
    short = lx.bare(word)
    return (own.short_of(short) if len(short) > 2 and _may_be_short(read, i) else None), i


def _may_be_initials(read: Note, i: int) -> bool:
    """Capitals that are no known abbreviation and no head of a code (`LS9`); three of them may spell a word."""
    if i + 1 < len(read.words) and read.shapes[i + 1] == reading.DIGITS and not read.gaps[i + 1]:
        return False
    return not read.bits[i] & (
        lx.FUNCTION | (lx.KNOWN - lx.WORD - lx.MAYBE_WORD | lx.COMMON if len(read.words[i]) > 2 else lx.KNOWN)
    )


def _may_be_short(read: Note, i: int) -> bool:
    """Is a word that a name may be cut to meant so? An ordinary word needs a capital that no sentence's beginning explains."""
    bits, shape = read.bits[i], read.shapes[i]
    if bits & (lx.NO_MISSPELLING - lx.WORD | lx.PLACE):
        return False
    if not bits & (lx.WORD | lx.MAYBE_WORD):
        return shape != reading.LOWER or len(read.words[i]) > 3 or bool(bits & lx.GIVEN)
    if shape != reading.TITLE or read.casing != reading.PROSE:
        return False
    after = read.bits[i + 1] if i + 1 < len(read.words) else 0
    begins = i == 0 or read.gaps[i].strip() != "" or "\n" in read.gaps[i]
    return not begins or bool(after & lx.DOES)


def _piece(word: str, names: Mapping[str, str]) -> str | None:
    return next((names[p] for p in word.split("'") if len(p) > 2 and p in names), None)


SMALL_INITIALS = frozenset("am pm eg ie na ca pa".split())
"""What small letters with full stops stand for: no one's initials."""


def _dotted(read: Note, i: int, own: Own) -> tuple[str | None, int]:
    """`K.B.` and `K B` of a person K… B…; letters run together only where they are capitals."""
    if i + 1 < len(read.words) and len(read.words[i + 1]) > 1:
        return None, i
    run = [read.words[i]]
    at = i
    while at + 1 < len(read.words) and len(read.words[at + 1]) == 1 and len(run) < 4 and (
            read.text[read.ends[at] : read.starts[at + 1]] in (".", " ", ". ", "/")):  # fmt: skip
        at += 1
        run.append(read.words[at])
    made = "".join(run)
    small = made not in SMALL_INITIALS and all(read.gaps[j] == "." for j in range(i + 1, at + 1))
    if len(run) < 2 or not (small or all(read.text[read.starts[j]].isupper() for j in range(i, at + 1))):
        return None, i
    subject = own.initials.get(made)
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
    if not starts or i + 1 >= len(read.words):
        return False
    after = read.bits[i + 1]  # `brown brought in by ambulance`, `junior (dob …`, `junior henry attended`
    return (
        bool(after & (lx.DOES | lx.ACTS)) or read.gaps[i + 1] == " (" or bool(after & lx.NAME and not after & lx.WORD)
    )


def _with_initial(read: Note, i: int, letters: set[str], own: Own) -> int:
    """Where a name begins, an initial before it included, or the person's own run together: `JP Hart`."""
    if i and read.gaps[i] == " " and _run_together(read, i - 1) and read.words[i - 1] in own.fronts:
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


def _with_initials_after(read: Note, i: int, letters: set[str], own: Own) -> int:
    """Where a name ends, initials behind it included: `Hart, J.P.`."""
    end = _with_initial_after(read, i, letters, own)
    at = i + 1
    while end != read.ends[i] and at + 1 < len(read.words) and len(read.words[at + 1]) == 1 and (
        read.gaps[at + 1] in (".", "-") and read.shapes[at + 1] == reading.TITLE):  # fmt: skip
        at += 1
        end = read.ends[at]
    return end


def _with_initial_after(read: Note, i: int, letters: set[str], own: Own) -> int:
    nxt = i + 1
    if nxt < len(read.words) and read.gaps[nxt] in (" ", ", ") and (
        (_run_together(read, nxt) and read.words[nxt] in own.fronts) or (read.words[nxt] in letters & {"a", "i"} and read.shapes[nxt] == reading.TITLE and read.casing == reading.PROSE)):  # fmt: skip
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
    if bits & lx.MAYBE_WORD and shape == reading.LOWER and (len(word) < FUZZY_FROM or bits & lx.OFTEN):
        return None
    size = len(word)
    if size <= LONGEST_NAME:
        near = [name for name in own.long if -2 < len(name) - size < 2]
        for length in (size, size + 1, size - 1) if near else ():
            for name in near:
                if len(name) == length and (one_edit(word, name) or (size >= LONG_NAME and word == name[1:])):
                    return own.names[name]
    if size >= LONG_NAME:
        for name in own.long:
            if name in word or (name[0] == word[0] and size <= LONGEST_NAME and len(bones(word)) > 2
                                and bones(name) == bones(word)):  # fmt: skip
                return own.names[name]
    return None
