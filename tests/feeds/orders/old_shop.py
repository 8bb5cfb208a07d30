"""An old shop: a till whose shop also gets the orders of before, by the example mapping."""

from __future__ import annotations

from passerelle.feeds import RunOptions, RunReport
from passerelle.feeds.incoming.run import IncomingRun
from passerelle.feeds.jobs import job_for
from passerelle.ledger import PlacedElsewhere
from tests.sync.desk import open_ledger

from .beside import TillBeside

__all__ = ["FEED", "OldShop", "old_order"]

FEED = "old-orders"


def old_order(number: str = "1", *, total: str = "124.70", **more: str) -> str:
    """Write an order of two shirts and a voucher of five euros; `more` takes the place of a part."""
    parts = {
        "PASSEE_LE": "2024-03-01T10:30:00",
        "CLIENT": "<EMAIL>client@example.com</EMAIL>",
        "LIVRAISON": "<NOM>Quénard</NOM><RUE>rue Neuve</RUE><CP>69001</CP><VILLE>Lyon</VILLE><PAYS>FR</PAYS>",
        "PORT": "<MODE>Colis</MODE><PRIX>4.90</PRIX><TVA>0.20</TVA>",
        "TOTAL": total,
        "HT": "103.92",
        "TVA": "20.78",
        "ETAT": "LIVREE",
        "LIGNES": "<LIGNE><SKU>S-1</SKU><LIBELLE>Chemise</LIBELLE><GENRE>ARTICLE</GENRE><QTE>2</QTE>"
        "<PRIX>62.40</PRIX><TAUX>0.20</TAUX></LIGNE>"
        "<LIGNE><LIBELLE>Bon d'achat</LIBELLE><GENRE>REMISE</GENRE><QTE>1</QTE><PRIX>-5.00</PRIX>"
        "<TAUX>0.20</TAUX></LIGNE>",
    }
    body = "".join(f"<{name}>{text}</{name}>" for name, text in {**parts, **more}.items())
    return f"<COMMANDE><NUMERO>{number}</NUMERO>{body}</COMMANDE>"


class OldShop(TillBeside):
    """A till with the orders of an old shop beside its own."""

    feed = FEED
    example = "placed-orders/old-shop.yaml"
    folder, name, root = "reprise", "REPRISE", "REPRISE"

    async def carry(self) -> RunReport:
        """Carry what is there without a lease: a run that dies in this process leaves none behind."""
        options, mapping = RunOptions(), self.workspace.incoming(FEED)
        with open_ledger(self.ledger_path) as ledger, self.workspace.folder() as root:
            run = ledger.runs.start(FEED, mode="auto")
            report = RunReport(feed=FEED, entity=mapping.entity, run_id=run.id)
            async with self.workspace.client() as client:
                job = job_for(self.workspace, mapping, client, ledger, report, options, lambda _: None)
                await IncomingRun(self.workspace, job, options, report).carry(root)
            ledger.plans.drop(run.id)
            ledger.runs.finish(run.id, report.outcome, {}, report.message)
        return report

    def imports(self) -> int:
        """How many calls asked the shop to take an order."""
        path = f"/{self.project}/orders/import"
        log = self.sandbox.control("GET", "/log")
        return sum(call["path"] == path and call["method"] == "POST" for call in log)

    def theirs(self, number: str) -> PlacedElsewhere | None:
        """What the ledger says of an order that was placed elsewhere."""
        with open_ledger(self.ledger_path) as ledger:
            return ledger.placed_orders.get(number)
