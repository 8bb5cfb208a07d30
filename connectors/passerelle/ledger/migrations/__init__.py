"""Migrations of the ledger, run by `upgrading`."""
