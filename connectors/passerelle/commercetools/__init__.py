"""commercetools: how that shop is read, compared and written.

`Client` speaks HTTP; the sinks carry one kind of record each (`sync.protocols.Sink`); `OrderSource` and
`OrderDesk` are the way back; `load_model` and `ensure` set a project up.
"""

from typing import TYPE_CHECKING

from ..lazily import lazily

if TYPE_CHECKING:
    from .categories import CategorySink
    from .client import Client, RequestHook
    from .config import CommercetoolsConfig, Region, hosts
    from .correlation import correlated
    from .inventory import StockSink, stock_key
    from .model import ProjectModel, load_model
    from .order_sinks import OrderAckSink, ShipmentSink
    from .orders import OrderDesk, OrderWritten
    from .prices import PriceSink, price_key
    from .products import ProductSink, Publish
    from .retry import RetryPolicy
    from .setup import ensure
    from .source import OrderCursor, OrderPage, OrderSource
    from .transport import PooledTransport

__all__ = [
    "CategorySink",
    "Client",
    "CommercetoolsConfig",
    "OrderAckSink",
    "OrderCursor",
    "OrderDesk",
    "OrderPage",
    "OrderSource",
    "OrderWritten",
    "PooledTransport",
    "PriceSink",
    "ProductSink",
    "ProjectModel",
    "Publish",
    "Region",
    "RequestHook",
    "RetryPolicy",
    "ShipmentSink",
    "StockSink",
    "correlated",
    "ensure",
    "hosts",
    "load_model",
    "price_key",
    "stock_key",
]

__getattr__ = lazily(__name__)
