"""The bare SQL of the community's bench: what fills it, and what reads and writes the same rows as ours."""

from __future__ import annotations

BODY = (
    "Water it **less**, and look at the roots: if they are brown, cut them. See https://plants.example/roots for more."
)

MEMBERS = """
INSERT INTO community.members (tenant_id, id, handle, email, password_hash, display_name, about, post_count,
  create_time)
SELECT $1, m, 'm' || n, 'm' || n || '@people.example', '!', '', '', 100, now() - interval '400 days'
FROM unnest($2::uuid[]) WITH ORDINALITY AS u(m, n)
"""
TOPICS = """
INSERT INTO community.topics (tenant_id, id, space_id, author_id, kind, title, state, is_locked, is_pinned,
  accepted_number, post_count, last_number, last_post_id, last_post_time, version, create_time)
SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, ($3::uuid[])[1 + n % 50], 1,
  'Topic number ' || n, 1, false, false, 0, 10, 10,
  ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), 1, now()
FROM generate_series(1, $4::int) AS n
"""
TITLES = """
INSERT INTO community.titles (tenant_id, topic_id, space_id, title, state)
SELECT tenant_id, id, space_id, title, state FROM community.topics WHERE tenant_id = $1
"""
POSTS = """
INSERT INTO community.posts (tenant_id, id, topic_id, space_id, number, author_id, body, html, renderer, state,
  revision, reply_to, votes, terms_id, create_time)
SELECT $1, gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex(t), 12, '0'))::uuid, $2, n,
  ($3::uuid[])[1 + (t + n) % 50], CASE WHEN (t * 10 + n) % 1000 = 0 THEN $4 || ' rootstock' ELSE $4 END, $5, 1, 1, 1, 0,
  0, $6, now()
FROM generate_series($7::int, $8::int) AS t, generate_series(1, CASE WHEN t = 1 THEN 2000 ELSE 10 END) AS n
"""
MARKS = """
INSERT INTO community.read_marks (tenant_id, member_id, topic_id, number)
SELECT $1, $2, id, 5 FROM community.topics WHERE tenant_id = $1 ORDER BY id LIMIT 10000
"""
# The bare reads what stands on the page: what a reader sees of a topic, of its posts and of who wrote them.
BARE_TOPIC = """
SELECT t.title, t.kind, t.is_locked, t.post_count, t.accepted_number, s.slug, s.display_name,
  (SELECT array_agg(g.tag) FROM community.topic_tags g WHERE g.tenant_id = t.tenant_id AND g.topic_id = t.id) AS tags
FROM community.topics t JOIN community.spaces s ON s.tenant_id = t.tenant_id AND s.id = t.space_id
WHERE t.tenant_id = $1 AND t.id = $2
"""
BARE_POST = """
p.id, p.number, p.html, p.create_time, p.edit_time, p.reply_to, p.votes, m.handle, m.display_name,
(SELECT jsonb_object_agg(c.reaction, c.count) FROM (
   SELECT r.reaction, count(*) AS count FROM community.reactions r
   WHERE r.tenant_id = p.tenant_id AND r.post_id = p.id GROUP BY r.reaction) c) AS reactions,
(SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id) FROM community.attachments a
 WHERE a.tenant_id = p.tenant_id AND a.post_id = p.id) AS files
"""
BARE_PAGE = f"""
SELECT t.*, p.* FROM ({BARE_TOPIC} OFFSET 0) t CROSS JOIN LATERAL (
  SELECT {BARE_POST} FROM community.posts p
  LEFT JOIN community.members m ON m.tenant_id = p.tenant_id AND m.id = p.author_id
  WHERE p.tenant_id = $1 AND p.topic_id = $2 AND p.number > $3 ORDER BY p.number LIMIT 21) p
ORDER BY p.number
"""  # noqa: S608 - Statements of ours.
BARE_LISTED = """
SELECT t.id, t.title, t.kind, t.is_pinned, t.is_locked, t.accepted_number, t.post_count, t.last_number,
  t.last_post_time, m.handle, m.display_name,
  (SELECT array_agg(g.tag) FROM community.topic_tags g WHERE g.tenant_id = t.tenant_id AND g.topic_id = t.id) AS tags
"""
BARE_LIST = f"""
{BARE_LISTED} FROM community.topics t
LEFT JOIN community.members m ON m.tenant_id = t.tenant_id AND m.id = t.author_id
WHERE t.tenant_id = $1 AND t.space_id = $2 AND t.state IN (1, 4) AND t.last_post_id < $3
ORDER BY t.last_post_id DESC LIMIT 31
"""
BARE_UNREAD = f"""
{BARE_LISTED}, r.number AS read_number FROM community.topics t
LEFT JOIN community.read_marks r ON r.tenant_id = t.tenant_id AND r.topic_id = t.id AND r.member_id = $3
LEFT JOIN community.members m ON m.tenant_id = t.tenant_id AND m.id = t.author_id
WHERE t.tenant_id = $1 AND t.space_id = $2 AND t.state IN (1, 4) ORDER BY t.last_post_id DESC LIMIT 31
"""
BARE_SEARCH = f"""
SELECT p.topic_id, {BARE_POST} FROM community.posts p
LEFT JOIN community.members m ON m.tenant_id = p.tenant_id AND m.id = p.author_id
JOIN community.spaces s ON s.tenant_id = p.tenant_id AND s.id = p.space_id AND s.visibility = 1
WHERE p.tenant_id = $1 AND p.state = 1
  AND to_tsvector('pg_catalog.simple'::regconfig, coalesce(app.fold(p.body), '')) @@ 'rootstock'::tsquery
ORDER BY p.id DESC LIMIT 20
"""  # noqa: S608 - Statements of ours.
# The post, and what the pages show of it elsewhere: how many there are, who wrote how many, and how far was read.
BARE_REPLY = """
WITH t AS (UPDATE community.topics SET last_number = last_number + 1, post_count = post_count + 1, last_post_id = $3,
    last_post_time = now() WHERE tenant_id = $1 AND id = $2 RETURNING last_number),
  m AS (UPDATE community.members SET post_count = post_count + 1 WHERE tenant_id = $1 AND id = $5),
  r AS (INSERT INTO community.read_marks AS r (tenant_id, member_id, topic_id, number)
    SELECT $1, $5, $2, t.last_number FROM t
    ON CONFLICT (tenant_id, member_id, topic_id) DO UPDATE SET number = GREATEST(r.number, excluded.number))
INSERT INTO community.posts (tenant_id, id, topic_id, space_id, number, author_id, body, html, renderer, state,
  revision, reply_to, votes, terms_id, create_time)
SELECT $1, $3, $2, $4, t.last_number, $5, $6, $7, 1, 1, 1, 0, 0, $8, now() FROM t
"""
