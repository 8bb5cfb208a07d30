"""Passerelle carries products, prices, stock and orders between a retailer's ERP files and its shop."""

__version__ = "0.1.0"

__all__ = ["__version__"]
