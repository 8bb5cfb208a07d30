"""A product that a run changed is as it was before, but for what others changed since."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.records import Product
from passerelle.sync.overlay import facts
from passerelle.sync.restoring import as_before, restored
from tests.commercetools.products.test_converging import differing
from tests.commercetools.products.workshop import full_products, products, workshop

relaxed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def test_any_change_of_any_product_is_taken_back() -> None:
    """Whatever a record says of it, complete or not: the shop holds again what it held."""
    with workshop() as shop:

        @relaxed
        @given(full_products(), products())
        def prove(before: Product, wrote: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, before)
            live = shop.live(sink, before)
            assert live is not None
            was = sink.record_of(live)
            shop.carry(sink, wrote)
            now = shop.live(sink, wrote)
            assert now is not None
            given_back = as_before(was, sink.record_of(now))
            assert given_back.left == ()
            if given_back.record is not None:
                shop.carry(sink, given_back.record)
            again = shop.live(sink, before)
            assert again is not None
            assert differing(sink.record_of(again), was) == {}

        prove()


def test_an_edit_since_is_theirs() -> None:
    """A text that a person wrote after the run stays; the rest of the run is taken back."""
    with workshop() as shop:

        @settings(relaxed, max_examples=15)
        @given(full_products())
        def prove(before: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, before)
            live = shop.live(sink, before)
            assert live is not None
            was = sink.record_of(live)
            wrote = Product(
                key=before.key, name={"en": "ours"}, tax_category="reduced", meta_title={"en": "ours"}
            )
            shop.carry(sink, wrote)
            shop.carry(sink, Product(key=before.key, name={"en": "theirs", "fr-FR": "leur"}))
            now = shop.live(sink, wrote)
            assert now is not None
            given_back = restored(
                sink, wrote=facts(wrote), complete=False, before=was, now=sink.record_of(now), live=now
            )
            assert given_back.left == ("name.en",)
            if given_back.record is not None:
                shop.carry(sink, given_back.record)
            again = shop.live(sink, before)
            assert again is not None
            expected = replace(was, name={"en": "theirs", "fr-FR": "leur"})
            assert differing(sink.record_of(again), expected) == {}
            assert was.name is not UNSET

        prove()
