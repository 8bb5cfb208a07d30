"""May many new records go in by a second door? Chosen by cost, claimed first, looked after until done."""
