"""A counter: a till whose orders are answered by everybody, in files as the example mappings read them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

from passerelle.feeds import RunReport, Workspace
from passerelle.ledger import OrderLife
from passerelle.sandbox import Sandbox
from tests.sync.desk import MAPPINGS, open_ledger

from .till import Till, euro

__all__ = ["Counter", "Lines"]

Lines = Sequence[tuple[str, int]]
Json = dict[str, Any]

#: How an order reaches its customer, by the name of its shipping method, and how the shop shows it.
TARGET = """\
target:
  commercetools:
    kinds: [delivery, ship_from_store, click_and_collect, reservation]
    reading:
      kinds:
        - {kind: click_and_collect, shipping_methods: [Retrait]}
        - {kind: reservation, shipping_methods: [Reservation]}
    shows:
      custom: {type: order-life, pickup_code: pickupCode, documents: documents}
      states:
        {ordered: s-open, confirmed: s-open, allocated: s-placed, preparing: s-work, ready: s-ready,
         shipped: s-sent, delivered: s-there, collected: s-there, cancelled: s-gone, returning: s-back,
         returned: s-back}
"""
STATES = ("s-open", "s-placed", "s-work", "s-ready", "s-sent", "s-there", "s-gone", "s-back")
TYPE = {
    "key": "order-life",
    "name": {"en": "What became of it"},
    "resourceTypeIds": ["order"],
    "fieldDefinitions": [
        {"name": "pickupCode", "label": {"en": "Code"}, "required": False, "type": {"name": "String"}},
        {
            "name": "documents",
            "label": {"en": "Documents"},
            "required": False,
            "type": {"name": "Set", "elementType": {"name": "String"}},
        },
    ],
}


class Counter(Till):
    """A till with mappings of its own; `sequence` numbers every file that comes in."""

    def __init__(self, home: Path, sandbox: Sandbox, project: str) -> None:
        super().__init__(home, sandbox, project)
        mappings = home / "mappings"
        if not mappings.is_dir():
            shutil.copytree(MAPPINGS, mappings)
            (mappings / "orders-out.yaml").write_text(_orders_out(), encoding="utf-8")
        self.workspace = Workspace(self.workspace.settings.model_copy(update={"mappings": mappings}))
        self._sequences = count(1)

    async def set_up(self) -> None:
        """Give the project what it shows orders with."""
        await super().set_up()
        async with self.workspace.client() as client:
            for key in STATES:
                await client.create("states", {"key": key, "type": "LineItemState", "initial": True})
            await client.create("types", TYPE)

    async def order_of(
        self, *lines: tuple[str, int], method: str = "Domicile", authorised: bool = False
    ) -> str:
        """A customer orders so many pieces of SKUs at 10 euros each, it leaves, and the ERP takes it.

        The order is paid, or its money is only `authorised`.
        """
        number = f"W-{len(self.placed) + 1}"
        self.placed.append(number)
        drafts = [
            {
                "name": {"fr-FR": sku},
                "variant": {"sku": sku},
                "quantity": quantity,
                "price": {"value": euro(1000)},
            }
            for sku, quantity in lines
        ]
        async with self.workspace.client() as client:
            body = await client.create(
                "orders/import",
                {
                    "orderNumber": number,
                    "totalPrice": euro(1000 * sum(quantity for _, quantity in lines)),
                    "paymentState": "Paid",
                    "lineItems": drafts,
                    "shippingInfo": {
                        "shippingMethodName": method,
                        "price": euro(0),
                        "shippingRate": {"price": euro(0)},
                    },
                    "shippingAddress": {"country": "FR", "lastName": "Quénard"},
                },
            )
            if authorised:
                total = body["totalPrice"]["centAmount"]
                transaction = {"type": "Authorization", "amount": euro(total), "state": "Success"}
                payment = await client.create(
                    "payments", {"amountPlanned": euro(total), "transactions": [transaction]}
                )
                action = {"action": "addPayment", "payment": {"typeId": "payment", "id": payment["id"]}}
                await client.update("orders", body["id"], body["version"], [action])
        report = await self.run("orders-out")
        assert report.outcome == "succeeded", report
        self.erp.take_orders()
        return number

    # What everybody says.

    async def acknowledged(self, number: str, status: str = "A", erp_number: str = "C-1") -> RunReport:
        """The ERP answers an order."""
        return await self._xml(
            "order-acks",
            "out/acquittements",
            "ACQCMD",
            f"<ACQUITTEMENT><NUMERO>{number}</NUMERO><STATUT>{status}</STATUT>"
            f"<NUMERO_ERP>{erp_number}</NUMERO_ERP><MOTIF>stock</MOTIF></ACQUITTEMENT>",
        )

    async def shipped(
        self, number: str, key: str, lines: Lines, *parcels: str, day: str = "20261102"
    ) -> RunReport:
        """The warehouse says what left, in which parcels."""
        goods = "".join(f"<LIGNE><SKU>{sku}</SKU><QTE>{pieces}</QTE></LIGNE>" for sku, pieces in lines)
        boxes = "".join(
            f"<COLI><NO>{place}</NO><TRANSPORTEUR>GLS</TRANSPORTEUR><SUIVI>{tracking}</SUIVI></COLI>"
            for place, tracking in enumerate(parcels, 1)
        )
        return await self._xml(
            "shipments",
            "out/expeditions",
            "EXPED",
            f"<EXPEDITION><NUMERO_BL>{key}</NUMERO_BL><NUMERO>{number}</NUMERO><DATE>{day}</DATE>"
            f"<LIGNES>{goods}</LIGNES><COLIS>{boxes}</COLIS></EXPEDITION>",
        )

    def ship_file(self, number: str, key: str) -> None:
        """The warehouse says that all left in one parcel; nobody reads it yet."""
        sequence = next(self._sequences)
        record = (
            f"<EXPEDITION><NUMERO_BL>{key}</NUMERO_BL><NUMERO>{number}</NUMERO><DATE>20261102</DATE><LIGNES>"
            "<LIGNE><SKU>S-1</SKU><QTE>1</QTE></LIGNE></LIGNES><COLIS><COLI><NO>1</NO><TRANSPORTEUR>GLS"
            "</TRANSPORTEUR><SUIVI>T-1</SUIVI></COLI></COLIS></EXPEDITION>"
        )
        path = self.home / "erp" / "out" / "expeditions" / f"EXPED_{sequence:05d}_20261102.xml"
        path.write_text(_document(sequence, record), encoding="iso-8859-1")
        path.with_suffix(".ok").touch()

    def bury(self, feed: str) -> None:
        """What the next start does about a run whose process is gone."""
        with open_ledger(self.ledger_path) as ledger:
            for run in ledger.runs.last(feed, 10):
                if run.outcome is None:
                    ledger.plans.drop(run.id)
                    ledger.runs.finish(run.id, "failed", {}, "interrupted")

    async def event(
        self,
        number: str,
        kind: str,
        ref: str,
        *,
        at: str = "2026-11-02T10:00:00",
        lines: Lines = (),
        **says: str,
    ) -> RunReport:
        """The ERP or the warehouse says one thing; names as the XML has them, `COLIS__NO` for one below."""
        nodes: dict[str, str] = {}
        for name, text in says.items():
            outer, _, inner = name.partition("__")
            value = escape(text)
            nodes[outer] = nodes.get(outer, "") + (f"<{inner}>{value}</{inner}>" if inner else value)
        goods = "".join(f"<LIGNE><SKU>{sku}</SKU><QTE>{pieces}</QTE></LIGNE>" for sku, pieces in lines)
        body = "".join(f"<{name}>{text}</{name}>" for name, text in nodes.items())
        return await self._xml(
            "order-messages",
            "out/evenements",
            "EVTCMD",
            f"<EVENEMENT><NUMERO>{number}</NUMERO><TYPE>{kind}</TYPE><REF>{ref}</REF><QUAND>{at}</QUAND>"
            f"{body}{f'<LIGNES>{goods}</LIGNES>' if goods else ''}</EVENEMENT>",
        )

    async def store(
        self,
        number: str,
        kind: str,
        ref: str,
        lines: Lines,
        *,
        at: str = "2026-11-02T10:00:00",
        store: str = "101",
        code: str = "",
        until: str = "",
        returned: str = "",
        grade: str = "",
    ) -> RunReport:
        """A store says one thing."""
        head = "COMMANDE;EVENEMENT;REFERENCE;QUAND;MAGASIN;CODE_RETRAIT;JUSQU_AU;RETOUR;ETAT;MOTIF;SKU;QTE"
        rows = [
            f"{number};{kind};{ref};{at};{store};{code};{until};{returned};{grade};;{sku};{pieces}"
            for sku, pieces in lines
        ]
        return await self._drop(
            "store-messages", "out/magasins", "MAGCMD_{:05d}_20261102.csv", "\n".join([head, *rows]) + "\n"
        )

    async def carrier(self, number: str, parcel: str, code: str, at: str, shipment: str = "") -> RunReport:
        """The carrier says where a parcel is."""
        event = {"order": number, "parcel": parcel, "carrier": "GLS", "code": code, "at": at}
        if shipment:
            event["shipment"] = shipment
        text = json.dumps({"events": [event]})
        return await self._drop("carrier-events", "out/transporteur", "SUIVI_20261102_{:05d}.json", text)

    async def received(self, file: str, status: str = "OK") -> RunReport:
        """The ERP says that it has a file of ours, or cannot read it."""
        text = f"FICHIER;STATUT;QUAND;MOTIF\n{file};{status};2026-11-02T09:05:00;\n"
        return await self._drop("order-receipts", "out/receptions", "RECCMD_{:05d}_20261102.csv", text)

    async def _xml(self, feed: str, folder: str, name: str, record: str) -> RunReport:
        sequence = next(self._sequences)
        text = _document(sequence, record)
        return await self._drop(feed, folder, name + "_{:05d}_20261102.xml", text, sequence)

    async def _drop(
        self, feed: str, folder: str, pattern: str, text: str, sequence: int | None = None
    ) -> RunReport:
        path = self.home / "erp" / folder / pattern.format(sequence or next(self._sequences))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="iso-8859-1" if path.suffix == ".xml" else "utf-8")
        path.with_suffix(".ok").touch()
        # Each feed has numbers of its own, and here they come from one count: a gap is no loss.
        return await self.run(feed, override_guard="one count of files for all feeds")

    # What everybody sees.

    def life(self, number: str) -> OrderLife:
        """Everything that the ledger knows of an order."""
        with open_ledger(self.ledger_path) as ledger:
            found = ledger.order_book.life(number)
        assert found is not None
        return found

    def pieces(self, number: str) -> dict[str, int]:
        """How many pieces of an order are in which state."""
        counts: dict[str, int] = {}
        for piece in self.life(number).pieces:
            counts[piece.unit.state] = counts.get(piece.unit.state, 0) + 1
        return counts

    def owed(self, number: str) -> list[str]:
        """Which kinds of requests were opened for an order."""
        return sorted(one.request.kind for one in self.life(number).requests)

    async def shown(self, number: str) -> Json:
        """The order as the shop has it."""
        async with self.workspace.client() as client:
            return await self.order(client, number)

    async def states(self, number: str) -> dict[str, int]:
        """Pieces in the shop by the State that they are in."""
        async with self.workspace.client() as client:
            names = {body["id"]: body["key"] for body in await client.query_all("states", [None])}
            body = await self.order(client, number)
        counts: dict[str, int] = {}
        for line in body["lineItems"]:
            for one in line["state"]:
                name = names[one["state"]["id"]]
                counts[name] = counts.get(name, 0) + one["quantity"]
        return {name: pieces for name, pieces in counts.items() if pieces}


@cache
def _orders_out() -> str:
    """The example's mapping; the counter's own target takes the place of its."""
    example = yaml.safe_load((MAPPINGS / "orders-out.yaml").read_text(encoding="utf-8"))
    return yaml.safe_dump(example | yaml.safe_load(TARGET), allow_unicode=True, sort_keys=False)


def _document(sequence: int, record: str) -> str:
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<FICHIER><ENTETE><SEQUENCE>{sequence:05d}'
        f"</SEQUENCE></ENTETE>\n{record}\n<PIED><NB_LIGNES>1</NB_LIGNES></PIED></FICHIER>"
    )
