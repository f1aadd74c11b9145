"""``/purchase-requests/{id}/attachments``: files of a request."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any, BinaryIO, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from api.bodies import EXTENSION, Handler
from api.deps import AttachmentsDep, CallerDep, ServiceDep, SubjectDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.attachments.attachments import Attachment, Attachments, Upload
from application.attachments.storage import PIECE
from approval.attachments import KINDS, LARGEST, MEGABYTE, MOST_FILES, MOST_TOGETHER
from file_transfer import FIELD, LONGEST_FIELD, LONGEST_UPLOAD, MOST_FIELDS, answer_with, read_upload_form, upload_in


class UploadRoute(IdempotentRoute):
    """A route whose POST has a file: by that it is known again, not by how the form around it was written."""

    async def respond(self, request: Request, handle: Handler) -> Response:
        """See ``BoundedRoute``. Temporary files do not outlive the call."""
        try:
            return await super().respond(request, handle)
        finally:
            await request.close()

    async def said(self, request: Request) -> bytes:
        """See ``IdempotentRoute``."""
        upload = await _upload(request)
        return upload.name.encode(errors="replace") + b"\0" + await asyncio.to_thread(_digest, upload.file)


router = APIRouter(
    prefix="/purchase-requests/{request_id}/attachments",
    route_class=UploadRoute,
    tags=["purchase requests"],
    responses=ANSWERS,
)

_FORM: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {FIELD: {"type": "string", "format": "binary"}},
                "required": [FIELD],
            }
        }
    },
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BYTES: Final = {kind.media_type: _BINARY for kind in KINDS.values()}
_GIVEN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file", "content": _BYTES},
    206: {"description": "The part of it that `Range` asks for", "content": _BYTES},
}


@router.get("", response_model=Attachments)
async def list_attachments(
    request_id: UUID, caller: CallerDep, service: ServiceDep, attachments: AttachmentsDep
) -> Attachments:
    """List the files of a request, in the order in which they were added.

    `scan` is what a virus scanner says of a file: only one that is `clean` can be downloaded, or `not_scanned` where the
    installation has no scanner.
    """
    return await attachments.list(caller, await service.get(caller, request_id))


@router.post(
    "",
    status_code=201,
    response_model=Attachment,
    dependencies=POST,
    responses=documented("request_locked", "request_busy", "invalid", "idempotency_key_reused", "storage_unavailable"),
    openapi_extra={EXTENSION: LONGEST_UPLOAD, "requestBody": _FORM},
    description=f"""Attach a file to a request: its owner while it can be edited, or whoever can decide it now.

A file has at most {LARGEST // MEGABYTE} MB, and a request {MOST_FILES} files of {MOST_TOGETHER // MEGABYTE} MB together. It is one of
{", ".join(KINDS)}, by its name and by its content. Neither the request's `version` nor its run know of it. Under one
`Idempotency-Key` the same file under the same name is attached once.""",
)
async def add_attachment(
    request_id: UUID,
    request: Request,
    response: Response,
    caller: CallerDep,
    attachments: AttachmentsDep,
    subject: SubjectDep,
) -> Attachment:
    """Attach a file to a request."""
    await attachments.require_may_add(caller, request_id)
    added = await attachments.add(caller, request_id, await _upload(request), attachment_id=subject)
    response.headers["Location"] = f"{request.url.path}/{added.id}"
    return added


@router.get(
    "/{attachment_id}",
    response_class=Response,
    responses=_GIVEN | documented("not_scanned_yet", "infected", "range_not_satisfiable", "storage_unavailable"),
)
async def download_attachment(
    request_id: UUID,
    attachment_id: UUID,
    request: Request,
    caller: CallerDep,
    attachments: AttachmentsDep,
    inline: Annotated[bool, Query(description="have a browser show it, if it is a PDF or a picture")] = False,
) -> Response:
    """Download a file of a request, or with `Range` a part of it."""
    return await answer_with(request, await attachments.open(caller, request_id, attachment_id), inline=inline)


@router.delete("/{attachment_id}", status_code=204, responses=documented("request_locked", "request_busy"))
async def remove_attachment(
    request_id: UUID, attachment_id: UUID, caller: CallerDep, attachments: AttachmentsDep
) -> None:
    """Remove a file from a request: by whoever added it, while they could still add one."""
    await attachments.remove(caller, request_id, attachment_id)


async def _upload(request: Request) -> Upload:
    form: FormData = await read_upload_form(
        request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    )
    return upload_in(form)


def _digest(file: BinaryIO) -> bytes:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.digest()
