"""Carries files through the gateway, in both directions, a piece at a time: nothing of one is ever whole in memory.

What comes in is what the contract marks as an upload, on the hosts where people are signed in. What goes out stands on
the content host, where no script runs and no cookie is known, for whoever bears a ticket.
"""

from gateway.files.content import PREFIX, ContentHost
from gateway.files.forms import MEGABYTE, Form, Take, read_form, send
from gateway.files.uploads import taken_in

__all__ = ["MEGABYTE", "PREFIX", "ContentHost", "Form", "Take", "read_form", "send", "taken_in"]
