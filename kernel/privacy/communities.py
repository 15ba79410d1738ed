"""Says how much of a community a member may fill on the first day, whether somebody looks at it first, and what
whoever has no account does before they are heard.
"""

from __future__ import annotations

from kernel.settings import Setting

FIRST_DAY_POSTS = Setting(
    name="community.first_day_posts",
    default=20,
    minimum=1,
    maximum=10_000,
    description="How many posts a member makes on the first day in the community.",
)
FIRST_DAY_LINKS = Setting(
    name="community.first_day_links",
    default=2,
    minimum=0,
    maximum=100,
    description="How many links a post of a new member carries.",
)
HELD_FIRST_POSTS = Setting(
    name="community.held_first_posts",
    default=0,
    minimum=0,
    maximum=50,
    description="How many first posts of a member wait until somebody has looked at them.",
)
LEAST_TYPING_SECONDS = Setting(
    name="community.least_typing_seconds",
    default=3,
    minimum=0,
    maximum=60,
    description="How long a new member has a form open before what they post in it is not held; 0 holds nothing.",
)
PROOF_OF_WORK = Setting(
    name="community.proof_of_work",
    default=False,
    description="Whether whoever joins, or reports without an account, first has their browser calculate for a moment.",
)
COMMUNITY_SETTINGS = (FIRST_DAY_POSTS, FIRST_DAY_LINKS, HELD_FIRST_POSTS, LEAST_TYPING_SECONDS, PROOF_OF_WORK)
