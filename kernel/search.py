"""Full-text search: the one way under forced row security, and fast.

The text operators are not leakproof, so row security keeps them off their index. A search is therefore a function that
runs as `parley_search`, a role that nobody can log in as and that sees through row security; it reads the bound tenant
itself, takes none as an argument, and gives back keys only, which the caller then reads under row security as always.
The index holds the words; no column repeats them, so that a text that is changed or removed is found no longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.database import runtime_role
from kernel.storage.schema import SEARCH, Ddl

LONGEST_QUERY = 200
#: How many different words of a text are compared, the longest first, how many rows one of them leads to at most, and
#: how many of all those are weighed: what is compared costs about the same however much there is.
_WORDS, _ROWS_OF_WORD, _WEIGHED = 6, 500, 50
#: How much of what the words weigh together a row must hold, to be like the text.
_LEAST_LIKENESS = 0.2

# Shows where the words stand in a text as it was written, accents and all.
_MARKING = (
    """
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'folded' AND cfgnamespace = 'app'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION app.folded (COPY = pg_catalog.simple);
        ALTER TEXT SEARCH CONFIGURATION app.folded
          ALTER MAPPING FOR hword, hword_part, word WITH app.unaccent, pg_catalog.simple;
      END IF;
    END $$
    """,
    # What stands for the beginning and the end of a mark is nobody's letter, and is taken out of what people wrote.
    # What looks like a tag would be left out; it is what somebody said, and stays.
    """
    CREATE OR REPLACE FUNCTION app.snippet(p_text text, p_query text) RETURNS text LANGUAGE sql STABLE STRICT
    AS $$ SELECT translate(
      ts_headline('app.folded'::regconfig, translate(p_text, U&'<\\0001\\E000\\E001', U&'\\0001'),
        websearch_to_tsquery('pg_catalog.simple'::regconfig, app.fold(p_query)),
        U&'StartSel=\\E000, StopSel=\\E001, MaxWords=30, MinWords=12, MaxFragments=2, FragmentDelimiter=" … "'),
      U&'\\0001', '<') $$
    """,
)
BEGIN_MARK, END_MARK = "\ue000", "\ue001"

#: How many kilobytes of new rows wait unsorted beside the index. Whoever writes does not sort words in, and whoever
#: searches has not far to read; past it one of the writers sorts them in, and waits the longer the more there are.
_PENDING_KB = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What is searched: a table's texts, and by what else its rows may be asked for.

    Conditions are SQL of ours, in which the table is `t` and, where it is joined, the table that its rows belong to
    is `w`.
    """

    table: str
    texts: Sequence[str]
    #: A uuid that sorts by time.
    key: str = "id"
    #: Where a row is read by something else than that key: columns with their types, given back beside it.
    place: Mapping[str, str] = field(default_factory=dict)
    #: What a search may ask for: an argument's type, and the condition on `p_<argument>`.
    filters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: A condition on `t` alone, which the index shares.
    only: str = ""
    #: The table that the rows belong to, joined as `w` by its id, and the column with that id.
    within: tuple[str, str] | None = None
    #: What every row found must satisfy besides.
    always: str = ""
    #: Whether conditions that begin with `w.` are looked at last, from the newest place on until there are enough: a
    #: word that is said often then does not have all that it stands in joined. They read nothing of `t`.
    within_last: bool = False
    #: Which columns of which tables the conditions read.
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def vector(self, prefix: str = "") -> str:
        """Returns the words of a row."""
        words = " || ' ' || ".join(f"coalesce(app.fold({prefix}{column}), '')" for column in self.texts)
        return f"to_tsvector('pg_catalog.simple'::regconfig, {words})"


def create_search(op: Ddl, schema: str, searched: Searched, *, service: str) -> None:
    """Creates the index and the function by which a tenant's rows are found by the words in some of their columns."""
    create_search_index(op, schema, searched)
    create_search_function(op, schema, searched, service=service)


