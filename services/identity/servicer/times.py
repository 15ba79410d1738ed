"""The words for moments and calls that this service's servicers use; what they do is the kernel's."""

from kernel.rpc.moments import Context, stamp

__all__ = ["Context", "stamp"]
