"""Pictures that editors hand in: checked, written anew without anything but the pixels, and kept in two sizes.

A picture is known by its reference, `<hash>-<width>x<height>`: the first 32 digits of the SHA-256 of its large file,
and that file's size. Another picture has another reference, so a file never changes. They lie in MEDIA_ROOT/pictures.
"""

import hashlib
import io
import os
import re
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from .entries import TYPES
from .models import Revision
from .uploads import MEGABYTE

SIZES = (480, 1280)  # widths in pixels; a smaller picture stays as small as it is
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_FILE = 15 * MEGABYTE
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 4  # times the shorter one
QUALITY = 82
REFERENCE = re.compile(r"[0-9a-f]{32}-([0-9]{1,4})x([0-9]{1,4})")
FORGOTTEN_AFTER = 24 * 60 * 60  # seconds: a form may be open that long


class PictureField(models.CharField):
    """The reference of a picture that is kept, or nothing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 60, "blank": True} | kwargs)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if value and not exists(value):
            raise ValidationError(_("There is no such picture here. It has to be uploaded in the portal first."))


@dataclass(frozen=True)
class Rendition:
    """A picture as a page shows it. `address`: from a size in pixels to the address of the file."""

    reference: str
    address: callable

    @property
    def width(self):
        return int(REFERENCE.fullmatch(self.reference)[1])

    @property
    def height(self):
        return int(REFERENCE.fullmatch(self.reference)[2])

    @property
    def src(self):
        return self.address(SIZES[-1])

    @property
    def srcset(self):
        widths = {min(size, self.width): size for size in SIZES}
        return ", ".join(f"{self.address(size)} {width}w" for width, size in widths.items())


def rendition(reference, token=None):
    """What a page needs of a picture; `token`: of the preview that shows it."""
    query = {"vorschau": token} if token else None
    return Rendition(reference, lambda size: reverse("picture", args=[reference, size], query=query))


def staff_rendition(reference):
    return Rendition(reference, lambda size: reverse("admin:picture", args=[reference, size]))


def folder():
    return settings.MEDIA_ROOT / "pictures"


def path(reference, size):
    return folder() / f"{reference}-{size}.jpg"


def exists(reference):
    return bool(REFERENCE.fullmatch(reference)) and all(path(reference, size).is_file() for size in SIZES)


def content(reference, size):
    """The file of a picture, or None."""
    if not REFERENCE.fullmatch(reference) or size not in SIZES:
        return None
    try:
        return path(reference, size).read_bytes()
    except FileNotFoundError:
        return None


def store(file):
    """Keep a picture that was handed in. Returns its reference; raises ValidationError with what is wrong with it."""
    image = pixels(file)
    small, large = (shrunk(image, size) for size in SIZES)
    files = [encoded(small), encoded(large)]
    reference = f"{hashlib.sha256(files[-1]).hexdigest()[:32]}-{large.width}x{large.height}"
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for size, data in zip(SIZES, files, strict=True):
        new = path(reference, size).with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.new")
        new.write_bytes(data)
        new.replace(path(reference, size))  # at once as a whole; a file of the same name holds the same
    return reference


def pixels(file):
    """What there is to see in a file, upright, on white, in the colours of screens."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > LARGEST_FILE:
        raise too_large()
    try:
        with Image.open(file, formats=FORMATS) as image:
            check(image)
            if image.format == "JPEG":
                image.draft(None, (2 * SIZES[-1], 2 * SIZES[-1]))  # a far larger one is read at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            return in_screen_colours(upright)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise ValidationError(
            _("This is no picture that can be used here, or it is damaged. Possible are JPEG, PNG and WebP.")
        ) from error
    except Exception as error:  # a file that isn't what it says may fail anywhere in the library
        raise ValidationError(
            _("The picture is damaged: it can't be read to its end. Please save it anew and try again.")
        ) from error


def check(image):
    """Before the pixels are read."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise too_many_pixels()
    if max(width, height) > LONGEST_SIDE * min(width, height):
        raise ValidationError(
            _("The picture is too narrow or too flat: one side is more than %d times as long as the other.")
            % LONGEST_SIDE
        )
    # A JPEG of several pictures comes from a telephone: the others are smaller ones of the same, or a depth.
    if getattr(image, "is_animated", False) and image.format not in ("JPEG", "MPO"):
        raise ValidationError(_("The picture moves. Please hand in a single, still picture."))


def too_large():
    return ValidationError(_("The file is larger than %d MB. Please make it smaller.") % (LARGEST_FILE // MEGABYTE))


def too_many_pixels():
    return ValidationError(
        _("The picture has more than %d million pixels. Please make it smaller.") % (MOST_PIXELS // 1_000_000)
    )


def in_screen_colours(image):
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode not in ("RGB", "CMYK"):
        image = on_white(image.convert("RGBA"))
    if profile:
        try:
            screen = ImageCms.createProfile("sRGB")
            image = ImageCms.profileToProfile(image, io.BytesIO(profile), screen, outputMode="RGB")
        except ImageCms.PyCMSError:
            pass  # a damaged profile, or one for other colours: they stay as they are
    return on_white(image.convert("RGB"))


def on_white(image):
    """A new picture with nothing of the old one but its pixels."""
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return ground


def shrunk(image, width):
    if image.width <= width:
        return image
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def encoded(image):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return data.getvalue()


def forget_unused():
    """Delete the files that no record and no revision names, a day after they came."""
    if not folder().is_dir():
        return
    old = [file for file in folder().iterdir() if is_old(file)]
    used = used_references()
    for file in old:
        if file.name.rpartition("-")[0] not in used and is_old(file):  # it may have been handed in again
            file.unlink(missing_ok=True)


def is_old(file):
    try:
        return time.time() - file.stat().st_mtime > FORGOTTEN_AFTER
    except FileNotFoundError:
        return False


def used_references():
    used = set()
    for kind in TYPES.values():
        for name in picture_fields(kind):
            used.update(kind.model._default_manager.values_list(kind.column_of(name), flat=True))
            used.update(Revision.objects.filter(table=kind.table).values_list(f"entry__{name}", flat=True).distinct())
    return used


def picture_fields(kind):
    """Names of the fields of an entry that hold a picture's reference."""
    return [each.name for each in kind.fields if isinstance(getattr(each, "model_field", None), PictureField)]


def may_see_all(user):
    """Whether someone may see the drafts of everything that has pictures."""
    models_with = [kind.model._meta for kind in TYPES.values() if picture_fields(kind)]
    return all(user.has_perm(f"{options.app_label}.view_{options.model_name}") for options in models_with)
