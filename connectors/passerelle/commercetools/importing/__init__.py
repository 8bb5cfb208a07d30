"""Import API: new resources by the twenty, taken now and imported later; the bulk door of this system."""
