"""Every scenario of the tables of this folder goes as written; scenario_table.py says how they are read."""

import pytest
import scenario_table

SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario.id}")
    for path in scenario_table.tables()
    for scenario in scenario_table.read(path)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario):
    scenario_table.play(scenario)
