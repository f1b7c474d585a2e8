"""The images in a request's body: raw, multipart, or JSON with base64."""

import base64
import binascii
import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from tenfold.deploy.service.limits import Limits, RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request

Named = tuple[str, bytes]
"""A name for answers and errors, and the content of an image file."""

TYPES = "an image/..., application/octet-stream, multipart/form-data or application/json"
_EXPECTED_JSON = 'Expected JSON such as {"images": ["...base64..."]}'


async def images_of(request: "Request", limits: Limits) -> list[Named]:
    """Read the images of a request.

    Raises:
        RefusedError: The body is too large, of another type, or not what its type says.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    is_raw = kind.startswith("image/") or kind == "application/octet-stream"
    if not is_raw and kind not in ("multipart/form-data", "application/json"):
        raise RefusedError(
            415, f"Expected {TYPES} as the Content-Type; received '{kind or 'none'}'."
        )
    content = await _body(request, limits.body_mb)
    if not content:
        raise RefusedError(400, "Expected an image in the request's body; the body is empty.")
    if is_raw:
        found = [("image 1", content)]
    elif kind == "application/json":
        found = _of_json(content)
    else:
        found = await _of_multipart(request, content, limits)
    if not found:
        raise RefusedError(400, "Expected one image or more; the request holds none.")
    if len(found) > limits.images:
        raise _too_many(limits, f"{len(found):,}")
    return found


def _too_many(limits: Limits, received: str) -> RefusedError:
    return RefusedError(
        413,
        f"Expected at most {limits.images:,} images in a request; received {received}. Send them "
        "in several requests.",
    )


async def _body(request: "Request", most_mb: int) -> bytes:
    """Read the body, and stop as soon as it is too large."""
    most = most_mb * 10**6
    refusal = RefusedError(
        413,
        f"Expected a body of at most {most_mb:,} MB; received more. Send smaller images, or fewer "
        "in a request.",
        Connection="close",
    )
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise refusal
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise refusal
        parts.append(part)
    return b"".join(parts)


def _of_json(content: bytes) -> list[Named]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from error
    images = found.get("images", found.get("image")) if isinstance(found, dict) else None
    if isinstance(images, str):
        images = [images]
    if not isinstance(images, list) or not all(isinstance(each, str) for each in images):
        raise RefusedError(422, f"{_EXPECTED_JSON}; received something else.")
    return [
        (f"image {number}", _of_base64(each, number)) for number, each in enumerate(images, start=1)
    ]


def _of_base64(text: str, number: int) -> bytes:
    """Decode base64, also with the beginning of a data URL."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(422, f"image {number}: not base64: {error}") from error


async def _of_multipart(request: "Request", content: bytes, limits: Limits) -> list[Named]:
    from python_multipart.exceptions import FormParserError
    from starlette.formparsers import MultiPartException, MultiPartParser

    class InMemory(MultiPartParser):
        """Writes no file: the body is in memory already, and its size is limited."""

        spool_max_size = 2 * limits.body_mb * 10**6

    async def whole() -> AsyncGenerator[bytes, None]:
        yield content

    parser = InMemory(request.headers, whole(), max_files=limits.images, max_fields=limits.images)
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError, KeyError) as error:
        reason = getattr(error, "message", "") or str(error)
        if "Too many" in reason:
            raise _too_many(limits, "more") from error
        raise RefusedError(400, f"The body is not multipart/form-data: {reason}") from error
    found: list[Named] = []
    for _, part in form.multi_items():
        if not isinstance(part, str):
            name = part.filename or f"image {len(found) + 1}"
            found.append((name, await part.read()))
    await form.close()
    return found
