"""Update actions on the plain fields of a product, with and without a staged side."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import override

from ...actions import Action, SetFields
from ...project import Project
from ...store import Doc
from ...vocabulary import Key, Locale, Localized, Model, Slugs, TaxCategoryIdentifier, Text, put
from .sides import SetStaged

__all__ = ["FieldAction", "PriceMode", "SearchKeywords"]

PriceMode: TypeAlias = Literal["Embedded", "Standalone"]


class _Tokenizer(Model, tag_field="type"):
    """How a keyword is taken apart for suggestions."""


class WhitespaceTokenizer(_Tokenizer, tag="whitespace"):
    """At its blanks."""


class CustomTokenizer(_Tokenizer, tag="custom"):
    """Not at all: these words stand for it."""

    inputs: list[str]


class SearchKeyword(Model):
    """A word that finds the product."""

    text: Text
    suggest_tokenizer: WhitespaceTokenizer | CustomTokenizer | None = None


SearchKeywords: TypeAlias = dict[Locale, list[SearchKeyword]]


class ChangeName(SetStaged, kw_only=True):
    """`name` replaces all locales."""

    name: Localized


class ChangeSlug(SetStaged, kw_only=True):
    """`slug` replaces all locales."""

    slug: Slugs


class SetDescription(SetStaged, kw_only=True):
    """`description` left out removes it."""

    description: Localized | None = None


class SetMetaTitle(SetStaged, kw_only=True):
    """`metaTitle` left out removes it."""

    meta_title: Localized | None = None


class SetMetaDescription(SetStaged, kw_only=True):
    """`metaDescription` left out removes it."""

    meta_description: Localized | None = None


class SetMetaKeywords(SetStaged, kw_only=True):
    """`metaKeywords` left out removes it."""

    meta_keywords: Localized | None = None


class SetSearchKeywords(SetStaged, kw_only=True):
    """Replaces all keywords."""

    search_keywords: SearchKeywords


class SetTaxCategory(Action):
    """`taxCategory` left out removes it."""

    tax_category: TaxCategoryIdentifier | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        found = None if self.tax_category is None else project.reference(self.tax_category, "tax-category")
        put(doc, "taxCategory", found)


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class SetPriceMode(Action):
    """Where prices are read from; left out it is Embedded. Prices of the other kind stay where they are."""

    price_mode: PriceMode = "Embedded"

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["priceMode"] = self.price_mode


FieldAction: TypeAlias = (
    ChangeName
    | ChangeSlug
    | SetDescription
    | SetMetaTitle
    | SetMetaDescription
    | SetMetaKeywords
    | SetSearchKeywords
    | SetTaxCategory
    | SetKey
    | SetPriceMode
)
