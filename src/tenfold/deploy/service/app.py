"""The HTTP interface: `POST /v1/predict` and what is around it."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenfold.core.errors import ImageError
from tenfold.core.text import printable
from tenfold.deploy.classifier import Answer, Classifier
from tenfold.deploy.page.render import REPORT, Sureness, page_html
from tenfold.deploy.service import described
from tenfold.deploy.service.batches import Batches
from tenfold.deploy.service.bodies import Named, images_of
from tenfold.deploy.service.decoders import Decoders
from tenfold.deploy.service.limits import Limits, RefusedError
from tenfold.deploy.service.metrics import Metrics
from tenfold.runs.environment import usable_cores

PREDICT = "/v1/predict"
OPEN_TO_ALL = ("/", "/healthz", "/readyz")
"""What needs no token: the page, and what a supervisor asks."""


@dataclass
class Service:
    """One network, and what answering with it needs.

    Attributes:
        classifier: The network.
        limits: What is accepted.
        token: That each request must carry; None for none.
        sureness: What the page says about an answer's confidence.
        report: The run's report, to which the page links; None without a link.
        stopping: Whether the service is about to end.
        ready: Whether it answers.
    """

    classifier: Classifier
    limits: Limits = field(default_factory=Limits)
    token: str | None = None
    sureness: Sureness = field(default_factory=Sureness)
    report: Path | None = None
    stopping: bool = False
    ready: bool = False
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        document, limits = self.classifier.document, self.limits
        n = max(1, min(usable_cores(), 8))
        self.decoders = Decoders(document.shape, document.rendering, limits, n)
        self.batches = Batches(self.classifier, limits.batch)
        self.refusal = _refusal(
            RefusedError(
                429,
                f"As many requests are being answered as the service takes ({limits.requests:,}). "
                "Try again in a second.",
                Retry_After="1",
            )
        )

    @property
    def is_busy(self) -> bool:
        """Whether one more request for predictions would be too much."""
        return self.metrics.n_now >= self.limits.requests

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start what answering needs, and end it.

        Raises:
            TenfoldError: It cannot be started.
        """
        try:
            await self.decoders.start()
            self.batches.start()
            self.ready = True
            yield
        finally:
            self.ready = False
            await self.batches.end()
            await self.decoders.end()

    async def predict(self, request: Request, top: int | None) -> dict[str, Any]:
        """Answer a request for predictions.

        Raises:
            RefusedError: It cannot be answered.
        """
        try:
            async with asyncio.timeout(self.limits.seconds):
                images = await images_of(request, self.limits)
                found = await asyncio.gather(*(self._answer(each) for each in images))
        except ClientDisconnect:
            raise RefusedError(400, "The body ended too early.") from None
        except TimeoutError:
            raise RefusedError(
                503,
                f"This request takes more than {self.limits.seconds:g} s. Send fewer or smaller "
                "images, or try again later.",
                Retry_After="5",
                Connection="close",
            ) from None
        reasons = [each for each in found if isinstance(each, str)]
        if reasons:
            others = f" ({len(reasons)} of {len(found)} images cannot be read.)"
            raise RefusedError(422, reasons[0] + (others if len(found) > 1 else ""))
        self.metrics.n_images += len(found)
        return {
            "predictions": [
                {"name": printable(name), **described.answer(each, top)}
                for (name, _), each in zip(images, found, strict=True)
                if isinstance(each, Answer)
            ]
        }

    async def _answer(self, image: Named) -> Answer | str:
        """An answer, or the reason why there is none."""
        name, content = image
        self.batches.n_coming += 1
        try:
            pixels = await self.decoders.decode(content)
        except ImageError as reason:
            return printable(f"{name}: {reason}")
        finally:
            self.batches.n_coming -= 1
        return await self.batches.answer(pixels)

    def accept(self, request: Request) -> None:
        """Check a request before any of its body is read.

        Raises:
            RefusedError: It is not answered.
        """
        path = request.url.path
        if self.token is not None and path not in OPEN_TO_ALL:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode("latin-1"), f"Bearer {self.token}".encode()):
                raise RefusedError(
                    401,
                    "Expected the header 'Authorization: Bearer TOKEN' with the service's token; "
                    f"received {'another one' if given else 'none'}.",
                    WWW_Authenticate="Bearer",
                )

    def figures(self) -> str:
        """The text of `/metrics`."""
        return self.metrics.text(
            batches_total=("Batches of the network.", "counter", self.batches.n_batches),
            decoders_replaced_total=(
                "Decoding processes that ended or took too long.",
                "counter",
                self.decoders.n_replaced,
            ),
        )


