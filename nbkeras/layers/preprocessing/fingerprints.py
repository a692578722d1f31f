"""64-bit fingerprints of byte strings: FarmHash and SipHash, and their combination.

The numbers equal those of TensorFlow, so that a saved model maps a word to the same
bin. Sources: Pike and Alakuijala, *FarmHash* (2014), Fingerprint64; Aumasson
and Bernstein, "SipHash: a fast short-input PRF" (2012), 2 and 4 rounds.
"""

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MUL = 0xC6A4A7935BD1E995


def farmhash(data: bytes) -> int:
    """FarmHash's Fingerprint64 of `data`, an integer below 2**64.

    >>> farmhash(b"hello") % 1000
    296
    """
    size = len(data)
    if size <= 16:
        return _up_to_16(data, size)
    if size <= 32:
        return _up_to_32(data, size)
    if size <= 64:
        return _up_to_64(data, size)
    return _beyond_64(data, size)


def siphash(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 of `data` under a key of two integers, below 2**64."""
    k0, k1 = (part & _MASK for part in key)
    state = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) & 0xFF])
    for start in range(0, whole, 8):
        _absorb(state, int.from_bytes(data[start : start + 8], "little"))
    _absorb(state, int.from_bytes(last, "little"))
    state[2] ^= 0xFF
    for _ in range(4):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def combined(first: int, second: int) -> int:
    """Combine two fingerprints into one, depending on their order."""
    result = first ^ _MUL
    result ^= _shift_mix(second * _MUL & _MASK) * _MUL & _MASK
    result = result * _MUL & _MASK
    result = _shift_mix(result) * _MUL & _MASK
    return _shift_mix(result)


def _absorb(state, word):
    state[3] ^= word
    _round(state)
    _round(state)
    state[0] ^= word


def _round(state):
    a, b, c, d = state
    a = (a + b) & _MASK
    b = _left(b, 13) ^ a
    a = _left(a, 32)
    c = (c + d) & _MASK
    d = _left(d, 16) ^ c
    a = (a + d) & _MASK
    d = _left(d, 21) ^ a
    c = (c + b) & _MASK
    b = _left(b, 17) ^ c
    state[:] = a, b, _left(c, 32), d


def _left(value, places):
    return (value << places | value >> (64 - places)) & _MASK


def _right(value, places):
    value &= _MASK
    return (value >> places | value << (64 - places)) & _MASK


def _shift_mix(value):
    value &= _MASK
    return value ^ value >> 47


def _word(data, start, size=8):
    return int.from_bytes(data[start : start + size], "little")


def _mixed(u, v, mul):
    a = (u ^ v) * mul & _MASK
    a ^= a >> 47
    b = (v ^ a) * mul & _MASK
    b ^= b >> 47
    return b * mul & _MASK


def _up_to_16(data, size):
    mul = (_K2 + size * 2) & _MASK
    if size >= 8:
        a, b = (_word(data, 0) + _K2) & _MASK, _word(data, size - 8)
        c = (_right(b, 37) * mul + a) & _MASK
        d = (_right(a, 25) + b) * mul & _MASK
        return _mixed(c, d, mul)
    if size >= 4:
        first, last = _word(data, 0, 4), _word(data, size - 4, 4)
        return _mixed(size + (first << 3), last, mul)
    if size == 0:
        return _K2
    y = data[0] + (data[size >> 1] << 8)
    z = size + (data[size - 1] << 2)
    return _shift_mix(y * _K2 & _MASK ^ z * _K0 & _MASK) * _K2 & _MASK


def _up_to_32(data, size):
    mul = (_K2 + size * 2) & _MASK
    a, b = _word(data, 0) * _K1 & _MASK, _word(data, 8)
    c, d = _word(data, size - 8) * mul & _MASK, _word(data, size - 16) * _K2 & _MASK
    u = (_right(a + b, 43) + _right(c, 30) + d) & _MASK
    v = (a + _right(b + _K2, 18) + c) & _MASK
    return _mixed(u, v, mul)


def _up_to_64(data, size):
    mul = (_K2 + size * 2) & _MASK
    a, b = _word(data, 0) * _K2 & _MASK, _word(data, 8)
    c, d = _word(data, size - 8) * mul & _MASK, _word(data, size - 16) * _K2 & _MASK
    y = (_right(a + b, 43) + _right(c, 30) + d) & _MASK
    z = _mixed(y, (a + _right(b + _K2, 18) + c) & _MASK, mul)
    e, f = _word(data, 16) * mul & _MASK, _word(data, 24)
    g = (y + _word(data, size - 32)) * mul & _MASK
    h = (z + _word(data, size - 24)) * mul & _MASK
    u = (_right(e + f, 43) + _right(g, 30) + h) & _MASK
    v = (e + _right(f + a, 18) + g) & _MASK
    return _mixed(u, v, mul)


def _beyond_64(data, size):
    x, y = 81, (81 * _K1 + 113) & _MASK
    z = _shift_mix(y * _K2 + 113) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(data, 0)) & _MASK
    for start in range(0, (size - 1) // 64 * 64, 64):
        x = _right(x + y + v[0] + _word(data, start + 8), 37) * _K1 & _MASK
        y = _right(y + v[1] + _word(data, start + 48), 42) * _K1 & _MASK
        x ^= w[1]
        y = (y + v[0] + _word(data, start + 40)) & _MASK
        z = _right(z + w[0], 33) * _K1 & _MASK
        v = _weak(data, start, v[1] * _K1, x + w[0])
        w = _weak(data, start + 32, z + w[1], y + _word(data, start + 16))
        z, x = x, z
    mul, start = (_K1 + ((z & 0xFF) << 1)) & _MASK, size - 64
    w = ((w[0] + ((size - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x = _right(x + y + v[0] + _word(data, start + 8), 37) * mul & _MASK
    y = _right(y + v[1] + _word(data, start + 48), 42) * mul & _MASK
    x ^= w[1] * 9 & _MASK
    y = (y + v[0] * 9 + _word(data, start + 40)) & _MASK
    z = _right(z + w[0], 33) * mul & _MASK
    v = _weak(data, start, v[1] * mul, x + w[0])
    w = _weak(data, start + 32, z + w[1], y + _word(data, start + 16))
    z, x = x, z
    u = (_mixed(v[0], w[0], mul) + _shift_mix(y) * _K0 + z) & _MASK
    return _mixed(u, (_mixed(v[1], w[1], mul) + x) & _MASK, mul)


def _weak(data, start, a, b):
    w, x, y, z = (_word(data, start + 8 * i) for i in range(4))
    a = (a + w) & _MASK
    b = _right(b + a + z, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _right(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK
