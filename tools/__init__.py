"""What the Makefile needs beyond one command."""
