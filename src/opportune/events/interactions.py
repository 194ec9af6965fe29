"""The common interactions as data: what their events are called, and what their properties are."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

Type: TypeAlias = Literal["text", "number", "whole", "boolean", "instant", "list", "object", "unknown"]
"""What a value can be; an instant is ISO 8601 text, or a number since 1970; ``unknown`` is anything."""


class Property(Struct, frozen=True):
    """One property of an event, under its dotted name."""

    name: str
    type: Type
    unit: str = ""
    """In which a number counts; ``currency`` is that of the property of this name."""
    is_required: bool = False
    """Missing, or null, is a violation."""
    one_of: tuple[str, ...] = ()
    """All texts that it may be; empty: any."""


class Schema(Struct, frozen=True):
    """What an event of this name should say; other properties are welcome."""

    name: str
    properties: tuple[Property, ...]

    def property(self, name: str) -> Property | None:
        """The property of this name."""
        return next((each for each in self.properties if each.name == name), None)


def _texts(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, "text") for name in names)


def _money(*names: str) -> tuple[Property, ...]:
    return (*(Property(name, "number", "currency") for name in names), Property("currency", "text", "ISO 4217"))


def _needed(name: str, kind: Type = "text", unit: str = "") -> Property:
    return Property(name, kind, unit, is_required=True)


_PRODUCT = (
    *_texts("product_id", "sku", "category", "name", "brand", "variant", "coupon", "url", "image_url"),
    *_money("price", "value"),
    Property("quantity", "number", "pieces"),
    Property("position", "whole", "from 1"),
)
_CART = (*_texts("cart_id"), *_money("value"), Property("products", "list"))
_BOUGHT = (
    *_texts("checkout_id", "cart_id", "affiliation", "coupon"),
    *_money("subtotal", "total", "revenue", "value", "shipping", "tax", "discount"),
    Property("products", "list"),
)
_ITEM = (
    _needed("item"), *_texts("name", "category", "url"), *_money("price"), Property("stock", "number", "pieces"),
    Property("tags", "list"), Property("score", "number"), Property("published", "instant"),
    Property("expires", "instant"),
)  # fmt: skip
_CONTENT = _texts("title", "category", "author", "url")

SCHEMAS: Final[dict[str, Schema]] = {
    name: Schema(name, properties)
    for name, properties in (
        ("Article Read", (_needed("article_id"), *_CONTENT, Property("words", "whole", "words"),
                          Property("seconds", "number", "seconds"), Property("share_read", "number", "0 to 1"))),
        ("Content Shared", (_needed("content_id"), *_CONTENT, *_texts("content_type", "share_via"))),
        ("Scroll Depth Reached", (_needed("share", "number", "0 to 1"), *_texts("content_id", "url", "title"))),
        ("Time Spent", (_needed("seconds", "number", "seconds"), *_texts("content_id", "url", "title"))),
        ("Video Watched", (_needed("video_id"), *_CONTENT, Property("seconds", "number", "seconds"),
                           Property("length_seconds", "number", "seconds"),
                           Property("share_watched", "number", "0 to 1"))),
        ("Signed Up", _texts("method", "plan")),
        ("Logged In", _texts("method")),
        ("Help Searched", (_needed("query"), Property("results", "whole", "results"))),
        ("Pricing Viewed", _texts("plan", "url")),
        ("Products Searched", (_needed("query"), Property("results", "whole", "results"))),
        ("Product List Viewed", (*_texts("list_id", "category"), Property("products", "list"))),
        ("Product Clicked", _PRODUCT),
        ("Product Viewed", _PRODUCT),
        ("Product Shared", (*_PRODUCT, *_texts("share_via", "share_message"))),
        ("Product Reviewed", (_needed("product_id"), *_texts("review_id", "review_body"),
                              Property("rating", "number", "stars"))),
        ("Product Added", (*_PRODUCT, *_texts("cart_id"))),
        ("Product Removed", (*_PRODUCT, *_texts("cart_id"))),
        ("Product Added to Wishlist", (*_PRODUCT, *_texts("wishlist_id", "wishlist_name"))),
        ("Cart Viewed", _CART),
        ("Cart Updated", (*_CART, Property("quantity", "number", "pieces"))),
        ("Cart Abandoned", (*_CART, *_money("revenue")[:1])),
        ("Checkout Started", (*_texts("order_id"), *_BOUGHT)),
        ("Payment Info Entered", _texts("checkout_id", "order_id", "shipping_method", "payment_method")),
        ("Order Completed", (*_texts("order_id"), *_BOUGHT)),
        ("Order Updated", (_needed("order_id"), *_BOUGHT)),
        ("Order Refunded", (_needed("order_id"), *_BOUGHT)),
        ("Order Cancelled", (_needed("order_id"), *_BOUGHT)),
        ("Coupon Applied", (*_texts("order_id", "cart_id", "coupon_id", "coupon_name"),
                            Property("discount", "number", "currency"))),
        ("Price Dropped", (*_ITEM, *_money("old_price")[:1], _needed("price_drop", "number", "0 to 1"))),
        ("Back in Stock", _ITEM),
        ("Item Published", _ITEM),
    )
}  # fmt: skip
"""By name. Those of shops are named as in Segment's specification of e-commerce events."""
