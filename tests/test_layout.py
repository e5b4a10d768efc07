"""Whoever knows a rule's name finds its script, its function and its test."""

import ast
import importlib
import re
from graphlib import TopologicalSorter

import pytest

from tests.conftest import ROOT

RULES = sorted(
    name
    for path in (ROOT / "workflow/rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
)


def test_the_rules_are_found():
    assert len(RULES) >= 14


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_script_a_function_and_a_test_of_its_name(rule):
    script = ROOT / "workflow/scripts" / f"{rule}.py"
    assert f"evpool.steps.{rule}" in script.read_text()
    assert callable(getattr(importlib.import_module(f"evpool.steps.{rule}"), rule))
    assert (ROOT / "tests/steps" / f"test_{rule}.py").is_file()


@pytest.mark.parametrize("rule", RULES)
def test_a_script_is_short_and_reads_no_config(rule):
    text = (ROOT / "workflow/scripts" / f"{rule}.py").read_text()
    assert len(text.splitlines()) <= 60
    assert "snakemake.config" not in text


def test_every_rule_carries_the_digest_of_the_library():
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            assert "library=LIBRARY" in rule
            assert "log:" in rule
            assert len(rule.splitlines()) <= 42


def test_the_rules_of_an_outcome_and_of_a_review_go_to_a_cluster_together():
    rules = {}
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for text in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            rules[text.split(":")[0]] = text
    for name, text in rules.items():
        log = re.search(r'log:\n\s+"(.*)"', text)[1]
        if "{outcome}" in log:
            assert 'group:\n        "outcome"' in text, name
        elif "{review}" in log and name != "record_config":
            assert 'group:\n        "review"' in text, name


def test_nothing_outside_plots_imports_matplotlib_and_nothing_imports_pandas():
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        assert not re.search(r"^\s*(import|from) (pandas|scipy\.stats)", text, re.MULTILINE), path
        if path.parent.name != "plots":
            assert "matplotlib" not in re.sub(r'""".*?"""', "", text, flags=re.DOTALL), path


def test_only_the_command_line_pays_for_its_looks():
    # A job imports the library: it must not load a terminal's toolkit.
    for path in (ROOT / "src/evpool").rglob("*.py"):
        if path.name != "cli.py":
            text = path.read_text()
            assert not re.search(
                r"^\s*(import|from) (typer|rich|evpool\.cli\b)", text, re.MULTILINE
            )


MODULES = {
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "src/evpool").rglob("*.py")
}


def imports(path):
    """Return the modules of evpool that a file takes something from, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{name.name}" for name in node.names}
            found |= inside if inside <= MODULES.keys() else inside | {node.module}
    return found & (MODULES.keys() - {"evpool"})


def room(module):
    return ".".join(module.split(".")[:2])


def test_no_two_modules_import_each_other_and_no_two_rooms():
    modules, rooms = {}, {}
    for module, path in MODULES.items():
        modules[module] = imports(path)
        rooms.setdefault(room(module), set()).update(map(room, modules[module]))
    assert len(modules) > 150
    TopologicalSorter(modules).prepare()
    TopologicalSorter({name: own - {name} for name, own in rooms.items()}).prepare()


def test_only_what_the_whole_project_shares_stands_outside_a_room():
    assert {path.stem for path in (ROOT / "src/evpool").glob("*.py")} == {
        *("__init__", "cells", "cli", "columns", "config", "errors", "history", "labels"),
        *("load_reviews", "run_lock", "run_signals", "tables"),
    }
