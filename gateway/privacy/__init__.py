"""The privacy centre: pages on which people see what is held about them, correct it, take a copy, and have it deleted.

They are rendered here and whole without a script. Everything in them comes from the services, by the token of whoever
came in with a code; nothing is kept here, and no page's address holds a code or a word of anybody.
"""

from gateway.privacy.centre import Centre

__all__ = ["Centre"]
