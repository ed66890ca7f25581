"""How a client and this server agree on an authorization key (core.telegram.org/mtproto/auth_key), the server's half.

The RSA key is our own and worth nothing; the prime is the one Telegram publishes, because clients know that it is a good one.
"""

from __future__ import annotations

import os
import struct
import time
from hashlib import sha1

import rsa
from telethon.crypto import AES
from telethon.crypto import rsa as client_rsa
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import TLObject, types
from telethon.tl.functions import ReqDHParamsRequest, ReqPqMultiRequest, SetClientDHParamsRequest

from tests.support.telegram.transport import Key

RSA = """\
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAnUfrKEIHAmLoD1GPYa1PTdCwkOIAg9lp6hRbVi2ZnlrwPX5s
94+RyoEHY6nEOdDcbCxArAepQ63eUl3cftB2reuLMHfUxJHnL0CpnFkSQ/AScqKw
4mttG+6IsbujOn3C+3+Q3A3oy0NzvUk0tNOolejw7JJLDIYqYuydFmenDvLYvtRs
cd1hqSxUnhD/n863lCG/JJ43BuTYRBjfa7QQfRIq+YN0qFLWMsx4VstRcHakfd1+
RCInhvtCj7LO90btpMeQ/Z2e8WrpStbez4tVAghnh1KU0nzkpbT3a+OdlJnhy+cg
8difK1HpF7iwGMX2lH/7Tl8iHZ/BHH5i5dXJrQIDAQABAoIBAAK0T+9oiipyidrQ
giHD5D9B0J/uMMHPWnkyPItHIU/wNMGwVBTKtE8bz6dQtm743JjdsajY60aekbf8
LZNnThU74evN5Lzfdiqjf2T3J6TprCzdXQFiUgU5qeRwuSyDS1WVczSHkX83XcM7
PZuhSvyXSk7Qo0ZhhUJByc6/8rXhQ4UtcoVpJ4VR+c6VKm9MoVNg5eu+k81OFV4x
zX0+KsPlajw3TmkyQqrKM4I6f7sXMZJYKPsVUY9ObQ98OHYiBpA5o1DOucZZ4ENu
vl0kZG0rOjqUOwrdmByE6pkOwHh0Gjl2q3idacME1pYnyHjR3Iz63Wd4LruGKkQK
aVHq+t0CgYEAy3rM9NNfSLb0DA5++t3kTbP3N+978siHU7bqHbl53QnFKlLRQQRf
R0cT7DT/wG/nfNnDIZH/0dTHGINbSKSphfbC3yQIHzRkBQiFOciQHhyzRYC2f+eB
cKjB6XoSwIJ9skqEEA8TeO50P9Mcgc0/pDJCCQptqHPglM4VKpaeMmsCgYEAxeB4
wvQXacJmR+tED+O8QqXCuvq95WaKlq2CXp7vRpCBXC6TzJGjxh0f0MdUtz8M7ANd
7UcQoqS2a7z2YU2cvzzts9qavkVSkbFcu1T1fyW/h1x0XbL/Qn963ZOb11wZykCH
XmkDdlGKA0cSDM7o3QtOBODxHH7g8wKyk8mg6kcCgYBzpQxdTNCHpCtZutdiPsAl
hVXI/ZwFZQC8jGXMlQB0prvfDQiOmiyIdxYUlh6QwUjgRWdIahDpsbOh8+3qgGM0
lwU0CuduzLjXv3rwV1PJOWiN5NRUJ0ACxnbG+jE0JjXIId+ivN7FSUjaiWJXR06X
RFURjFK8fXczO1j+RnIMlwKBgQDFHzxOQim80stfo/CWv7EA1+6opDdeewte1ZTF
PCFzs2sa8M+OABwdtU/HhXtQXYA68ZO1V5Er5VhQ9dqfzlhzbngCLqjvGVILD5wo
hpdVxb4KU8Ecwr9leGdmqrCaFwceI7B3DbhEOzB42WkS12DFK4jadVfcokzn6W0K
qtch6wKBgDG7ajz6LpDlFyz2/pttJbebpW9AQ9n2u3+xlnZ0c5+fbbljfajP4hEQ
eD9xvQ7k972Uhcf+cujqke6A90YG97v9OlBSu6aw+sX/OqIU5Smn75p25hKsDpZh
a37/3qZYKGcX2bMfbRRccBWiTyLAbyoMznOriimPqtRe5G7vHhao
-----END RSA PRIVATE KEY-----
"""

