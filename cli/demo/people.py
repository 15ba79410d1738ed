"""Who is in the demo, and what they said. All of it is made up here."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.options.v1 import access_pb2

ADMIN = access_pb2.CALLER_ADMIN
OPERATOR = access_pb2.CALLER_OPERATOR
SUPERVISOR = access_pb2.CALLER_SUPERVISOR
SUPPORT = access_pb2.CALLER_SUPPORT_AGENT
MODERATOR = access_pb2.CALLER_MODERATOR
OFFICER = access_pb2.CALLER_PRIVACY_OFFICER
REVIEWER = access_pb2.CALLER_PLATFORM_REVIEWER
PLATFORM = access_pb2.CALLER_PLATFORM_ADMIN


@dataclass(frozen=True, slots=True)
class Person:
    """One member of a demo tenant's staff."""

    login: str
    name: str
    roles: tuple[access_pb2.Caller.ValueType, ...]
    team: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation that has been: the visitor's name, the page, who answered, and what was said in turns."""

    visitor: str
    page: str
    operator: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """One demo tenant."""

    slug: str
    name: str
    host: str
    colour: str
    greeting: str
    is_house: bool = False
    people: tuple[Person, ...] = ()
    talks: tuple[Talk, ...] = field(default=())
    #: Whether its visitors ask for their rights, so that its privacy officer has something to do.
    has_requests: bool = False
    #: Whether it has a community.
    has_community: bool = False


#: What visitors of the first company say about how they were treated.
COMPLAINT = "I had to give my order number twice. Why do you ask for it if you do not look?"
COMMENT = "Good to see who read my chat. Could the list be in the mail with the transcript, too?"

COMPANIES = (
    Company(
        slug="parley",
        name="Parley",
        host="parley",
        colour="#2f5bd7",
        greeting="Questions about Parley? Ask away.",
        is_house=True,
        people=(
            Person("ada", "Ada Okafor", (ADMIN, PLATFORM)),
            Person("noor", "Noor Haddad", (OPERATOR,), "Front desk"),
            Person("ines", "Inês Duarte", (REVIEWER, OFFICER)),
        ),
        talks=(
            Talk(
                "Sam",
                "/",
                "noor",
                (
                    "Hello! Can I try this with my own shop?",
                    "Hi Sam, yes. You add one line to your page, and the chat is there.",
                    "And nothing is stored before somebody opens it?",
                    "Nothing. You can watch your browser's storage while you try.",
                    "Good. That is what I wanted to hear, thanks!",
                ),
            ),
        ),
    ),
    Company(
        slug="fern",
        has_requests=True,
        has_community=True,
        name="Fern & Pot",
        host="fern",
        colour="#2e7d4f",
        greeting="Hi! Ask us anything about plants or your order.",
        people=(
            Person("maria", "Maria Lindqvist", (OPERATOR,), "Plant care"),
            Person("jo", "Jo Adeyemi", (OPERATOR, SUPERVISOR), "Plant care"),
            Person("kai", "Kai Nakamura", (OPERATOR,), "Orders"),
            Person("admin", "Priya Raman", (ADMIN,)),
            Person("sol", "Sol Pérez", (SUPPORT,), "Orders"),
            Person("mika", "Mika Tanaka", (MODERATOR,)),
            Person("olga", "Olga Novak", (OFFICER,)),
        ),
        talks=(
            Talk(
                "Lena",
                "/plants/monstera",
                "maria",
                (
                    "Hi, my monstera has yellow leaves. What am I doing wrong?",
                    "Hi Lena! Most often that is too much water. How often do you water it?",
                    "Every second day, I think…",
                    "Once a week is plenty in winter. Let the top of the soil dry out first 🌱",
                    "Thank you, I will try that!",
                    "You are welcome. The old leaves will not turn green again, but the new ones will be fine.",
                ),
            ),
            Talk(
                "",
                "/delivery",
                "jo",
                (
                    "Do you deliver to islands?",
                    "We do, it takes two days longer: https://fern.example/delivery",
                    "Perfect.",
                ),
            ),
            Talk(
                "李小龍 (Lee)",
                "/pots",
                "maria",
                (
                    "Is the blue pot 18 cm inside or outside?",
                    "Outside. Inside it is 16 cm, so a 15 cm plant pot fits.",
                    "Great, ordered. Thanks.",
                ),
            ),
            Talk("Noa", "/plants/monstera", "maria", ("Is this the right page for gifts?", "It is. Shall I help?")),
        ),
    ),
    Company(
        slug="harbor",
        name="Harbor Cycles",
        host="harbor",
        colour="#b4481e",
        greeting="Need a hand with your bike? We are here.",
        people=(
            Person("tom", "Tom Becker", (OPERATOR,), "Workshop"),
            Person("ruth", "Ruth Cohen", (OPERATOR, SUPERVISOR), "Workshop"),
            Person("admin", "Femi Balogun", (ADMIN, OFFICER)),
        ),
        talks=(
            Talk(
                "K.",
                "/bikes/tern",
                "tom",
                (
                    "Which chain do I need for a 2021 tern?",
                    "For the eight-speed one a 6/7/8-speed chain of 116 links. Shall I put one aside?",
                    "Yes please, I will come by on Saturday.",
                    "It waits for you at the counter. We open at nine.",
                ),
            ),
        ),
    ),
)
