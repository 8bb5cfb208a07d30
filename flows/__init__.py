"""Flows: when to carry what. Thin Prefect flows over `passerelle.feeds`, unknown to it."""
