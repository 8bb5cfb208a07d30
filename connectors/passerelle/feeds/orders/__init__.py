"""Which way does an order take? Out of the shop, to the ERP and others; and what is said of it, back."""
