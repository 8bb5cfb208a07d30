"""Stores: shops within the shop, with their channels and assortments."""
