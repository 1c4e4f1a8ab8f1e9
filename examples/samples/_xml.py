"""XML written as nested calls: what is absent leaves no element behind."""

from collections.abc import Mapping
from decimal import Decimal
from xml.etree.ElementTree import Element, indent, register_namespace, tostring

NAMESPACES: Mapping[str, str] = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "ubl": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}

for prefix, uri in NAMESPACES.items():
    register_namespace(prefix, uri)

Content = Element | str | Decimal | None


def node(tag: str, *content: Content, **attributes: str | None) -> Element | None:
    """An element such as ``ram:Name``, or nothing where *content* is nothing."""
    present = [part for part in content if part is not None]
    if not present:
        return None
    prefix, name = tag.split(":")
    given = {key: value for key, value in attributes.items() if value is not None}
    element = Element(f"{{{NAMESPACES[prefix]}}}{name}", given)
    for part in present:
        if isinstance(part, Element):
            element.append(part)
        else:
            element.text = f"{part:f}" if isinstance(part, Decimal) else part
    return element


def written(root: Element | None) -> bytes:
    """The file for *root*.

    Raises:
        ValueError: There is nothing to write.
    """
    if root is None:
        raise ValueError("an invoice without any term has no XML")
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