def create_search_index(op: Ddl, schema: str, searched: Searched) -> None:
    """Creates the index alone, of which nothing is told but by functions."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA app")
    for statement in _MARKING:
        op.execute(statement)
    where = f" WHERE {searched.only.replace('t.', '')}" if searched.only else ""
    op.execute(
        f"CREATE INDEX {searched.table}_search ON {schema}.{searched.table} USING gin "
        f"(tenant_id, ({searched.vector()})) WITH (gin_pending_list_limit = {_PENDING_KB}){where}"
    )


def create_search_function(op: Ddl, schema: str, searched: Searched, *, service: str) -> None:
    """Creates the function alone, for an index that is there: what may be asked for has changed.

    One with other arguments stays beside it, for the previous release; one with the same is replaced.
    """
    _let_read(op, schema, searched)
    join = ""
    if searched.within is not None:
        parent, link = searched.within
        join = f"JOIN {schema}.{parent} w ON w.tenant_id = v_tenant AND w.id = t.{link}"
    named = {f"(p_{name} IS NULL OR {condition})": condition for name, (_, condition) in searched.filters.items()}
    last = [each for each, condition in named.items() if searched.within_last and condition.startswith("w.")]
    conditions = [
        "t.tenant_id = v_tenant",
        f"{searched.vector('t.')} @@ v_query",
        f"(p_before IS NULL OR t.{searched.key} < p_before)",
        *(each for each in named if each not in last),
        *filter(None, (searched.only, searched.always)),
    ]
    first_join, last_join = ("", join) if searched.within_last else (join, "")
    last_where = f"WHERE {' AND '.join(last)}" if last else ""
    arguments = "".join(f", p_{name} {type_} DEFAULT NULL" for name, (type_, _) in searched.filters.items())
    place = "".join(f", {name} {type_}" for name, type_ in searched.place.items())
    chosen = "".join(f", t.{name}" for name in searched.place)
    # The words are looked up first and alone: with the order and the limit in sight, a planner may walk the newest rows
    # and take each apart. The plan is made for the words asked, whose frequency it knows. Words that must be absent and
    # none that must be there would have every row read, and find nothing.
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.search_{searched.table}
          (p_query text, p_before uuid, p_size integer{arguments})
        RETURNS TABLE (hit uuid{place})
        LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
        #variable_conflict use_column
        DECLARE
          v_tenant uuid := app.require_tenant();
          v_query tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, app.fold(p_query));
        BEGIN
          IF querytree(v_query) IN ('', 'T') THEN
            RETURN;
          END IF;
          RETURN QUERY
            WITH hits AS MATERIALIZED (
              SELECT t.{searched.key} AS found{chosen} FROM {schema}.{searched.table} t {first_join}
              WHERE {" AND ".join(conditions)}
            )
            SELECT t.* FROM hits t {last_join} {last_where} ORDER BY t.found DESC LIMIT p_size;
        END $$
        """  # noqa: S608 - The names are checked above, and the conditions are ours.
    )
    _hand_over(op, f"{schema}.search_{searched.table}", "text, uuid, integer", searched, service)


