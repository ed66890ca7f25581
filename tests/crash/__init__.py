"""Real processes, killed at every write and every call: nothing lost, nothing doubled, everything settled."""
