"""An ERP that changes orders before picking: a till with the feed of its changes, by the example mapping."""

from __future__ import annotations

from passerelle.feeds import RunOptions, RunReport
from passerelle.feeds.approving import Planned, apply_decided, plan_feed
from passerelle.feeds.jobs import job_for
from passerelle.ledger import KeptEdit, OrderLife
from passerelle.sync import apply_stored, decide
from tests.sync.desk import open_ledger

from .beside import TillBeside
from .till import euro

__all__ = ["FEED", "ChangingErp", "change", "line"]

FEED = "order-edits"


def line(sku: str = "S-1", pieces: int = 1, price: str = "") -> str:
    """Write one line as it is to be."""
    return f"<LIGNE><SKU>{sku}</SKU><QTE>{pieces}</QTE><PRIX>{price}</PRIX></LIGNE>"


def change(document: str = "M-1", *lines: str, number: str = "W-1", delivery: str = "") -> str:
    """Write one change of an order; one piece of S-1 when no line is given."""
    body = "".join(lines or (line(),))
    return (
        f"<MODIFICATION><NUMERO>{number}</NUMERO><DOCUMENT>{document}</DOCUMENT><MOTIF>rupture</MOTIF>"
        f"<LIGNES>{body}</LIGNES><LIVRAISON>{delivery}</LIVRAISON></MODIFICATION>"
    )


class ChangingErp(TillBeside):
    """A till whose ERP changes orders."""

    feed = FEED
    example = "order-edits/erp-changes.yaml"
    folder, name, root = "modifications", "MODCMD", "FICHIER"

    async def sold(self, pieces: int = 2) -> None:
        """A customer ordered two pieces at 59.90 and freight of 4.90, and the ERP has the order."""
        self.place(pieces=pieces, totalPrice=euro(5990 * pieces + 490))
        await self.run()
        self.taken()

    async def plan(self) -> Planned:
        """Plan what waits."""
        return await plan_feed(self.workspace, FEED)

    async def approve(self, planned: Planned) -> RunReport:
        """A person looked at a plan and wants it."""
        assert planned.plan is not None, planned.report
        return await apply_decided(self.workspace, str(planned.plan.id), by="Quénard", reason="seen")

    async def carry(self, planned: Planned) -> RunReport:
        """Apply an approved plan without a lease: a run that dies in this process leaves none behind."""
        assert planned.plan is not None, planned.report
        mapping = self.workspace.incoming(FEED)
        with open_ledger(self.ledger_path) as ledger:
            found = ledger.decisions.named(str(planned.plan.id))
            approved = decide(ledger, found, approve=True, by="Quénard", reason="seen")
            run = ledger.runs.start(FEED, mode="apply")
            report = RunReport(feed=FEED, entity=mapping.entity, run_id=run.id)
            async with self.workspace.client() as client:
                job = job_for(self.workspace, mapping, client, ledger, report, RunOptions(), lambda _: None)
                await apply_stored(job, report, approved)
            ledger.runs.finish(run.id, report.outcome, {}, report.message)
        return report

    async def shown(self, number: str = "W-1") -> tuple[int, int]:
        """Pieces of the first line and the total in cents, as the shop has them."""
        async with self.workspace.client() as client:
            body = await self.order(client, number)
        return body["lineItems"][0]["quantity"], body["totalPrice"]["centAmount"]

    def edits(self, number: str = "W-1") -> list[KeptEdit]:
        """What the ledger says of the edits of an order."""
        with open_ledger(self.ledger_path) as ledger:
            return ledger.order_edits.of(number)

    def life(self, number: str = "W-1") -> OrderLife:
        """What the ledger knows of an order."""
        with open_ledger(self.ledger_path) as ledger:
            found = ledger.order_book.life(number)
        assert found is not None
        return found

    def asked(self, number: str = "W-1") -> set[str]:
        """What others are asked for about an order, by kind, where it is still to be asked."""
        return {one.request.kind for one in self.life(number).requests if one.state == "pending"}
