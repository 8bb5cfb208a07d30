"""A small house on disk, made once; an order writer; a running SFTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from passerelle.retailer import House, Manifest, SftpServer, generate

OrderWriter = Callable[..., Path]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Three days of a house of 20 styles and 3 stores; do not write into it."""
    return generate(tmp_path_factory.mktemp("small") / "erp", seed=7, styles=20, stores=3, step="all")


@pytest.fixture(scope="session")
def full_house() -> House:
    """The house at its usual size."""
    return House.invent(seed=1)


@pytest.fixture
def write_orders(tmp_path: Path) -> OrderWriter:
    """Put an order file and its marker into in/commandes, written by hand as a partner would."""

    def write(
        sequence: int,
        orders: Sequence[tuple[str, Sequence[tuple[str, int, str]]]],
        *,
        count: int | None = None,
        total: str | None = None,
        marker: bool = True,
        name: str | None = None,
    ) -> Path:
        folder = tmp_path / "erp" / "in" / "commandes"
        folder.mkdir(parents=True, exist_ok=True)
        cents = 0
        parts = []
        for number, lines in orders:
            sum_of_order = sum(quantity * int(price.replace(",", "")) for _, quantity, price in lines)
            cents += sum_of_order
            items = "".join(
                f"<LIGNE><NO>{index:03d}</NO><REF>{number}-{index}</REF><SKU>{sku}</SKU><LIBELLE>Été</LIBELLE>"
                f"<QTE>{quantity}</QTE><PU>{price}</PU><MONTANT>{price}</MONTANT></LIGNE>\r\n"
                for index, (sku, quantity, price) in enumerate(lines, start=1)
            )
            parts.append(
                f"<COMMANDE><NUMERO>{number}</NUMERO><DATE>20261102</DATE><CLIENT/><LIVRAISON/>\r\n"
                f"<LIGNES>{items}</LIGNES><TOTAL>{sum_of_order // 100},{sum_of_order % 100:02d}</TOTAL>"
                "<DEVISE>EUR</DEVISE></COMMANDE>\r\n"
            )
        text = (
            '<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<FICHIER><ENTETE><FLUX>CMDWEB</FLUX>'
            f"<SEQUENCE>{sequence:05d}</SEQUENCE><DATE>20261102</DATE><HEURE>080000</HEURE></ENTETE>\r\n"
            + "".join(parts)
            + f"<PIED><NB_COMMANDES>{len(orders) if count is None else count}</NB_COMMANDES>"
            f"<TOTAL>{total or f'{cents // 100},{cents % 100:02d}'}</TOTAL></PIED></FICHIER>\r\n"
        )
        path = folder / (name or f"CMDWEB_{sequence:05d}_20261102.xml")
        path.write_bytes(text.encode("iso-8859-1"))
        if marker:
            path.with_suffix(".ok").touch()
        return path

    return write


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    """A running SFTP server with one file in it."""
    root = tmp_path_factory.mktemp("served") / "erp"
    root.mkdir()
    (root / "hello.txt").write_text("bonjour")
    (root.parent / "secret.txt").write_text("above the root")
    with SftpServer(root) as server:
        yield server
