"""Stage 4: from a decision to orders and positions, through one terminal port."""
