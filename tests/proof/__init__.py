"""The proof of the send protocol: simulated worlds, real kills, the ambiguity matrix, mutants, failing disks (docs/proof.md)."""
