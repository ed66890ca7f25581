"""Stage 1: what people publish, as messages. Exports, demo channels and scripts stand behind one protocol."""