def make_app(service: Service) -> FastAPI:
    """Make the application, as FastAPI's interface has it."""
    app = FastAPI(
        title="Tenfold",
        summary=f"Classifies images: {service.classifier.document.data}.",
        version=version("tenfold"),
        docs_url=None,  # The pages of documentation fetch scripts from elsewhere.
        redoc_url=None,
    )
    _handle_errors(app)
    app.add_middleware(Admission, service=service)

    _add_page(app, service)

    @app.post(PREDICT, openapi_extra=described.BODY, responses=described.RESPONSES)
    async def predict(
        request: Request,
        top: Annotated[
            int | None, Query(ge=1, description="Only the most probable classes; default: all.")
        ] = None,
    ) -> described.Predictions:
        """Classify one image or several."""
        return described.Predictions.model_validate(await service.predict(request, top))

    @app.get("/v1/model")
    async def model() -> described.Model:
        """What the network is, and what the service accepts."""
        return described.model(service.classifier.document, service.limits)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        """Whether the service takes requests."""
        if service.stopping or not service.ready:
            raise RefusedError(503, "The service is stopping. Ask another one.")
        return {"status": "ready"}

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Counters, for Prometheus."""
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return PlainTextResponse(service.figures(), media_type=kind)

    return app


def _add_page(app: FastAPI, service: Service) -> None:
    """Add the page for people, and the run's report, to which it links."""
    report = service.report
    html = page_html(
        service.classifier.document,
        service.sureness,
        predictor="server",
        report=REPORT if report else None,
    )

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(html)

    if report:

        @app.get(f"/{REPORT}", include_in_schema=False)
        async def the_report() -> FileResponse:
            return FileResponse(report)


class Admission:
    """What stands before the application: it refuses early, counts, and closes connections.

    It is plain ASGI, so that a refusal under load costs little.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        service, metrics = self.service, self.service.metrics
        began_at, counted, status = time.monotonic(), scope["path"] == PREDICT, 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                if service.stopping:
                    headers["Connection"] = "close"
            await send(message)

        if counted and service.is_busy:  # First: it must cost little.
            await service.refusal(scope, receive, send)
            metrics.answered(429, 0.0)
            return
        try:
            service.accept(Request(scope))
        except RefusedError as refused:
            await _refusal(refused)(scope, receive, sent)
        else:
            metrics.n_now += counted
            try:
                await self.app(scope, receive, sent)
            finally:
                metrics.n_now -= counted
        if counted:
            metrics.answered(status, time.monotonic() - began_at)


def _handle_errors(app: FastAPI) -> None:
    """Answer each error with one sentence, in one form."""

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> JSONResponse:
        return _refusal(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        name = ".".join(str(each) for each in first["loc"][1:])
        return _refusal(RefusedError(422, f"Expected another value of '{name}': {first['msg']}."))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> JSONResponse:
        sentence = {
            404: f"There is nothing at {request.url.path}. The service has {PREDICT}, /v1/model, "
            "/healthz, /readyz, /metrics and /openapi.json.",
            405: f"{request.method} is not for {request.url.path}.",
        }.get(error.status_code, str(error.detail))
        found = RefusedError(error.status_code, printable(sentence))
        found.headers |= dict(error.headers or {})
        return _refusal(found)


def _refusal(error: RefusedError) -> JSONResponse:
    return JSONResponse({"detail": error.sentence}, error.status, error.headers)
