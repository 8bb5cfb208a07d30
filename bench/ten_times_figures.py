"""What the reckoning of `ten_times` begins with: figures that were measured, published, or assumed."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ASSUMED", "MEASURED", "PUBLISHED", "Figure"]


class Figure(NamedTuple):
    """A number, its unit, and where it is from: a workload of bench/, an address, or a reason."""

    value: float
    unit: str
    source: str


#: On two shared cores, 22 November 2026. CPU is told, since it is steadier there than time.
MEASURED = {
    "rows": Figure(102_802, "stock records of 12 fields a CPU second, unchanged", "stock"),
    "product": Figure(274, "µs of CPU a product of six variants, known", "calls: 1.37 s for 5,000"),
    "update": Figure(611, "µs of CPU an update, whole run, 100 connections", "rates"),
    "call": Figure(471, "µs of CPU a call, of these", "rates"),
    "share": Figure(0.72, "of connections / latency is reached, 100 at 50 ms", "rates: 1,443 of 2,000/s"),
    "product_calls": Figure(10.8, "calls a 1,000 products, one in a hundred changed", "calls"),
    "order": Figure(3.94, "ms of CPU an order from the shop to the file, marked", "orders-out"),
    "message": Figure(2.95, "ms of CPU a message of the ERP, to the order in the shop", "orders-out"),
    "order_calls": Figure(1.002, "calls an order from collected to marked", "order-calls.md"),
    "answer_calls": Figure(1.01, "calls a message that is told on the order", "order-calls.md"),
    "memory": Figure(138, "MB peak of a process that sends 20,000 updates", "rates"),
    "stock_bytes": Figure(503, "bytes of ledger a stock record, PostgreSQL", "ledger-size"),
    "product_bytes": Figure(627, "bytes of ledger a product, PostgreSQL", "ledger-size"),
    "order_bytes": Figure(11_394, "bytes of ledger an order with its messages, PostgreSQL", "ledger-size"),
}  # fmt: skip

#: The largest figure of each kind that we found published of a retailer of fashion; not all of one house.
PUBLISHED = {
    "articles": Figure(
        300_000,
        "articles on offer in a season (Zalando)",
        "https://global.handelsblatt.com/companies/zalando-fashion-empire-germany-ecommerce-890899",
    ),
    "stores": Figure(
        5_692,
        "stores, January 2024 (Inditex)",
        "https://nl.marketscreener.com/koers/aandeel/INDITEX-16943135/nieuws/Inditex-Onweerstaanbaar-Inditex-46221871/",
    ),
    "orders_year": Figure(
        261_000_000,
        "orders in 2022 (Zalando)",
        "https://de.statista.com/infografik/22526/umsatz-und-anzahl-der-bestellungen-bei-zalando",
    ),
    "orders_minute": Figure(
        7_500,
        "orders in the strongest minute of the Cyber Week 2020 (Zalando)",
        "https://www.manager-magazin.de/unternehmen/handel/"
        "7500-bestellungen-pro-minute-zalando-gewinnt-in-cyberweek-eine-million-neukunden-"
        "a-b14d9ef8-9e90-4ce3-8218-26730ef2e52c",
    ),
    "friday_minutes": Figure(
        2_000_000 / 4_200,
        "minutes of the peak make the whole Black Friday: 2,000,000 orders, 4,200 at the peak (Zalando 2018)",
        "https://kapitalmarktexperten.de/"
        "zalando-meldet-rekordbestellungen-zum-black-friday-aktie-duerfte-leicht-hoeher-starten",
    ),
}  # fmt: skip

#: What nobody publishes. Each may be given another value: `python -m bench.ten_times --help`.
ASSUMED = {
    "variants": Figure(6, "SKUs an article", "as in our workload of products"),
    "range": Figure(5_000, "SKUs that a store has", "some 800 articles in their sizes"),
    "sold": Figure(900, "pieces that a store sells on the day", "one a minute for fifteen hours"),
    "lines": Figure(2.5, "pieces an order", "orders of clothes have two or three"),
    "repriced": Figure(0.2, "of all prices change at midnight", "a sale on a fifth of the range"),
    "countries": Figure(2, "prices a SKU", "two price lists that differ; others follow"),
    "messages": Figure(4, "messages an order that the shop shows", "accepted, shipped, delivered, invoiced"),
    "look": Figure(60, "s until a feed looks again", "schedules of a minute; prefect.yaml has five and ten"),
    "latency": Figure(0.05, "s until the shop answers, in the middle", "as in our workloads"),
}  # fmt: skip
