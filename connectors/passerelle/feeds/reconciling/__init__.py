"""Do shop, ledger and ERP agree about their orders? Compared day by day, and what sets them right."""
