"""The Import API: resources as they shall be, taken now and imported later."""
