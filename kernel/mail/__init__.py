"""Writes and sends mail: from templates in text and HTML, in the reader's language, through a relay or into a folder.

No address and no word of a mail is ever logged. Mail carries no remote picture and no link that counts who follows it.
"""

from kernel.mail.letters import Letter, compose
from kernel.mail.mailers import FolderMailer, Mailer, SmtpMailer, open_mailer
from kernel.mail.rendering import Rendered, Templates

__all__ = [
    "FolderMailer",
    "Letter",
    "Mailer",
    "Rendered",
    "SmtpMailer",
    "Templates",
    "compose",
    "open_mailer",
]