_PRIVATE = rsa.PrivateKey.load_pkcs1(RSA.encode())
PUBLIC = rsa.PublicKey(_PRIVATE.n, _PRIVATE.e).save_pkcs1().decode()

PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F"
    "48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
    "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
    "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754"
    "FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
    "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
GENERATOR = 3
_P, _Q = 1_229_739_323, 1_402_015_859
"""Two primes whose product the client factorizes; small, so that it takes no time."""


def trust_this_server() -> None:
    """Let Telethon accept this server's RSA key, as it accepts Telegram's."""
    client_rsa.add_key(PUBLIC, old=False)


def fingerprint() -> int:
    """What names the RSA key on the wire."""
    parts = (TLObject.serialize_bytes(client_rsa.get_byte_array(n)) for n in (_PRIVATE.n, _PRIVATE.e))
    value: int = struct.unpack("<q", sha1(b"".join(parts)).digest()[-8:])[0]
    return value


class Handshake:
    """One client's way to a key. `answer` each of its plain requests; `key` is set after the last one."""

    def __init__(self) -> None:
        self.key: Key | None = None
        self._server_nonce = int.from_bytes(os.urandom(16), "big", signed=True)
        self._secret = int.from_bytes(os.urandom(256), "big")
        self._new_nonce = 0

    def answer(self, request: object) -> TLObject:
        """The answer to one step. Raises ValueError: it is none."""
        match request:
            case ReqPqMultiRequest():
                pq = client_rsa.get_byte_array(_P * _Q)
                return types.ResPQ(request.nonce, self._server_nonce, pq, [fingerprint()])
            case ReqDHParamsRequest():
                return self._params(request)
            case SetClientDHParamsRequest():
                return self._done(request)
        raise ValueError(f"{type(request).__name__} is no step of a handshake")

    def _params(self, request: ReqDHParamsRequest) -> TLObject:
        sealed = int.from_bytes(request.encrypted_data, "big")
        opened = pow(sealed, _PRIVATE.d, _PRIVATE.n).to_bytes(255, "big")
        inner = types.PQInnerData.from_reader(_reader(opened[24:]))  # after the hash and the constructor's number
        self._new_nonce = inner.new_nonce
        answer = types.ServerDHInnerData(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            g=GENERATOR,
            dh_prime=client_rsa.get_byte_array(PRIME),
            g_a=client_rsa.get_byte_array(pow(GENERATOR, self._secret, PRIME)),
            server_time=int(time.time()),
        )
        plain = bytes(answer)
        plain = sha1(plain).digest() + plain
        plain += os.urandom(-len(plain) % 16)
        sealed_answer = AES.encrypt_ige(plain, *self._temporary())
        return types.ServerDHParamsOk(request.nonce, self._server_nonce, sealed_answer)

    def _done(self, request: SetClientDHParamsRequest) -> TLObject:
        plain = AES.decrypt_ige(request.encrypted_data, *self._temporary())
        inner = types.ClientDHInnerData.from_reader(_reader(plain[24:]))
        shared = pow(int.from_bytes(inner.g_b, "big"), self._secret, PRIME)
        self.key = Key(client_rsa.get_byte_array(shared))
        proof = self._new_nonce.to_bytes(32, "little", signed=True) + b"\x01" + self.key.aux
        digest = int.from_bytes(sha1(proof).digest()[4:20], "little", signed=True)
        return types.DhGenOk(request.nonce, self._server_nonce, digest)

    def _temporary(self) -> tuple[bytes, bytes]:
        key, iv = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return key, iv


def _reader(data: bytes) -> BinaryReader:
    return BinaryReader(data)
