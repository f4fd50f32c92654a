from enum import Enum
from typing import NamedTuple

class SOCKS5AuthMethod(bytes, Enum):
    NO_AUTH_REQUIRED = b"\x00"
    GSSAPI = b"\x01"
    USERNAME_PASSWORD = b"\x02"
    NO_ACCEPTABLE_METHODS = b"\xff"

class SOCKS5Command(bytes, Enum):
    CONNECT = b"\x01"
    BIND = b"\x02"
    UDP_ASSOCIATE = b"\x03"

class SOCKS5AType(bytes, Enum):
    IPV4_ADDRESS = b"\x01"
    DOMAIN_NAME = b"\x03"
    IPV6_ADDRESS = b"\x04"

class SOCKS5ReplyCode(bytes, Enum):
    SUCCEEDED = b"\x00"
    GENERAL_SERVER_FAILURE = b"\x01"
    CONNECTION_NOT_ALLOWED_BY_RULESET = b"\x02"
    NETWORK_UNREACHABLE = b"\x03"
    HOST_UNREACHABLE = b"\x04"
    CONNECTION_REFUSED = b"\x05"
    TTL_EXPIRED = b"\x06"
    COMMAND_NOT_SUPPORTED = b"\x07"
    ADDRESS_TYPE_NOT_SUPPORTED = b"\x08"

class SOCKS5AuthMethodsRequest(NamedTuple):
    methods: list[SOCKS5AuthMethod]
    def dumps(self) -> bytes: ...

class SOCKS5AuthReply(NamedTuple):
    method: SOCKS5AuthMethod
    @classmethod
    def loads(cls, data: bytes) -> SOCKS5AuthReply: ...

class SOCKS5UsernamePasswordRequest(NamedTuple):
    username: bytes
    password: bytes
    def dumps(self) -> bytes: ...

class SOCKS5UsernamePasswordReply(NamedTuple):
    success: bool
    @classmethod
    def loads(cls, data: bytes) -> SOCKS5UsernamePasswordReply: ...

class SOCKS5CommandRequest(NamedTuple):
    command: SOCKS5Command
    atype: SOCKS5AType
    addr: bytes
    port: int
    def dumps(self) -> bytes: ...

class SOCKS5Reply(NamedTuple):
    reply_code: SOCKS5ReplyCode
    atype: SOCKS5AType
    addr: str
    port: int
    @classmethod
    def loads(cls, data: bytes) -> SOCKS5Reply: ...
