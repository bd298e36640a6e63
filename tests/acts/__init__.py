"""Tests of acting: the worker that is killed."""
