"""The system calls that a sandbox refuses, as a program for the kernel's filter (seccomp, classic BPF).

Namespaces and resource limits do not stop the superuser's processes from multiplying; this does.  Refused
calls fail with EPERM, so that Python raises PermissionError where the candidate's code asked for them.
"""

from __future__ import annotations

import os
import struct

_SHARED = {
    "clone3": 435,
    "fsopen": 430,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "io_uring_setup": 425,
    "memfd_secret": 447,
    "mount_setattr": 442,
    "move_mount": 429,
    "open_tree": 428,
    "pidfd_getfd": 438,
    "pidfd_open": 434,
}
"""Calls that have the same number on every kind of processor."""

# Numbers are those of the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl and
# include/uapi/asm-generic/unistd.h, in the order of _NAMES.
_NAMES = (
    "clone socket socketpair ptrace process_vm_readv process_vm_writev unshare setns mount umount2 "
    "pivot_root chroot keyctl add_key request_key bpf perf_event_open userfaultfd memfd_create shmget msgget "
    "semget mq_open personality open_by_handle_at kexec_load init_module finit_module"
).split()
_X86_64 = (
    *(56, 41, 53, 101, 310, 311, 272, 308, 165, 166, 155),
    *(161, 250, 248, 249, 321, 298, 323, 319, 29, 68, 64, 240),
    *(135, 304, 246, 175, 313),
)
_AARCH64 = (
    *(220, 198, 199, 117, 270, 271, 97, 268, 40, 39, 41),
    *(51, 219, 217, 218, 280, 241, 282, 279, 194, 186, 190, 180),
    *(92, 265, 104, 105, 273),
)
_ONLY_X86_64 = {"fork": 57, "vfork": 58}

MACHINES = {
    "x86_64": (0xC000003E, {**dict(zip(_NAMES, _X86_64, strict=True)), **_ONLY_X86_64, **_SHARED}),
    "aarch64": (0xC00000B7, {**dict(zip(_NAMES, _AARCH64, strict=True)), **_SHARED}),
}
"""For each kind of processor, its number in the kernel's audit tables and the calls that are refused."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050001  # the last is SECCOMP_RET_ERRNO with EPERM
_OTHER_TABLE = 0x40000000  # numbers from here on are those of the x32 interface, which nothing here needs


def filter_program(machine: str = "") -> bytes:
    """Return the filter for a kind of processor, this one's by default, as ``bwrap --seccomp`` reads it.

    Raises KeyError where the numbers of its system calls are not known.
    """
    architecture, calls = MACHINES[machine or os.uname().machine]
    numbers = sorted(calls.values())
    rows = [
        (_LOAD, 0, 0, 4),  # the interface of the call
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),  # 32-bit calls have other numbers
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, len(numbers) + 1, 0, _OTHER_TABLE),
        *((_EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *row) for row in rows)
