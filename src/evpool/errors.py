"""The errors evpool raises, beyond plain ValueError."""

import difflib
from dataclasses import dataclass


class ConvergenceError(RuntimeError):
    """An iterative estimator did not converge; the message says which and what to try."""


class UnknownNameError(ValueError):
    """A method, measure or column name that does not exist."""


@dataclass(frozen=True)
class Problem:
    """One cell that can't be used: where it is, what is wrong, how to mend it.

    `reason` is the ledger's code for rows that a review may set aside; None means that the input
    must be corrected.
    """

    line: int
    column: str
    value: object
    expected: str
    remedy: str
    reason: str | None = None
    who: str = ""

    @property
    def fault(self):
        """What is wrong with the cell; not its line, which a row inserted above it changes."""
        found = "is empty" if self.value in (None, "") else f"is {self.value!r}"
        return f"column {self.column!r} {found}: expected {self.expected}. {self.remedy}"

    def __str__(self):
        who = f" ({self.who})" if self.who else ""
        return f"row {self.line}{who}, {self.fault}"


class InputError(ValueError):
    """Input that cannot be used: every problem of a file, one per line."""

    def __init__(self, where, problems):
        self.where = str(where)
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{self.where}: {count} problem{'s' if count != 1 else ''}"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))


def closest(value, known):
    """Return ' Did you mean ...?' for the known name nearest to `value`, or an empty string."""
    folded = {str(name).casefold(): str(name) for name in known}
    match = difflib.get_close_matches(str(value).casefold(), folded, n=1)
    return f" Did you mean {folded[match[0]]!r}?" if match else ""


def unknown_name(argument, value, known):
    """Build the error for an unknown name, listing the known ones and the closest of them."""
    listed = ", ".join(str(name) for name in known)
    return UnknownNameError(
        f"{argument} must be one of {listed}; got {value!r}.{closest(value, known)}"
    )
