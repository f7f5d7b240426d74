"""Orders and reports between the pod's two containers, over a Unix socket on a volume that both mount.

The runner listens before it does anything else, and `servers` connects. So each end learns from the kernel
that the other has gone, however it went: nobody waits for a process that is dead, and the pod ends at once.
"""
