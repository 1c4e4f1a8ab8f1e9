"""How documents are read, as options that several commands have, and as settings."""

from typing import Annotated, Any

import typer

ModelOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Reads what is no e-invoice: rules, or PROVIDER:MODEL; several: A,B.",
    ),
]
SecondModelOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Reads once more what fails checks, and only that."),
]
EInvoiceOption = Annotated[
    bool | None,
    typer.Option("--e-invoice/--no-e-invoice", help="Use the XML inside hybrid PDFs."),
]
ConcurrencyOption = Annotated[
    int | None, typer.Option(metavar="N", help="Documents with the model at the same time.")
]
ParseWorkersOption = Annotated[
    int | None,
    typer.Option(metavar="N", help="Child processes that parse; 0 is one a core."),
]
ReviewBelowOption = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="To review, if a required field is right with a probability below this, 0 to 1.",
    ),
]
MaxCostOption = Annotated[
    float | None,
    typer.Option(metavar="USD", help="Stop before models cost more than so many dollars."),
]
PriceOption = Annotated[
    list[str] | None,
    typer.Option(metavar="MODEL=IN/OUT", help="What a model costs, in $ a million tokens."),
]


def reading_flags(
    *,
    model: str | None,
    second_model: str | None,
    e_invoice: bool | None,
    concurrency: int | None,
    parse_workers: int | None,
    review_below: float | None,
    max_cost: float | None,
    price: list[str] | None,
) -> dict[str, Any]:
    """What was given of these, as settings; nothing stands for what was not."""
    return {
        "model": model,
        "second_model": second_model,
        "e_invoice": e_invoice,
        "concurrency": concurrency,
        "parse_workers": parse_workers,
        "review_below": review_below,
        "max_cost_usd": max_cost,
        "prices": tuple(price) if price else None,
    }
