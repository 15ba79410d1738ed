"""The communities' pages: whole without a script, and quick for those who only read."""

from gateway.community.pages import CommunityPages

__all__ = ["CommunityPages"]
