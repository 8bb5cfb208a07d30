"""Update actions on the means of payment: with what is paid, at which provider."""

from __future__ import annotations

from typing import TypeAlias

from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldAction, CustomFieldsDraft, CustomTypeAction
from ...project import Project
from ...store import Doc
from ...vocabulary import Localized, put
from .parts import MethodInfoDraft, Token, method_info

__all__ = ["MethodAction"]


class SetMethodInfo(Action):
    """Replaces all that is said of the means of payment."""

    payment_interface: str | None = None
    method: str | None = None
    name: Localized | None = None
    token: Token | None = None
    interface_account: str | None = None
    custom: CustomFieldsDraft | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        draft = MethodInfoDraft(
            payment_interface=self.payment_interface,
            method=self.method,
            name=self.name,
            token=self.token,
            interface_account=self.interface_account,
            custom=self.custom,
        )
        doc["paymentMethodInfo"] = method_info(draft, project)


class SetMethodInfoInterface(Action):
    """At which provider."""

    interface: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["paymentMethodInfo"]["paymentInterface"] = self.interface


class SetMethodInfoInterfaceAccount(Action):
    """`interfaceAccount` left out removes it."""

    interface_account: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc["paymentMethodInfo"], "interfaceAccount", self.interface_account)


class SetMethodInfoMethod(Action):
    """`method` left out removes it."""

    method: str | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc["paymentMethodInfo"], "method", self.method)


class SetMethodInfoName(Action):
    """`name` left out removes it."""

    name: Localized | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc["paymentMethodInfo"], "name", self.name)


class SetMethodInfoToken(Action):
    """`token` left out removes it."""

    token: Token | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        token = None if self.token is None else {"value": self.token.value}
        put(doc["paymentMethodInfo"], "token", token)


class SetMethodInfoCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "payment-method-info"

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        found: Doc = doc["paymentMethodInfo"]
        return found


class SetMethodInfoCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        found: Doc = doc["paymentMethodInfo"]
        return found


MethodAction: TypeAlias = (
    SetMethodInfo
    | SetMethodInfoInterface
    | SetMethodInfoInterfaceAccount
    | SetMethodInfoMethod
    | SetMethodInfoName
    | SetMethodInfoToken
    | SetMethodInfoCustomType
    | SetMethodInfoCustomField
)
