"""`evpool check` tells of an umbrella review what a run would."""

import shutil

import pytest

from evpool.commands.check_umbrella import check_umbrella_review
from evpool.config import read_yaml
from tests.conftest import ROOT

SCHEMAS = ROOT / "workflow/schemas"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check a copy of the umbrella review after changing one of its files."""
    for name in ("config", "resources/umbrella", "resources/sci"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)

    def run(path=None, old="", new=""):
        if path:
            text = (tmp_path / path).read_text()
            assert old in text
            (tmp_path / path).write_text(text.replace(old, new, 1))
        config = read_yaml(ROOT / "config/config.yaml") | {"reviews": ["sci", "umbrella"]}
        return check_umbrella_review("umbrella", config, SCHEMAS)

    return run


def test_the_real_review_has_nothing_to_complain_about(check):
    findings = check()
    assert findings.problems == {}
    assert "rows set aside, review_not_included: 7" in findings.notes


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("config/reviews/umbrella.yaml", "column: reviews", "column: revews", "'reviews'?"),
        ("resources/umbrella/meta_analyses.csv", ",Asthma,", ",Asthmaa,", "'Asthma'?"),
        ("resources/umbrella/claims.csv", ",reviews,", ",reviewss,", "'reviews'?"),
        ("resources/umbrella/citations_demonstration.csv", ",2019,rat", ",2010,rat", "2010"),
        (
            "config/reviews/umbrella.yaml",
            "citations_demonstration.csv",
            "citations.csv",
            "overlap.table: there is no file resources/umbrella/citations.csv",
        ),
        ("resources/umbrella/doses.csv", "ma_id,", "maid,", "column 'ma_id' is missing"),
    ],
)
def test_a_fault_is_told(check, path, old, new, expected):
    told = "\n".join(f"{where}: {problem}" for where, problem in check(path, old, new).problems)
    assert expected in told
