"""Stage 3: a signal and the desk it meets become a decision.

Everything here is a pure function of its arguments: the same case gives the same decision live, in replay and in a test.
The engine calls the steps in this order: `symbols.resolve`, `draft.draft`, `sizing.size`, then `gate.judge` on the whole
`case.Case`; for updates `binding.bind`.
"""
