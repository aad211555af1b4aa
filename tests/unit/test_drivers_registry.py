import pytest

from drivers import registry
from monitor.core.catalogue import CATALOGUE
from monitor.core.errors import RegistryError


@pytest.mark.parametrize("name", sorted(registry.MODELS))
def test_every_model_loads_under_its_name_with_channels_of_the_catalogue(name):
    model = registry.load(name)
    assert model.name == name
    assert set(model.channels) <= set(CATALOGUE)
    assert not all(source.optional for source in model.sources), "by nothing it must have is it known"


def test_unknown_name_offers_the_nearest():
    with pytest.raises(RegistryError, match="did you mean nonin-df"):
        registry.load("nonin_df2")


def test_name_like_nothing_lists_what_is_known():
    with pytest.raises(RegistryError, match="known are .*ble-blood-pressure, "):
        registry.load("zzz")


def test_name_claimed_twice_is_an_error():
    with pytest.raises(RegistryError, match="claimed twice: by a:B and by c:D"):
        registry.table([("x", "a:B"), ("x", "c:D")])


@pytest.mark.parametrize(
    "target", ["drivers.nowhere:MODEL", "drivers.registry:NOTHING", "drivers.registry:MODELS"]
)
def test_model_that_cannot_be_imported_is_named(target):
    with pytest.raises(RegistryError, match="'broken' cannot be loaded"):
        registry.load("broken", {"broken": target})
