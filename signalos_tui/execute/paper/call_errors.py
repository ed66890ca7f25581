"""What `last_error` says: the codes of calls that went well or failed, with the package's own texts.

They tell whether a call worked, not whether a trade was made: a refused trade is a successful call with a result code in its
answer (MQL5 Reference: last_error). Texts are those seen of the official package; it has longer ones for some causes.
"""

from __future__ import annotations

from signalos_tui.execute import constants as mt

Error = tuple[int, str]

LAST_ERRORS: dict[int, str] = {
    mt.RES_S_OK: "Success",
    mt.RES_E_FAIL: "Terminal: Call failed",
    mt.RES_E_INVALID_PARAMS: "Terminal: Invalid params",
    mt.RES_E_NO_MEMORY: "Terminal: No memory",
    mt.RES_E_NOT_FOUND: "Terminal: Not found",
    mt.RES_E_INVALID_VERSION: "Terminal: Invalid version",
    mt.RES_E_AUTH_FAILED: "Terminal: Authorization failed",
    mt.RES_E_UNSUPPORTED: "Terminal: Unsupported method",
    mt.RES_E_AUTO_TRADING_DISABLED: "Auto-Trading using Python API disabled in Terminal",
    mt.RES_E_INTERNAL_FAIL: "IPC call failed",
    mt.RES_E_INTERNAL_FAIL_SEND: "IPC send failed",
    mt.RES_E_INTERNAL_FAIL_RECEIVE: "IPC recv failed",
    mt.RES_E_INTERNAL_FAIL_INIT: "IPC initialize failed",
    mt.RES_E_INTERNAL_FAIL_CONNECT: "No IPC connection",
    mt.RES_E_INTERNAL_FAIL_TIMEOUT: "IPC timeout",
}


def error(code: int) -> Error:
    """A code with its text."""
    return code, LAST_ERRORS[code]


SUCCESS = error(mt.RES_S_OK)
FAILED = error(mt.RES_E_FAIL)
INVALID_PARAMS = error(mt.RES_E_INVALID_PARAMS)
NOT_FOUND = error(mt.RES_E_NOT_FOUND)
UNAUTHORIZED = error(mt.RES_E_AUTH_FAILED)
BROKEN_PIPE = error(mt.RES_E_INTERNAL_FAIL_RECEIVE)
NO_IPC = error(mt.RES_E_INTERNAL_FAIL_CONNECT)
TIMEOUT = error(mt.RES_E_INTERNAL_FAIL_TIMEOUT)
