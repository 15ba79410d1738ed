"""What machines read: an Atom feed of a space, and the sitemap of what may be found; and the search for people."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from parley.community.v1 import post_pb2, space_pb2, topic_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.reading import Reading
from gateway.community.upstream import Upstream
from gateway.community.view import View, machine
from gateway.community.visits import Visit

_MOST_SPACES = 200
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_MAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class Publishing:
    """The documents."""

    def __init__(self, upstream: Upstream, view: View, reading: Reading) -> None:
        """Takes the services, the templates and the pages."""
        self._upstream = upstream
        self._view = view
        self._reading = reading

    async def feed(self, visit: Visit) -> Response:
        """Writes the latest topics of a space that feeds may carry, and where the earlier ones are (RFC 5005)."""
        space = await self._reading.space_of(visit, visit.fields["space"])
        if not space.exposure.has_feed or space.exposure.visibility != space_pb2.VISIBILITY_EVERYBODY:
            raise problems.not_found()
        after = visit.query("after")[:512]
        request = topic_pb2.ListTopicsRequest(space_id=space.id, page_size=30, page_token=after)
        # Whoever asks, a feed says what everybody may read.
        listed = await self._upstream.call(self._upstream.topics.ListTopics, request, visit.anonymous)
        here = f"{self._view.origin}{visit.base}/s/{space.slug}"
        # What is pinned stands first, and need not be the latest.
        latest = max((machine(each.last_post_time) for each in listed.topics), default=machine(space.create_time))
        following = listed.next_page_token
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            f"<id>{escape(here)}</id><title>{escape(space.display_name)}</title>",
            f'<updated>{latest}</updated><link rel="alternate" href={quoteattr(here)}/>',
            f'<link rel="self" href={quoteattr(here + "/feed" + (f"?after={after}" if after else ""))}/>',
            f'<link rel="first" href={quoteattr(here + "/feed")}/>',
            *([f'<link rel="next" href={quoteattr(f"{here}/feed?after={following}")}/>'] if following else []),
        ]
        for topic in listed.topics:
            url = f"{self._view.origin}{visit.base}/t/{topic.id}"
            lines.append(
                f"<entry><id>{escape(url)}</id><title>{escape(topic.title)}</title>"
                f"<link href={quoteattr(url)}/><published>{machine(topic.create_time)}</published>"
                f"<updated>{machine(topic.last_post_time)}</updated>"
                f"<author><name>{escape(topic.author.handle or '-')}</name></author></entry>"
            )
        return Response("\n".join([*lines, "</feed>"]), media_type="application/atom+xml")

    async def sitemap(self, visit: Visit) -> Response:
        """Says which maps there are: one of the spaces, and one of each page of topics that may be found.

        All have one path, as a map says nothing of what lies outside its own folder.
        """
        page = visit.query("page")
        if page == "spaces":
            return await self._map_of_spaces(visit)
        if page:
            return await self._map_of_topics(visit, "" if page == "topics" else page)
        request = topic_pb2.ListIndexedPagesRequest()
        pages = await self._upstream.call(self._upstream.topics.ListIndexedPages, request, visit.anonymous)
        here = f"{self._view.origin}{visit.base}/sitemap"
        maps = [f"{here}?page={each}" for each in ("spaces", "topics", *pages.page_tokens)]
        listed = "".join(f"<sitemap><loc>{escape(each)}</loc></sitemap>" for each in maps)
        return Response(f"{_XML}<sitemapindex {_MAPS}>{listed}</sitemapindex>", media_type="application/xml")

    async def _map_of_spaces(self, visit: Visit) -> Response:
        found = [f"{self._view.origin}{visit.base}"]
        after = ""
        while True:
            request = space_pb2.ListSpacesRequest(page_size=_MOST_SPACES, page_token=after)
            listed = await self._upstream.call(self._upstream.spaces.ListSpaces, request, visit.anonymous)
            for space in listed.spaces:
                is_open = space.exposure.visibility == space_pb2.VISIBILITY_EVERYBODY
                if is_open and space.exposure.is_indexed:
                    found.append(f"{self._view.origin}{visit.base}/s/{space.slug}")
            after = listed.next_page_token
            if not after:
                break
        urls = "".join(f"<url><loc>{escape(each)}</loc></url>" for each in found)
        return Response(f"{_XML}<urlset {_MAPS}>{urls}</urlset>", media_type="application/xml")

    async def _map_of_topics(self, visit: Visit, after: str) -> Response:
        request = topic_pb2.ListIndexedTopicsRequest(page_token=after[:512])
        page = await self._upstream.call(self._upstream.topics.ListIndexedTopics, request, visit.anonymous)
        where = f"{self._view.origin}{visit.base}/t/"
        urls = "".join(
            f"<url><loc>{escape(where + each.topic_id)}</loc><lastmod>{machine(each.last_post_time)}</lastmod></url>"
            for each in page.topics
        )
        return Response(f"{_XML}<urlset {_MAPS}>{urls}</urlset>", media_type="application/xml")

    async def search_page(self, visit: Visit) -> Response:
        """Asks for words."""
        return self._view.page(visit, "search", words="", found=())

    async def search(self, visit: Visit) -> Response:
        """Finds posts by their words, which stand in no address."""
        words = (await visit.form()).get("q", "")[:200]
        found: list[post_pb2.Post] = []
        if words.strip():
            request = post_pb2.SearchPostsRequest(words=words)
            found = list((await self._upstream.call(self._upstream.posts.SearchPosts, request, visit.token)).posts)
        return self._view.page(visit, "search", words=words, found=found)
