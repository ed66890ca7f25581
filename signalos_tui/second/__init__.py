"""A language model as second reader, optional: it is asked about what the rules hold, and can do nothing but answer.

`ModelReader` is the door. Behind it: the prompt, the endpoint's shape, the wire, the answer's schema, its proof from the text,
the comparison. Whatever a hostile text makes a model say, what comes out is an `Opinion` made of that text's own numbers.
"""

from signalos_tui.second.reader import ModelReader

__all__ = ["ModelReader"]
