"""Draws pictures anew from their pixels, so that only what can be seen is passed on: no EXIF, no place, no comment.

It runs in a thread of its own and never in the loop; how many pixels it unpacks has a bound, so that a small file
cannot fill the memory. It opens four formats and no other, whatever the library knows besides.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import Image, ImageOps, ImageSequence

#: What is drawn anew, and how the library calls it.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
#: What one picture may unpack to, all of its frames together: some 100 MB at worst.
MOST_PIXELS = 25_000_000
MOST_FRAMES = 300
MOST_BYTES = 32 * 1024 * 1024
_AT_ONCE = 2
#: What of a picture's remarks is needed to draw it.
_NEEDED = ("transparency", "duration", "loop", "disposal")


class ImageRefused(Exception):
    """A picture that cannot be drawn anew; it holds a reason in UPPER_SNAKE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it was drawn anew."""

    data: bytes
    width: int
    height: int


@cache
def _places(_loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


async def redraw(media_type: str, data: bytes) -> Picture:
    """Returns a picture drawn anew; raises ImageRefused for one that is broken or too large."""
    async with _places(asyncio.get_running_loop()):
        return await asyncio.to_thread(_redrawn, FORMATS[media_type], data)


async def draw_small(media_type: str, data: bytes, side: int) -> Picture:
    """Returns a picture drawn anew as PNG, its first frame alone, at most `side` pixels wide and high."""

    def drawn() -> Picture:
        whole = _redrawn(FORMATS[media_type], data)
        with Image.open(io.BytesIO(whole.data), formats=[FORMATS[media_type]]) as image:
            small = image.convert("RGBA")
        small.thumbnail((side, side))
        # Only the pixels are taken along.
        bare = Image.new("RGBA", small.size)
        bare.paste(small)
        written = io.BytesIO()
        bare.save(written, "PNG", optimize=True)
        return Picture(data=written.getvalue(), width=bare.width, height=bare.height)

    async with _places(asyncio.get_running_loop()):
        return await asyncio.to_thread(drawn)


async def size_of(media_type: str, data: bytes) -> tuple[int, int]:
    """Returns the width and the height of a picture that was drawn anew."""

    def measured() -> tuple[int, int]:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            return image.size

    return await asyncio.to_thread(measured)


def _redrawn(name: str, data: bytes) -> Picture:
    try:
        with warnings.catch_warnings():
            # The library warns of half a bomb; the bound here lies below that.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=[name]) as image:
                frames = getattr(image, "n_frames", 1) if name != "JPEG" else 1
                if image.width * image.height * frames > MOST_PIXELS or frames > MOST_FRAMES:
                    raise ImageRefused("IMAGE_TOO_LARGE")
                drawn = [_drawn(frame, name) for frame in _frames(image, frames)]
    except ImageRefused:
        raise
    except Exception as error:  # A decoder that was fed anything may raise anything.
        raise ImageRefused("IMAGE_BROKEN") from error
    written = io.BytesIO()
    options: dict[str, Any] = {"JPEG": {"quality": 88}, "WEBP": {"quality": 88, "method": 2}}.get(name, {})
    if len(drawn) > 1:
        durations = [int(frame.info.get("duration", 100)) for frame in drawn]
        options |= {"save_all": True, "append_images": drawn[1:], "duration": durations, "loop": 0}
    drawn[0].save(written, name, **options)
    return Picture(data=written.getvalue(), width=drawn[0].width, height=drawn[0].height)


def _frames(image: Image.Image, frames: int) -> Any:
    return (frame.copy() for frame in ImageSequence.Iterator(image)) if frames > 1 else [image]


def _drawn(frame: Image.Image, name: str) -> Image.Image:
    # How a camera was held stands in the EXIF that goes, so the picture is turned by it first.
    upright = ImageOps.exif_transpose(frame)
    if name == "JPEG" and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    upright.load()
    drawn = upright.copy()
    drawn.info = {key: value for key, value in frame.info.items() if key in _NEEDED}
    return drawn
