"""Variants as resources of their own: products of a project with the catalogue model Modular (beta)."""
