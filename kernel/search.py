"""Full-text search: the one way under forced row security, and fast.

The text operators are not leakproof, so row security keeps them off their index. A search is therefore a function that
runs as `parley_search`, a role that nobody can log in as and that sees through row security; it reads the bound tenant
itself, takes none as an argument, and gives back keys only, which the caller then reads under row security as always.
The index holds the words; no column repeats them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.database import runtime_role
from kernel.storage.schema import SEARCH, Ddl

LONGEST_QUERY = 200

# The dictionary is named, so that the result depends on nothing but the argument and an index may be built on it.
_FOLD = """
CREATE OR REPLACE FUNCTION app.fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT app.unaccent('app.unaccent'::regdictionary, p_text) $$
"""


def create_search(
    op: Ddl,
    schema: str,
    table: str,
    *,
    service: str,
    texts: Sequence[str],
    key: str = "id",
    filters: Mapping[str, str] | None = None,
) -> None:
    """Creates the index and the function by which a tenant's rows are found by the words in some of their columns.

    `key` is a uuid that sorts by time; `filters` names columns, with their types, that a search may ask to be equal.
    """
    names = {schema, table, key, *texts, *(filters or {})}
    if not all(name.isidentifier() for name in names):
        raise ValueError("a name that is none")
    words = " || ' ' || ".join(f"coalesce(app.fold({column}), '')" for column in texts)
    vector = f"to_tsvector('pg_catalog.simple'::regconfig, {words})"
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA app")
    op.execute(_FOLD)
    op.execute(f"CREATE INDEX {table}_search ON {schema}.{table} USING gin (tenant_id, ({vector}))")
    columns = ", ".join(dict.fromkeys(("tenant_id", key, *texts, *(filters or {}))))
    op.execute(f"GRANT SELECT ({columns}) ON {schema}.{table} TO {SEARCH}")
    arguments = "".join(f", p_{column} {type_} DEFAULT NULL" for column, type_ in (filters or {}).items())
    where = "".join(f" AND (p_{column} IS NULL OR t.{column} = p_{column})" for column in filters or {})
    # The words are looked up first and alone: with the order and the limit in sight, a planner may walk the newest rows
    # and take each apart. The plan is made for the words asked, whose frequency it knows.
    op.execute(
        f"""
        CREATE FUNCTION {schema}.search_{table}(p_query text, p_before uuid, p_size integer{arguments})
        RETURNS TABLE (hit uuid)
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
        DECLARE
          v_tenant uuid := app.require_tenant();
          v_query tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, app.fold(p_query));
        BEGIN
          RETURN QUERY
            WITH hits AS MATERIALIZED (
              SELECT t.{key} AS hit FROM {schema}.{table} t
              WHERE t.tenant_id = v_tenant AND {vector} @@ v_query AND (p_before IS NULL OR t.{key} < p_before){where}
            )
            SELECT h.hit FROM hits h ORDER BY h.hit DESC LIMIT p_size;
        END $$
        """  # noqa: S608 - The names are checked above.
    )
    types = "".join(f", {type_}" for type_ in (filters or {}).values())
    signature = f"{schema}.search_{table}(text, uuid, integer{types})"
    op.execute(f"ALTER FUNCTION {signature} OWNER TO {SEARCH}")
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {runtime_role(service)}")


@dataclass(frozen=True, slots=True)
class Search:
    """Finds the rows of one table by their words."""

    schema: str
    table: str

    async def find(
        self, connection: AsyncConnection, query: str, *, size: int, before: UUID | None = None, **filters: object
    ) -> list[UUID]:
        """Returns the keys of the bound tenant's rows that hold the words, newest first; `before` goes on from a key.

        The query is what people type: words, "phrases", or, -not. Accents and case do not matter.
        """
        arguments: dict[str, object] = {"query": query[:LONGEST_QUERY], "before": before, "size": size}
        named = ""
        for name, value in filters.items():
            named += f", p_{name} => :f_{name}"
            arguments[f"f_{name}"] = value
        call = f"SELECT hit FROM {self.schema}.search_{self.table}(:query, CAST(:before AS uuid), :size{named})"  # noqa: S608 - Names in the code.
        return list((await connection.execute(text(call), arguments)).scalars())
