"""Tests of who is asking and what they may."""
