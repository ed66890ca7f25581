"""Invented channels that never end: the product shown, exercised and tested without an account and without a network."""
