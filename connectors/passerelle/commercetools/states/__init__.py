"""States: the steps through which products, orders and line items go."""
