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

_MOST_SPACES, _MOST_TOPICS = 200, 100


class Publishing:
    """The documents."""

    def __init__(self, upstream: Upstream, view: View, reading: Reading) -> None:
        """Takes the services, the templates and the pages."""
        self._upstream = upstream
        self._view = view
        self._reading = reading

    async def feed(self, visit: Visit) -> Response:
        """Writes the latest topics of a space whose posts feeds may carry."""
        space = await self._reading.space_of(visit, visit.fields["space"])
        if not space.exposure.has_feed or space.exposure.visibility != space_pb2.VISIBILITY_EVERYBODY:
            raise problems.not_found()
        request = topic_pb2.ListTopicsRequest(space_id=space.id, page_size=30)
        # Whoever asks, a feed says what everybody may read.
        listed = await self._upstream.call(self._upstream.topics.ListTopics, request, visit.anonymous)
        here = f"{self._view.origin}{visit.base}/s/{space.slug}"
        latest = listed.topics[0].last_post_time if listed.topics else space.create_time
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            f"<id>{escape(here)}</id><title>{escape(space.display_name)}</title>",
            f'<updated>{machine(latest)}</updated><link rel="alternate" href={quoteattr(here)}/>',
            f'<link rel="self" href={quoteattr(here + "/feed")}/>',
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
        """Lists the addresses that search engines may know."""
        request = space_pb2.ListSpacesRequest(page_size=_MOST_SPACES)
        listed = await self._upstream.call(self._upstream.spaces.ListSpaces, request, visit.anonymous)
        found = [f"{self._view.origin}{visit.base}"]
        for space in listed.spaces:
            is_open = space.exposure.visibility == space_pb2.VISIBILITY_EVERYBODY
            if not (is_open and space.exposure.is_indexed):
                continue
            found.append(f"{self._view.origin}{visit.base}/s/{space.slug}")
            asked = topic_pb2.ListTopicsRequest(space_id=space.id, page_size=_MOST_TOPICS)
            page = await self._upstream.call(self._upstream.topics.ListTopics, asked, visit.anonymous)
            found += [f"{self._view.origin}{visit.base}/t/{topic.id}" for topic in page.topics]
        urls = "".join(f"<url><loc>{escape(each)}</loc></url>" for each in found)
        body = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        return Response(f"{body}{urls}</urlset>", media_type="application/xml")

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
