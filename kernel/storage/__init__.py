"""How services keep things: PostgreSQL with row security under every query, and the tenant bound in one place."""

from kernel.storage.database import Database, TenantUnbound, bind_tenant, runtime_role, runtime_url
from kernel.storage.tables import column, tenant_table

__all__ = ["Database", "TenantUnbound", "bind_tenant", "column", "runtime_role", "runtime_url", "tenant_table"]
