"""The tests: one folder a layer, one module for each module with logic of its own."""
