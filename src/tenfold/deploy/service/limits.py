"""What the service accepts, and what it says about everything else."""

from dataclasses import dataclass

from tenfold.core.errors import TenfoldError, argument


@dataclass(frozen=True)
class Limits:
    """Limits of the service; each has an option of the command line.

    Attributes:
        body_mb: Of a request's body, in millions of bytes.
        images: Of a request.
        requests: Answered at once; more are refused at once, so that those stay fast.
        seconds: For a request, from its first byte to its answer.
        decode_s: For one image in a decoder; then the decoder is ended and replaced.
        decode_mb: Memory of a decoding process, in millions of bytes.
        batch: Images that the network takes at a time.
    """

    body_mb: int = 16
    images: int = 64
    requests: int = 64
    seconds: float = 30.0
    decode_s: float = 10.0
    decode_mb: int = 1_500
    batch: int = 32

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise TenfoldError(
                    f"Expected {argument(name)} to be more than 0; received {value}."
                )


class RefusedError(Exception):
    """A request that the service does not answer.

    Attributes:
        status: The HTTP status.
        sentence: What was received, what was expected, what to do.
        headers: Of the response.
    """

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
