"""Fulfilment: where every piece of every order is, worked out from what was said about it. Pure, no I/O."""
