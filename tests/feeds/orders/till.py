"""A till: a project of the sandbox where customers order, and the workspace that exports to an ERP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from passerelle.commercetools import Client, CommercetoolsConfig, ProjectModel, ensure
from passerelle.feeds import RunOptions, RunReport, Settings, Workspace, run_feed
from passerelle.feeds.orders.delivery import OrderDelivery
from passerelle.feeds.orders.out import OrderExport
from passerelle.ledger import Step
from passerelle.retailer import Erp
from passerelle.sandbox import Sandbox
from passerelle.sandbox.config import ApiClient
from tests.sync.desk import MAPPINGS, open_ledger

MODEL = ProjectModel.model_validate({"channels": [{"key": "erp", "roles": ["OrderExport"]}]})


#: The shop's own checkout, besides us.
CHECKOUT = ApiClient(id="checkout", secret=SecretStr("checkout-secret"))


def euro(cents: int) -> dict[str, Any]:
    """An amount as it is written."""
    return {"currencyCode": "EUR", "centAmount": cents}


@dataclass
class Till:
    """One project and one ERP; orders are numbered from W-1."""

    home: Path
    sandbox: Sandbox
    project: str
    workspace: Workspace = field(init=False)
    placed: list[str] = field(default_factory=list)
    #: Who acts in the shop; without it we do, and our own changes are no news to us.
    checkout: ApiClient | None = None

    def __post_init__(self) -> None:
        self.erp = Erp(self.home / "erp")
        self.workspace = Workspace(
            Settings(
                home=self.home / "ours",
                mappings=MAPPINGS.parent,
                folder=self.home / "erp",
                order_lag=0,
                commercetools=CommercetoolsConfig(
                    project_key=self.project,
                    client_id=self.sandbox.client_id,
                    client_secret=self.sandbox.client_secret,
                    auth_url=self.sandbox.url,
                    api_url=self.sandbox.url,
                    concurrency=2,
                    # A sandbox that stands still for seconds is no call that is made again.
                    connect_timeout=60,
                ),
            )
        )
        self.workspace.home.mkdir(parents=True, exist_ok=True)

    @property
    def ledger_path(self) -> Path:
        """Where the ledger lies."""
        return self.workspace.home / "ledger.db"

    async def set_up(self) -> None:
        """Give the project its export channel, and us an empty ledger."""
        open_ledger(self.ledger_path).close()
        async with self.workspace.client() as client:
            await ensure(client, MODEL)

    def say(self, feed: str = "orders-out", **target: Any) -> None:
        """Let the mapping of a feed say this of the shop."""
        mapping = self.workspace.outgoing(feed)
        said = {**mapping.spec.target.get("commercetools", {}), **target}
        mapping.spec = mapping.spec.model_copy(update={"target": {"commercetools": said}})

    def place(self, *, paid: bool = True, number: str | None = "", pieces: int = 1, **changes: Any) -> str:
        """A customer orders; without a number when None. Gives the order's id in the shop."""
        number = f"W-{len(self.placed) + 1}" if number == "" else number
        draft = {
            "orderNumber": number,
            "totalPrice": euro(5990),
            "orderState": "Open",
            "paymentState": "Paid" if paid else "Pending",
            "country": "FR",
            "lineItems": [
                {
                    "name": {"fr-FR": "Chemise"},
                    "variant": {"sku": "S-1"},
                    "quantity": pieces,
                    "price": {"value": euro(5990)},
                }
            ],
            "shippingInfo": {
                "shippingMethodName": "Livraison à domicile",
                "price": euro(490),
                "shippingRate": {"price": euro(490)},
            },
            "shippingAddress": {"country": "FR", "lastName": "Quénard", "city": "Lyon"},
        }
        body = self.sandbox.control("POST", f"/{self.project}/orders", {**draft, **changes})
        self.placed.append(number or body["id"])
        return str(body["id"])

    async def act(self, number: str, *actions: dict[str, Any]) -> None:
        """Somebody does something to an order in the shop."""
        ours = self.workspace.settings.commercetools
        assert ours is not None
        theirs = {}
        if self.checkout is not None:
            theirs = {"client_id": self.checkout.id, "client_secret": self.checkout.secret}
        async with Client(ours.model_copy(update=theirs)) as client:
            body = await self.order(client, number)
            await client.update("orders", body["id"], body["version"], actions)

    async def order(self, client: Client, number: str) -> dict[str, Any]:
        """Read one order, by number or id."""
        where = number if "-" in number and len(number) == 36 else f"order-number={number}"
        body = await client.get(f"orders/{where}")
        assert body is not None
        return body

    async def marks(self) -> dict[str, list[str]]:
        """What the shop says about each order's export: the external ids, by number."""
        async with self.workspace.client() as client:
            return {
                str(body.get("orderNumber") or body["id"]): [info["externalId"] for info in body["syncInfo"]]
                for body in await client.query_all("orders", [None])
            }

    async def run(self, feed: str = "orders-out", **options: Any) -> RunReport:
        """Run one of the three feeds about orders."""
        return await run_feed(self.workspace, feed, RunOptions(**options))

    async def export(self) -> RunReport:
        """Export without a lease: a run that dies in this process leaves none behind."""
        mapping = self.workspace.outgoing("orders-out")
        with open_ledger(self.ledger_path) as ledger, self.workspace.folder() as root:
            run = ledger.runs.start("orders-out", mode="auto")
            report = RunReport(feed="orders-out", entity="order", run_id=run.id)
            delivery = OrderDelivery(ledger, mapping, report, root)
            export = OrderExport(
                ledger, mapping, RunOptions(), report, lambda _: None, delivery, lag=timedelta(0)
            )
            async with self.workspace.client() as client:
                await export.carry(client)
            ledger.runs.finish(run.id, report.outcome, {}, report.message)
        return report

    def close_dead_run(self) -> None:
        """What the next start does about a run whose process is gone."""
        with open_ledger(self.ledger_path) as ledger:
            for run in ledger.runs.last("orders-out", 10):
                if run.outcome is None:
                    ledger.runs.finish(run.id, "failed", {}, "interrupted")

    def forget(self) -> None:
        """Lose the ledger."""
        for path in self.workspace.home.glob("ledger.db*"):
            path.unlink()

    def step(self, number: str, step: str = "export") -> Step | None:
        """How far an order is."""
        with open_ledger(self.ledger_path) as ledger:
            return ledger.orders.step(number, step)

    def state(self, number: str, step: str = "export") -> str | None:
        """In which state a step is."""
        found = self.step(number, step)
        return None if found is None else found.state

    def taken(self) -> list[str]:
        """Let the ERP take what is there: the numbers, sorted, as orders of one millisecond have no order."""
        return sorted(order.number for order in self.erp.take_orders().orders)

    def files(self) -> list[str]:
        """The files that wait for the ERP."""
        return sorted(path.name for path in (self.home / "erp" / "in" / "commandes").iterdir())