def create_likeness(op: Ddl, schema: str, searched: Searched, *, service: str) -> None:
    """Creates the function by which a tenant's rows are found that are most like a text, over the same index.

    A row is like a text by the words that both hold, each of which weighs the more the fewer rows have it. How many
    have it is counted up to a bound, so a word that everybody says weighs little and leads to few rows; what holds all
    words is found whatever they weigh. The index's condition and the filters hold as in a search.
    """
    if searched.within is not None or searched.always:
        raise ValueError("likeness is found in one table alone")
    _let_read(op, schema, searched)
    filters = "".join(f" AND (p_{name} IS NULL OR {condition})" for name, (_, condition) in searched.filters.items())
    only = f" AND {searched.only}" if searched.only else ""
    arguments = "".join(f", p_{name} {type_} DEFAULT NULL" for name, (type_, _) in searched.filters.items())
    # A word of a text stands in a query as it is, between quotation marks. The query of all words has no word of its
    # own, and no weight: it only leads to rows.
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.similar_{searched.table} (p_text text, p_size integer{arguments})
        RETURNS TABLE (hit uuid, likeness float8)
        LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
        #variable_conflict use_column
        DECLARE
          v_tenant uuid := app.require_tenant();
          v_words text[] := ARRAY(
            SELECT quote_literal(lexeme) FROM unnest(to_tsvector('pg_catalog.simple'::regconfig, app.fold(p_text)))
            WHERE strpos(lexeme, chr(92)) = 0 ORDER BY length(lexeme) DESC, lexeme LIMIT {_WORDS});
        BEGIN
          RETURN QUERY
            WITH asked AS MATERIALIZED (
              SELECT word, word::tsquery AS query FROM unnest(v_words) word
              UNION ALL SELECT NULL, array_to_string(v_words, ' & ')::tsquery WHERE cardinality(v_words) > 1
            ), found AS MATERIALIZED (
              SELECT a.word, h.key FROM asked a CROSS JOIN LATERAL (
                SELECT t.{searched.key} AS key FROM {schema}.{searched.table} t
                WHERE t.tenant_id = v_tenant AND {searched.vector("t.")} @@ a.query{only}{filters}
                LIMIT {_ROWS_OF_WORD}) h
            ), rows AS (
              SELECT count(*) AS count FROM (
                SELECT FROM {schema}.{searched.table} t WHERE t.tenant_id = v_tenant
                ORDER BY t.{searched.key} LIMIT {_ROWS_OF_WORD}) t
            ), weights AS MATERIALIZED (
              SELECT a.word, a.query, ln(1.0 + rows.count::float8 / greatest(count(f.key), 1)) AS weight
              FROM asked a LEFT JOIN found f ON f.word = a.word CROSS JOIN rows
              WHERE a.word IS NOT NULL GROUP BY a.word, a.query, rows.count
            ), best AS (
              SELECT f.key FROM found f LEFT JOIN weights w ON w.word = f.word
              GROUP BY f.key
              ORDER BY bool_or(f.word IS NULL) DESC, sum(w.weight) DESC NULLS LAST, f.key DESC LIMIT {_WEIGHED}
            ), weighed AS (
              SELECT t.{searched.key} AS key, (
                SELECT sum(w.weight) FILTER (WHERE v.words @@ w.query) / sum(w.weight) FROM weights w) AS likeness
              FROM best JOIN {schema}.{searched.table} t ON t.tenant_id = v_tenant AND t.{searched.key} = best.key
              CROSS JOIN LATERAL (SELECT {searched.vector("t.")} AS words) v
            )
            SELECT w.key, w.likeness FROM weighed w WHERE w.likeness >= {_LEAST_LIKENESS}
            ORDER BY w.likeness DESC, w.key DESC LIMIT p_size;
        END $$
        """  # noqa: S608 - The names are checked above, and the conditions are ours.
    )
    _hand_over(op, f"{schema}.similar_{searched.table}", "text, integer", searched, service)


def _let_read(op: Ddl, schema: str, searched: Searched) -> None:
    """Lets the role that searches read the columns that it needs, and no others."""
    names = {schema, searched.table, searched.key, *searched.texts, *searched.place, *searched.filters}
    if not all(name.isidentifier() for name in names):
        raise ValueError("a name that is none")
    own = ("tenant_id", searched.key, *searched.place, *searched.texts, *searched.reads.get(searched.table, ()))
    for table, columns in {**searched.reads, searched.table: own}.items():
        op.execute(f"GRANT SELECT ({', '.join(dict.fromkeys(columns))}) ON {schema}.{table} TO {SEARCH}")


def _hand_over(op: Ddl, name: str, types: str, searched: Searched, service: str) -> None:
    """Lets a function see through row security, and the service alone call it."""
    filters = "".join(f", {type_}" for type_, _ in searched.filters.values())
    signature = f"{name}({types}{filters})"
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
        return [row.hit for row in await self.places(connection, query, size=size, before=before, **filters)]

    async def places(
        self, connection: AsyncConnection, query: str, *, size: int, before: UUID | None = None, **filters: object
    ) -> Sequence[Row[Any]]:
        """Returns the same rows with where each is read: `hit` is the key, beside it the columns of its place."""
        call = text(f"SELECT * FROM {self.source(*filters)}")  # noqa: S608 - Names in the code.
        return (await connection.execute(call, self.arguments(query, size=size, before=before, **filters))).all()

    def source(self, *filters: str, **found: str) -> str:
        """Returns the search as a statement reads from it, which joins to its places what it shows of them.

        `filters` are given by `arguments`; of those in `found`, the statement itself says what they are, in our SQL.
        """
        named = "".join(f", p_{name} => :f_{name}" for name in filters)
        named += "".join(f", p_{name} => {sql}" for name, sql in found.items())
        return f"{self.schema}.search_{self.table}(:query, CAST(:before AS uuid), :size{named})"

    def arguments(self, query: str, *, size: int, before: UUID | None, **filters: object) -> dict[str, object]:
        """Returns what such a statement is to be given."""
        # No text of ours holds a zero byte, and none can be asked for.
        asked = query[:LONGEST_QUERY].replace("\x00", " ")
        return {
            "query": asked,
            "before": before,
            "size": size,
            **{f"f_{name}": value for name, value in filters.items()},
        }


def parts_of(snippet: str) -> list[tuple[str, bool]]:
    """Takes what `app.snippet` returns apart: texts, and whether each is marked."""
    parts: list[tuple[str, bool]] = []
    for at, piece in enumerate(snippet.split(BEGIN_MARK)):
        marked, _, rest = piece.partition(END_MARK) if at else ("", "", piece)
        parts += [(text_, is_marked) for text_, is_marked in ((marked, True), (rest, False)) if text_]
    return parts
