"""Tests of `bff.content`: what people of the business write."""
