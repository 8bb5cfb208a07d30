"""commercetools: how that shop is read, compared and written.

`Client` speaks HTTP; the sinks carry one kind of record each (`sync.protocols.Sink`); `OrderSource` and
`OrderDesk` are the way back; `load_model` and `ensure` set a project up.
"""

from typing import TYPE_CHECKING

from ..lazily import lazily

if TYPE_CHECKING:
    from .categories.sink import CategorySink
    from .channels.sink import ChannelSink
    from .customer_groups.sink import CustomerGroupSink
    from .http.budget import (
        Allowance,
        Budget,
        CallLimits,
        CallPart,
        CallSlice,
        LocalBudget,
        fair_share,
        sliced,
    )
    from .http.calling import RequestHook, Usage
    from .http.client import Client
    from .http.config import CommercetoolsConfig, Hosts, Region, hosts
    from .http.correlation import correlated
    from .http.import_host import ImportHost
    from .http.retry import RetryPolicy
    from .http.scopes import Need, needs_of
    from .http.transport import PooledTransport
    from .importing.door import ImportDoor
    from .inventory.settings import StockSettings
    from .inventory.sink import StockSink, stock_key
    from .order_edits.desk import EditPreview, OrderEditDesk
    from .order_edits.sink import OrderEditSink
    from .order_imports.settings import OrderImportSettings
    from .order_imports.sink import OrderImportSink
    from .orders.creations import OrderCursor
    from .orders.desk import OrderDesk, OrderWritten
    from .orders.source import OrderPage, OrderSource
    from .orders.unheard import Unheard, unheard_orders
    from .prices.settings import PriceSettings
    from .prices.sink import PriceSink, price_key
    from .product_selections.sink import ProductSelectionSink
    from .product_types.sink import ProductTypeSink
    from .products.sink import ProductSink, Publish
    from .project.model import ProjectModel, load_model
    from .project.preflight import Finding, Wants, examine
    from .project.setup import SetupStep, ensure, plan_setup
    from .states.sink import StateSink
    from .stores.sink import StoreSink
    from .tax_categories.sink import TaxCategorySink
    from .types.sink import CustomTypeSink

__all__ = [
    "Allowance",
    "Budget",
    "CallLimits",
    "CallPart",
    "CallSlice",
    "CategorySink",
    "ChannelSink",
    "Client",
    "CommercetoolsConfig",
    "CustomTypeSink",
    "CustomerGroupSink",
    "EditPreview",
    "Finding",
    "Hosts",
    "ImportDoor",
    "ImportHost",
    "LocalBudget",
    "Need",
    "OrderCursor",
    "OrderDesk",
    "OrderEditDesk",
    "OrderEditSink",
    "OrderImportSettings",
    "OrderImportSink",
    "OrderPage",
    "OrderSource",
    "OrderWritten",
    "PooledTransport",
    "PriceSettings",
    "PriceSink",
    "ProductSelectionSink",
    "ProductSink",
    "ProductTypeSink",
    "ProjectModel",
    "Publish",
    "Region",
    "RequestHook",
    "RetryPolicy",
    "SetupStep",
    "StateSink",
    "StockSettings",
    "StockSink",
    "StoreSink",
    "TaxCategorySink",
    "Unheard",
    "Usage",
    "Wants",
    "correlated",
    "ensure",
    "examine",
    "fair_share",
    "hosts",
    "load_model",
    "needs_of",
    "plan_setup",
    "price_key",
    "sliced",
    "stock_key",
    "unheard_orders",
]

__getattr__ = lazily(__name__)
