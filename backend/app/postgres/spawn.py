"""Turn this process into a command that cannot outlive the one that asked for it.

A script, not a module to import: ``python -I -S spawn.py OWNER_PID DEATH_SIGNAL
UID:GID|- CAPABILITY|- COMMAND ARGUMENT...``. It runs between fork and exec of a child, so
that its owner needs no ``preexec_fn``, which is unsafe in a process with threads.

Exits with 126 and one line on stderr when the user cannot be changed or the command not run,
and with 0 when the owner is gone already.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522


def _prctl(option: int, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(option), *padded) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _keep_only(capability: int) -> None:
    """Leave this process one capability, and let it pass through exec."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, effective_permitted_inheritable) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _become(user_and_group: str, capability: str) -> None:
    uid, gid = (int(number) for number in user_and_group.split(":"))
    if capability != "-":
        # Capabilities outlive the change of user, until all but one are dropped below, and
        # access(2), which PostgreSQL asks about its own programs, heeds them.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability != "-":
        _keep_only(int(capability))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def main() -> None:
    """Change user, tie this process to its owner and run the command."""
    owner, death_signal, user_and_group, capability, *command = sys.argv[1:]
    try:
        if user_and_group != "-":
            _become(user_and_group, capability)
        if sys.platform == "linux":
            # After the change of user, which clears it.
            _prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(owner):
            sys.exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(126)


if __name__ == "__main__":
    main()
