import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import ImageError
from tenfold.core.rendering import Rendering
from tenfold.data.picture import read_picture
from tenfold.deploy.service.decoders import Decoders
from tenfold.deploy.service.limits import Limits


def png(size, mode="RGB"):
    stream = io.BytesIO()
    Image.new(mode, size, 90).save(stream, "PNG")
    return stream.getvalue()


@asynccontextmanager
async def started(**limits):
    decoders = Decoders((8, 8, 3), Rendering(8), Limits(**limits), n=1)
    await decoders.start()
    try:
        yield decoders
    finally:
        await decoders.end()


def test_pixels_are_those_of_training_and_a_dead_process_is_replaced():
    content = png((30, 20), "RGBA")

    async def decoded():
        async with started() as decoders:
            first = await decoders.decode(content)
            with pytest.raises(ImageError, match="not a readable PNG"):
                await decoders.decode(b"no")
            with pytest.raises(ImageError, match="empty"):
                await decoders.decode(b"")
            [process] = decoders._all
            process.kill()
            with pytest.raises(ImageError, match="its decoder crashes"):
                await decoders.decode(content)
            return first, await decoders.decode(content), decoders.n_replaced

    first, again, n_replaced = asyncio.run(decoded())
    np.testing.assert_array_equal(first, read_picture(content, (8, 8, 3)))
    np.testing.assert_array_equal(first, again)
    assert n_replaced == 1


def test_an_image_that_needs_too_much_memory_or_time_takes_nobody_else_with_it():
    huge = png((7_000, 7_000), "L")

    async def decoded():
        async with started(decode_mb=250) as decoders:
            with pytest.raises(ImageError, match="needs more than 250 MB of memory"):
                await decoders.decode(huge)
            await decoders.decode(png((3, 3)))
            usual, decoders.limits = decoders.limits, replace(decoders.limits, decode_s=1e-4)
            with pytest.raises(ImageError, match="takes more than 0.0001 s"):
                await decoders.decode(png((2_000, 2_000)))
            decoders.limits = usual
            return await decoders.decode(png((3, 3)))

    assert asyncio.run(decoded()).shape == (8, 8, 3)
