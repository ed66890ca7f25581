"""The process that stands beside a MetaTrader 5 terminal and is the only one to speak with it.

supervisor   `serving` owns the socket: `listening`, `clients`, `outbox`, `executors`, `sending`, `guards`, `intents`
worker       `worker` owns the vendor's module in its main thread; it may hang, and is killed then: `pipe`, `calling`, `keeping`

An order goes: is the intent known (`intents`) -> guards -> insert, on disk -> call -> record -> answer. Whatever is killed in
between, no intent is ever called twice (reference: reliability R6).
"""
