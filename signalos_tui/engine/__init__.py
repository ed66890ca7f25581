"""The engine: the five stages joined into one pipeline that runs with or without anybody looking.

intake       published -> journal                         (collect)
reading      message -> reading -> decision -> intents    (decode, evaluate)
managing     intents and actions -> terminal              (execute)
by_rule      targets and prices -> actions, by the owner's rules
watching     terminal -> what became of them, prices      (execute)
seconding    what the rules hold -> a second reader, beside the pipeline
commanding   what front ends ask
engine       boot in the order of rule R10, then all of it under supervision
"""

from signalos_tui.engine.engine import Engine
from signalos_tui.engine.seconding import Reader

__all__ = ["Engine", "Reader"]
