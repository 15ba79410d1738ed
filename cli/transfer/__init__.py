"""`parley tenant …`: hands one company's data over to another deployment, after everybody was told and had their time.

Announced, the sites' notices say so from that day on; only after thirty days, and not before the announced one, are the
data written into a signed archive, which the other deployment takes in whole or not at all. What people chose, asked
for and were promised goes along with them.
"""

from cli.transfer.announcing import NOTICE, announce
from cli.transfer.exporting import KIND, export_tenant
from cli.transfer.importing import import_tenant

__all__ = ["KIND", "NOTICE", "announce", "export_tenant", "import_tenant"]
