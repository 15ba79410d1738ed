"""The support desk's own pages: asking for help, whole without a script and with cookies blocked."""

from gateway.support.pages import SupportPages
from gateway.support.portal import PortalPages

__all__ = ["PortalPages", "SupportPages"]
