"""How central and peripherals of the radio pair: "Just Works", as cuffs without a screen do."""

from collections.abc import Callable

from bumble.pairing import PairingConfig, PairingDelegate

_KEYS = PairingDelegate.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY


def just_works(accepts: Callable[[], bool] = lambda: True) -> PairingConfig:
    """Return a bonding configuration without screen or keyboard; `accepts` is asked at each request."""
    delegate = PairingDelegate(local_initiator_key_distribution=_KEYS, local_responder_key_distribution=_KEYS)

    async def accept() -> bool:
        return accepts()

    delegate.accept = accept
    return PairingConfig(sc=True, mitm=False, bonding=True, delegate=delegate)
