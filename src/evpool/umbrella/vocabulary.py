"""Names that tables spell differently: each printed spelling belongs to a declared name."""

import difflib
from dataclasses import dataclass

from evpool.errors import Problem, closest

ALIKE = 0.9  # two declared names this similar look like one name spelt twice


@dataclass(frozen=True)
class Vocabulary:
    """The declared names of one kind of thing.

    Attributes
    ----------
    kind : str
        The key of the review's config that declares it, e.g. 'diseases'.
    names : tuple of str
        In the declared order.
    meanings : dict of str to tuple of str
        Spelling, without case -> the names it stands for.
    """

    kind: str
    names: tuple
    meanings: dict

    def read(self, spelling):
        """Return the names that a spelling stands for; none if it is not declared."""
        return self.meanings.get(fold(spelling), ())

    def problem(self, row, column, spelling, reason=None):
        """Say that a spelling is not declared, and which name it could belong to."""
        near = self.nearest(spelling)
        if near:
            remedy = f"Did you mean {near!r}? If both are one, declare the spelling: "
            remedy += f"`{self.kind}: {{{near}: [{spelling}]}}`."
        else:
            remedy = f"Correct the cell, or declare it under `{self.kind}` in the review's config."
        expected = f"a name or spelling declared under `{self.kind}`"
        who = row.get("ma_id") or row.get("effect_id") or ""
        return Problem(row["line"], column, spelling, expected, remedy, reason, who)

    def nearest(self, spelling):
        """Return the declared name whose name or spelling is closest; empty if none is close."""
        match = difflib.get_close_matches(fold(spelling), self.meanings, n=1, cutoff=0.6)
        return self.meanings[match[0]][0] if match else ""


def fold(spelling):
    """Reduce a spelling to what tells names apart: no case, single spaces."""
    return " ".join(str(spelling).split()).casefold()


def vocabulary(kind, declared):
    """Build a vocabulary from a config section, name -> list of spellings."""
    meanings = {}
    for name, spellings in declared.items():
        for spelling in dict.fromkeys([fold(name), *map(fold, spellings)]):
            meanings[spelling] = (*meanings.get(spelling, ()), name)
    return Vocabulary(kind, tuple(declared), meanings)


def alike_names(kind, names):
    """Say which declared names look like one name spelt twice."""
    return [
        f"{kind}: {second!r} and {first!r} look like two spellings of one name. If they are, merge "
        f"them: `{first}: [{second}]`"
        for i, first in enumerate(names)
        for second in names[i + 1 :]
        if difflib.SequenceMatcher(None, fold(first), fold(second)).ratio() >= ALIKE
    ]


def unknown_choice(where, value, known):
    """Say that a config names something that does not exist, and what is closest to it."""
    listed = ", ".join(map(str, known))
    return f"{where} is {value!r}: expected one of {listed}.{closest(value, known)}"
