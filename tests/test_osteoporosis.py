"""The osteoporosis review: its two printed effects give what the paper pools, from the Parquet."""

import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose

from tests.conftest import Project


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("osteoporosis"))
    targets = [f"results/osteoporosis/{name}.parquet" for name in ("audit", "mar/pooled", "ledger")]
    project.run(*targets, "--config", "reviews=[osteoporosis]")
    return [pq.ParquetFile(project / target).read().to_pylist() for target in targets]


def test_mineral_apposition_rate_is_reproduced(results):
    _, pooled, ledger = results
    (fit,) = [r for r in pooled if (r["analysis"], r["model"]) == ("overall", "random")]
    assert fit["tau2_method"] == "DL"
    found = [fit["estimate"], fit["ci_low"], fit["ci_high"]]
    assert_allclose(found, [8.88, 2.23, 15.53], rtol=0, atol=0.005)
    assert_allclose(100 * fit["i2"], 74, rtol=0, atol=0.5)
    # The effects are printed to two decimals, which moves tau^2 in the second.
    assert_allclose(fit["tau2"], 17.02, rtol=0, atol=0.01)
    assert ledger == []


def test_every_printed_number_of_it_is_reproduced_and_all_else_has_its_reason(results):
    audit = [row for row in results[0] if row["against"] == "data"]
    assert {row["claim_id"] for row in audit} == {f"ost_c{i:02d}" for i in range(1, 29)}
    own = [row for row in audit if row["outcome"] == "mar"]
    assert len(own) == 21
    assert {row["verdict"] for row in own} == {"reproduced"}
    rest = [row for row in audit if row["outcome"] != "mar"]
    assert {row["verdict"] for row in rest} == {"not_recomputable"}
    assert all(row["finding"] for row in rest)
