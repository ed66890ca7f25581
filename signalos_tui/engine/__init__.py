"""The engine: the five stages joined into one pipeline that runs with or without anybody looking.

intake       published -> journal                         (collect)
reading      message -> reading -> decision -> intents    (decode, evaluate)
managing     intents and actions -> terminal              (execute)
watching     terminal -> what became of them, prices      (execute)
commanding   what front ends ask
engine       boot in the order of rule R10, then all of it under supervision
"""

from signalos_tui.engine.engine import Engine

__all__ = ["Engine"]
