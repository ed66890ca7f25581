"""The journal: durability, order, refusals, damage, and the questions asked of it."""
