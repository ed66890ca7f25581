"""The process that stands beside a MetaTrader 5 terminal and is the only one to speak with it.

supervisor   `serving` joins the parts: `listening` and `local` (the door), `clients` and `outbox` (a connection), `executors`
             (who may trade), `sending`, `guards` and `intents` (an order), `lock` (one gateway an account)
worker       `worker` owns the vendor's module, or `paper`, in its main thread; it may hang, and is killed then: `pipe`, `calling`
             and `keeping` are the supervisor's side of it

An order goes: is the intent known (`intents`) -> guards -> insert, on disk -> call -> record -> answer. Whatever is killed in
between, no intent is ever called twice (reference: reliability R6).
"""
