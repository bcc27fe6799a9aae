"""The providers. A new one is a module with an `Adapter`, and one line here."""

from __future__ import annotations

from udfs.contract import Adapter
from udfs.genius.adapter import GeniusAdapter
from udfs.opta.adapter import OptaAdapter
from udfs.sportradar.adapter import SportradarAdapter

ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter for adapter in (OptaAdapter(), SportradarAdapter(), GeniusAdapter())
}
