"""The documents of the front ends as they stand in `operations/`, run for each profile; and the tools for them."""
