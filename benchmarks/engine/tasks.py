"""The tasks of the benchmark, their goals, and which packages do a stated part of them."""

from dataclasses import dataclass, field

SUBSETS = 2**21 - 1


@dataclass(frozen=True)
class Task:
    """One analysis of the 21 studies.

    Attributes
    ----------
    name, label : str
    goal : float or None
        Least ratio of metafor's time to evpool's.
    whole : int
        Refits of the whole task, where it has a choice, else 1.
    part : dict of str to int
        Refits that a package does instead; its time is scaled up in proportion.
    rounds : int
        How often the packages take turns.
    """

    name: str
    label: str
    goal: float | None = None
    whole: int = 1
    part: dict = field(default_factory=dict)
    rounds: int = 15


TASKS = (
    Task("fit_reml", "one REML fit", 20),
    Task("fit_dl", "one DL fit"),
    Task("fit_pm", "one PM fit"),
    Task("leave_one_out_dl", "leave-one-out, DL", 100),
    Task("influence_reml", "influence diagnostics, REML", 100),
    Task(
        "permutations_dl",
        "5,000 permutations of a DL meta-regression",
        300,
        5000,
        {"metafor": 250, "PyMetaAnalysis": 100},
        rounds=7,
    ),
    Task(
        "gosh_dl",
        "all 2,097,151 subsets, DL",
        60,
        SUBSETS,
        {"metafor": 20_000, "PyMetaAnalysis": 200, "pymare": 1000, "statsmodels": 1000},
        rounds=5,
    ),
    Task(
        "gosh_reml",
        "all 2,097,151 subsets, REML",
        150,
        SUBSETS,
        {"metafor": 250, "PyMetaAnalysis": 200, "pymare": 100},
        rounds=3,
    ),
)
MEMORY_GOAL = 1024  # MiB
