"""Storefronts of stores: addresses of the pages that customers see."""

from __future__ import annotations

from typing import TypeAlias

from typing_extensions import override

from ..actions import Action
from ..project import Project
from ..store import Doc
from ..vocabulary import Model, Text, put

__all__ = ["Storefront", "StorefrontAction"]


class Storefront(Model):
    """Addresses of pages; templates have a place for an id."""

    checkout_url_template: Text | None = None
    order_url_template: Text | None = None
    terms_of_service_url: Text | None = None
    privacy_policy_url: Text | None = None
    refund_policy_url: Text | None = None
    shipping_policy_url: Text | None = None
    cookie_policy_url: Text | None = None
    imprint_url: Text | None = None
    faq_url: Text | None = None
    contact_url: Text | None = None


class _SetAddress(Action):
    """Sets the one address that it names, or takes it away when it is left out."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        front = dict(doc.get("storefront", {}))
        for name, encoded in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            put(front, encoded, getattr(self, name))
        put(doc, "storefront", front or None)


class SetCheckoutUrlTemplate(_SetAddress):
    """`checkoutUrlTemplate` left out removes it."""

    checkout_url_template: Text | None = None


class SetOrderUrlTemplate(_SetAddress):
    """`orderUrlTemplate` left out removes it."""

    order_url_template: Text | None = None


class SetTermsOfServiceUrl(_SetAddress):
    """`termsOfServiceUrl` left out removes it."""

    terms_of_service_url: Text | None = None


class SetPrivacyPolicyUrl(_SetAddress):
    """`privacyPolicyUrl` left out removes it."""

    privacy_policy_url: Text | None = None


class SetRefundPolicyUrl(_SetAddress):
    """`refundPolicyUrl` left out removes it."""

    refund_policy_url: Text | None = None


class SetShippingPolicyUrl(_SetAddress):
    """`shippingPolicyUrl` left out removes it."""

    shipping_policy_url: Text | None = None


class SetCookiePolicyUrl(_SetAddress):
    """`cookiePolicyUrl` left out removes it."""

    cookie_policy_url: Text | None = None


class SetImprintUrl(_SetAddress):
    """`imprintUrl` left out removes it."""

    imprint_url: Text | None = None


class SetFaqUrl(_SetAddress):
    """`faqUrl` left out removes it."""

    faq_url: Text | None = None


class SetContactUrl(_SetAddress):
    """`contactUrl` left out removes it."""

    contact_url: Text | None = None


StorefrontAction: TypeAlias = (
    SetCheckoutUrlTemplate
    | SetOrderUrlTemplate
    | SetTermsOfServiceUrl
    | SetPrivacyPolicyUrl
    | SetRefundPolicyUrl
    | SetShippingPolicyUrl
    | SetCookiePolicyUrl
    | SetImprintUrl
    | SetFaqUrl
    | SetContactUrl
)
