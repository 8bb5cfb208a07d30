"""Any product with variants of its own becomes any other: the plan leads there, and back again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.records import Product
from passerelle.sync.restoring import as_before
from tests.commercetools.products.test_converging import differing, explicit, relaxed, says
from tests.commercetools.products.workshop import full_products, products, workshop


def modular(record: Product) -> Product:
    """The record without what this model does not have: embedded prices."""
    assert isinstance(record.variants, tuple)
    prices = () if record.variants_complete else UNSET
    variants = tuple(replace(one, prices=prices) for one in record.variants)
    return replace(record, price_mode="Standalone", variants=variants)


whole = full_products().map(modular)
some = products().map(modular)


def test_what_a_draft_makes_reads_back_as_its_record() -> None:
    """`record_of` is the inverse of the draft, every field of the record included."""
    with workshop("Modular") as shop:

        @relaxed
        @given(whole)
        def prove(record: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, record)
            live = shop.live(sink, record)
            assert live is not None
            assert differing(sink.record_of(live), record) == {}
            assert isinstance(record.variants, tuple)
            assert live.body["variants"][0]["sku"] == record.variants[0].sku

        prove()


def test_any_product_becomes_any_other_and_back() -> None:
    """The plan leads to what is wanted; what was read before leads back to it."""
    with workshop("Modular") as shop:

        @relaxed
        @given(whole, whole, st.sampled_from(["keep", "first"]), st.sampled_from(["keep", "always"]))
        def prove(before: Product, wanted: Product, master: str, publish: str) -> None:
            shop.clear()
            sink = shop.sink(master=master, publish=publish)
            shop.carry(sink, before)
            live = shop.live(sink, before)
            assert live is not None
            was = sink.record_of(live)
            shop.carry(sink, explicit(wanted))
            now = shop.live(sink, wanted)
            assert now is not None
            found = sink.record_of(now)
            shop.carry(sink, explicit(was))
            again = shop.live(sink, was)
            assert again is not None
            back = sink.record_of(again)

            assert differing(found, wanted) == {}
            assert isinstance(wanted.variants, tuple)
            if master == "first":
                assert now.body["variants"][0]["sku"] == wanted.variants[0].sku
            assert differing(back, was) == {}

        prove()


def test_what_a_record_does_not_say_stays() -> None:
    """After the plan of any partial record the shop says all that it says, and else what it said before."""
    with workshop("Modular") as shop:

        @relaxed
        @given(whole, some)
        def prove(before: Product, wanted: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, before)
            shop.carry(sink, wanted)
            live = shop.live(sink, wanted)
            assert live is not None
            says(sink.record_of(live), wanted, before)

        prove()


def test_any_change_of_any_product_is_taken_back() -> None:
    """Whatever a record says of it, complete or not: the shop holds again what it held."""
    with workshop("Modular") as shop:

        @relaxed
        @given(whole, some)
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
