"""The fault catalogue, row by row: each test is named after the row it shows (reference: reliability, section 2)."""
