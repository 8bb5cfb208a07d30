"""Addresses put together from encoded parts are the addresses that httpx reads from text."""

from urllib.parse import quote, urlencode

import httpx
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from passerelle.commercetools.http.addresses import below

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: text not in {".", ".."}
)


@given(TEXT, st.none() | st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3))
def test_parts_and_text_give_the_same_address(name: str, params: list[tuple[str, str]] | None) -> None:
    """Whatever an order number or a predicate holds, the bytes on the wire are those of httpx itself."""
    root = "https://api.example.com:8443/demo"
    path = f"orders/order-number={quote(name, safe='')}"
    query = urlencode(params, quote_via=quote) if params else None
    written = below(root, path, query)
    read = httpx.URL(written)
    assert f"https://{read.netloc.decode()}{read.raw_path.decode()}" == written
    assert str(URL(written, encoded=True)) == written
