"""Small measurements of parts of the BFF, each a script that prints its figures."""
