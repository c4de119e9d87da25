"""The filter of system calls: every jump lands in it, and it decides as it should, by its own rules."""

import struct

import pytest

from tripos.answers.code.seccomp import MACHINES, filter_program

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001


def decided(program, machine, number):
    """Run a filter on one system call as the kernel would (its document on seccomp filters)."""
    rows = [struct.unpack("=HBBI", program[i : i + 8]) for i in range(0, len(program), 8)]
    held, at = 0, 0
    while True:
        code, yes, no, value = rows[at]
        at += 1
        if code == 0x20:
            held = {0: number, 4: machine}[value]
        elif code == 0x06:
            return value
        else:
            at += yes if (held == value if code == 0x15 else held >= value) else no


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_refused_fails_and_all_else_passes(name):
    machine, calls = MACHINES[name]
    program = filter_program(name)
    refused = set(calls.values())
    for number in range(600):
        assert decided(program, machine, number) == (REFUSE if number in refused else ALLOW)


@pytest.mark.parametrize("name", MACHINES)
def test_calls_of_another_interface_do_not_pass(name):
    machine, _ = MACHINES[name]
    assert decided(filter_program(name), 0x40000003, 2) == KILL  # fork, for programs of 32 bits
    assert decided(filter_program(name), machine, 0x40000000 + 57) == REFUSE  # fork, by way of x32


def test_every_way_to_start_a_process_is_refused():
    # Linux, arch/x86/entry/syscalls/syscall_64.tbl; aarch64 has neither fork nor vfork
    assert {56, 57, 58, 435} <= set(MACHINES["x86_64"][1].values())
    assert {220, 435} <= set(MACHINES["aarch64"][1].values())


def test_an_unknown_processor_has_no_filter():
    with pytest.raises(KeyError):
        filter_program("abacus")
