"""Who approved a preset, and whether it is still what they approved. Pure: no clock, no files."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Where a preset is on its way into a clinic."""

    FACTORY = "factory"  # Vigil's own; runs anywhere, marked as not approved by this clinic
    DRAFT = "draft"  # simulated devices and recordings only
    APPROVED = "approved"  # by a named clinician


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named clinician's word for exactly one content."""

    name: str
    credential: str
    at: datetime
    sha256: str

    @property
    def text(self) -> str:
        """Return who approved it and when."""
        return f"approved by {self.name}, {self.credential}, {self.at:%Y-%m-%d}"


def digest(content: object) -> str:
    """Return the SHA-256 of a preset's content: the same for every way of writing it down."""
    plain = msgspec.to_builtins(content)
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def faults(status: Status, approval: Approval | None, content_sha256: str) -> Iterator[str]:
    """Yield what is wrong between a preset's status, its approval and its content."""
    if status is not Status.APPROVED:
        if approval is not None:
            yield f"approval: the status is {status.value}, so nobody can have approved it"
        return
    if approval is None:
        yield "status: approved, and no approval says by whom"
        return
    for field in ("name", "credential"):
        if not getattr(approval, field).strip():
            yield f"approval.{field}: is empty; an approval is a named clinician's"
    if approval.at.utcoffset() is None:
        yield "approval.at: needs a time zone"
    if approval.sha256 != content_sha256:
        yield (
            f"approval: {approval.name} approved another content"
            f" (SHA-256 {approval.sha256[:12]}, this is {content_sha256[:12]}): approve it again"
        )


def refusal(status: Status, content_sha256: str, factory_sha256: str) -> str:
    """Return why a preset may not judge a real device, "" when it may."""
    if status is Status.DRAFT:
        return "is a draft: it runs on simulated devices and on recordings until a clinician approves it"
    if status is Status.FACTORY and content_sha256 != factory_sha256:
        return "calls itself factory and differs from Vigil's: it must be approved by a clinician"
    return ""
