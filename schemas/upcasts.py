"""How an old version of a type becomes the newest. Every version that was ever in a log stays readable for ever.

An upcast takes the old payload's bytes and gives the newest type's tag with its facts; it raises msgspec's errors where
the payload is not of its own version. While version 1 of each type is the only one, there is none.
"""

from collections.abc import Callable
from types import MappingProxyType

from schemas.events import Facts

Upcast = Callable[[bytes], tuple[str, Facts]]

UPCASTS: MappingProxyType[str, Upcast] = MappingProxyType({})
