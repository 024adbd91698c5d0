"""Photos, documents and voice messages; and fetching files."""

import secrets
import struct
from typing import Any

from sandbox.call import Call, method
from sandbox.methods.messages import post
from sandbox.refusals import Json, bad_request
from sandbox.render import photo_json
from sandbox.request import Upload
from sandbox.rules import caption_content
from sandbox.world import StoredFile, World

PHOTO_LIMIT = 10 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024
FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers"}


def store_file(world: World, kind: str, upload: Upload, **facts: Any) -> StoredFile:
    """Keep a file under a new id."""
    extension = upload.name.rpartition(".")[2] if "." in upload.name else "bin"
    unique = secrets.token_hex(6)
    path = f"{FOLDERS[kind]}/file_{len(world.files)}.{extension}"
    stored = StoredFile(
        f"{kind}-{unique}", unique, path, upload.name, upload.mime, upload.data, {"kind": kind, **facts}
    )
    world.files[stored.id] = stored
    return stored


def file_of(call: Call, kind: str, limit: int = UPLOAD_LIMIT) -> StoredFile:
    """The file of a send method: uploaded now, or known by its id."""
    given = call.text(kind)
    upload = call.uploads.get(given.removeprefix("attach://") if given.startswith("attach://") else kind)
    if upload is not None:
        return keep_upload(call.world, kind, upload, limit)
    if not given:
        raise bad_request(f"there is no {kind} in the request")
    if given.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    stored = call.world.files.get(given)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.facts["kind"] != kind:
        raise bad_request(f"can't use file of type {stored.facts['kind'].title()} as {kind.title()}")
    return stored


def keep_upload(world: World, kind: str, upload: Upload, limit: int) -> StoredFile:
    """An uploaded file, if it is neither empty nor too large; a photo must be one."""
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > limit:
        raise bad_request("file is too big" if kind != "photo" else "PHOTO_SAVE_FILE_INVALID")
    facts = {}
    if kind == "photo":
        facts = dict(zip(("width", "height"), size_of(upload.data), strict=True))
    return store_file(world, kind, upload, **facts)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG, GIF or JPEG."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) > 24:  # noqa: PLR2004 - the header's length
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) > 10:  # noqa: PLR2004 - the header's length
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data.startswith(b"\xff\xd8"):
        return jpeg_size(data)
    raise bad_request("IMAGE_PROCESS_FAILED")


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk a JPEG's segments up to the one that tells the size."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - a segment's first byte
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # noqa: PLR2004 - frame headers
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise bad_request("IMAGE_PROCESS_FAILED")


def photo_content(stored: StoredFile) -> Json:
    """A photo as a message's content."""
    return {"photo": photo_json(stored, stored.facts["width"], stored.facts["height"])}


def document_content(stored: StoredFile) -> Json:
    """A document as a message's content."""
    return {"document": plain_file(stored) | {"file_name": stored.name}}


def voice_content(stored: StoredFile, seconds: int = 1) -> Json:
    """A voice message as a message's content."""
    return {"voice": plain_file(stored) | {"duration": seconds}}


def plain_file(stored: StoredFile) -> Json:
    """What all files have in common."""
    return {
        "file_id": stored.id,
        "file_unique_id": stored.unique_id,
        "mime_type": stored.mime,
        "file_size": len(stored.data),
    }


@method("sendPhoto")
def send_photo(call: Call) -> Json:
    """A picture."""
    caption = caption_content(call)
    call.open_chat()
    return post(call, photo_content(file_of(call, "photo", PHOTO_LIMIT)) | caption)


@method("sendDocument")
def send_document(call: Call) -> Json:
    """Any file."""
    caption = caption_content(call)
    call.open_chat()
    return post(call, document_content(file_of(call, "document")) | caption)


@method("sendVoice")
def send_voice(call: Call) -> Json:
    """A voice message."""
    caption = caption_content(call)
    call.open_chat()
    return post(call, voice_content(file_of(call, "voice"), call.number("duration", 1)) | caption)


@method("getFile")
def get_file(call: Call) -> Json:
    """Where a file can be downloaded."""
    stored = call.world.files.get(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.data) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": stored.id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
        "file_path": stored.path,
    }
