"""What the service's answers hold, and how OpenAPI describes it."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tenfold.deploy.classifier import Answer
from tenfold.deploy.document import Document
from tenfold.deploy.service.limits import Limits


class Prediction(BaseModel):
    """What the network says about one image."""

    name: str = Field(description="The file's name, or its place in the request.")
    label: str = Field(description="The most probable class.")
    probability: float = Field(description="Of that class, calibrated, in 0..1.")
    probabilities: dict[str, float] = Field(
        description="Of each class, or of the most probable ones, most probable first."
    )
    unfamiliarity: float | None = Field(
        description="How much the image differs from those that the network learnt from."
    )
    unfamiliar: bool | None = Field(
        description="Whether it differs more than 95 % of the validation images do."
    )


class Predictions(BaseModel):
    """An answer: a prediction for each image, in the order of the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "predictions": [
                        {
                            "name": "image 1",
                            "label": "cat",
                            "probability": 0.83,
                            "probabilities": {"cat": 0.83, "dog": 0.11},
                            "unfamiliarity": 0.17,
                            "unfamiliar": False,
                        }
                    ]
                }
            ]
        }
    )

    predictions: list[Prediction]


class Model(BaseModel):
    """What the network is, and what the service accepts."""

    classes: list[str]
    shape: list[int] = Field(description="Height and width in pixels, then channels.")
    document: dict[str, Any] = Field(description="All that the export says about itself.")
    limits: dict[str, float]


class Refusal(BaseModel):
    """Why a request is not answered."""

    detail: str = Field(examples=["image 1: not a readable PNG, JPEG, ... image"])


_BINARY = {"schema": {"type": "string", "format": "binary"}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": _BINARY,
            "application/octet-stream": _BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["images"],
                    "properties": {"images": {"type": "array", "items": {"type": "string"}}},
                },
                "example": {"images": ["iVBORw0KGgoAAAANSUhEUgAA..."]},
            },
        },
    }
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": what}
    for status, what in {
        400: "The body is not what its type says.",
        401: "The token is missing or wrong.",
        413: "The body is too large, or holds too many images.",
        415: "The body's type is not one of those above.",
        422: "An image cannot be read.",
        429: "Too many requests at once: try again.",
        503: "The service is stopping, or the request took too long.",
    }.items()
}


def answer(found: Answer, top: int | None) -> dict[str, Any]:
    """An answer as plain values for JSON.

    Args:
        found: The answer.
        top: How many classes; None for all.
    """
    return {
        "label": found.label,
        "probability": found.probability,
        "probabilities": dict(found.top(top or len(found.probabilities))),
        "unfamiliarity": found.unfamiliarity,
        "unfamiliar": found.unfamiliar,
    }


def model(document: Document, limits: Limits) -> Model:
    """The answer of `/v1/model`."""
    return Model(
        classes=list(document.classes),
        shape=list(document.shape),
        document=document.to_dict(),
        limits=asdict(limits),
    )
