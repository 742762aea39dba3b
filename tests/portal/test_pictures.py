"""Pictures that are handed in: what is kept of them, and what is refused."""

import io
import os
import time

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from portal import pictures
from portal.entries import revise
from tests.factories import make_example, make_picture

RED, BLUE = (200, 30, 30), (30, 30, 200)


def drawn(width=1600, height=1200, mode="RGB"):
    """Red on top, blue below."""
    image = Image.new("RGB", (width, height), RED)
    ImageDraw.Draw(image).rectangle([0, height // 2, width, height], fill=BLUE)
    return image.convert(mode)


def file(image=None, kind="JPEG", **options):
    data = io.BytesIO()
    (image or drawn()).save(data, kind, **options)
    return data


def kept(data):
    """The two pictures that become of a file."""
    reference = pictures.store(data)
    return [Image.open(io.BytesIO(pictures.content(reference, size))) for size in pictures.SIZES]


def refused(data):
    with pytest.raises(ValidationError) as found:
        pictures.store(data)
    return found.value.messages[0]


def close(pixel, colour, by=40):
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def test_a_picture_is_kept_in_two_sizes_under_the_hash_of_its_pixels():
    reference = pictures.store(file())
    small, large = kept(file())
    assert (small.size, large.size) == ((480, 360), (1280, 960))
    assert small.format == large.format == "JPEG"
    assert reference == pictures.store(file())
    assert reference != pictures.store(file(drawn().rotate(180)))
    assert reference.endswith("-1280x960")
    assert pictures.exists(reference)
    shown = pictures.rendition(reference)
    assert (shown.width, shown.height) == (1280, 960)
    assert shown.srcset == f"/bilder/{reference}-480.jpg 480w, /bilder/{reference}-1280.jpg 1280w"


def test_a_small_picture_is_not_blown_up():
    reference = pictures.store(file(drawn(400, 300)))
    assert [image.size for image in kept(file(drawn(400, 300)))] == [(400, 300)] * 2
    assert pictures.rendition(reference).srcset.count(" 400w") == 1  # a width named twice is no HTML


def test_the_folder_is_the_servers_own(media):
    pictures.store(file())
    assert (media / "pictures").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_writes_into_a_file_is_left(kind):
    exif = Image.Exif()
    exif[Base.Artist], exif[Base.Make] = "Xgeheimx", "Xgeheimx"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (51.0, 17.0, 30.0)
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] = "N"
    options = {"exif": exif, "xmp": b"<x>Xgeheimx</x>", "dpi": (72, 72)}
    if kind == "JPEG":
        options["comment"] = b"Xgeheimx"
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Author", "Xgeheimx")
    data = file(kind=kind, **options)
    before = Image.open(data)
    assert before.getexif().get_ifd(IFD.GPSInfo)  # that the test would notice
    assert b"Xgeheimx" in data.getvalue()
    reference = pictures.store(data)
    for size in pictures.SIZES:
        content = pictures.content(reference, size)
        image = Image.open(io.BytesIO(content))
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        for trace in (b"Xgeheimx", b"Exif", b"http://ns.adobe", b"ICC_PROFILE"):
            assert trace not in content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_however_the_camera_was_held(orientation):
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}  # fmt: skip
    upright = drawn(1600, 1000)
    lying = upright.transpose(Image.Transpose[undo[orientation]]) if orientation in undo else upright
    for image in kept(file(lying, exif=exif)):
        assert image.width > image.height
        assert close(image.getpixel((image.width // 2, 10)), RED)
        assert close(image.getpixel((image.width // 2, image.height - 10)), BLUE)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP")],
)
def test_every_way_to_write_pixels_down_becomes_a_picture_for_screens(mode, kind):
    for image in kept(file(drawn(mode=mode), kind)):
        assert image.mode == "RGB"
        if mode in ("CMYK", "P", "RGBA"):
            assert close(image.getpixel((100, 10)), RED, 60)


def test_sixteen_bits_a_pixel_keep_their_shades():
    image = Image.new("I;16", (600, 400), 32_768)
    for found in kept(file(image, "PNG")):
        assert close(found.getpixel((10, 10)), (128, 128, 128), 10)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode):
    """On a dark page dark letters could not be read."""
    image = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    options = {"transparency": 0} if mode == "P" else {}
    for found in kept(file(image.convert(mode), "PNG", **options)):
        assert close(found.getpixel((10, 10)), (255, 255, 255), 5)


def test_a_colour_profile_is_applied_and_a_damaged_one_left_out():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc_profile in (profile, b"no profile"):
        for image in kept(file(icc_profile=icc_profile)):
            assert close(image.getpixel((100, 10)), RED, 20)
            assert "icc_profile" not in image.info


def test_a_telephone_may_put_several_pictures_into_a_jpeg():
    data = file(drawn(), "MPO", save_all=True, append_images=[drawn(200, 150)])
    assert Image.open(data).format == "MPO"
    assert [image.size for image in kept(data)] == [(480, 360), (1280, 960)]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "data",
    [
        SVG,
        b"<!DOCTYPE html><img src=x>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        file(drawn(), "GIF").getvalue(),
        file(drawn(), "BMP").getvalue(),
        file(drawn(), "TIFF").getvalue(),
        file(drawn(), "PPM").getvalue(),
        file(drawn(100, 100), "ICO").getvalue(),
    ],
)
def test_what_is_no_jpeg_png_or_webp_is_refused_whatever_its_name_says(media, data):
    upload = io.BytesIO(data)
    upload.name = "bild.jpg"
    assert "JPEG, PNG" in refused(upload) or "beschädigt" in refused(upload)
    assert not (media / "pictures").exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
def test_a_truncated_file_is_refused(media, kind, part):
    image = Image.effect_noise((800, 600), 80).convert("RGB")
    whole = file(image, kind).getvalue()
    assert "beschädigt" in refused(io.BytesIO(whole[: int(len(whole) * part)]))
    assert not (media / "pictures").exists()


@pytest.mark.parametrize(("kind", "loops"), [("PNG", 0), ("WEBP", 0)])
def test_what_moves_is_refused(kind, loops):
    data = file(drawn(), kind, save_all=True, append_images=[drawn().rotate(180)], duration=100, loop=loops)
    assert "bewegt" in refused(data)


@pytest.mark.parametrize(("width", "height", "too_many"), [(5000, 5000, False), (5001, 5000, True), (9000, 9000, True),
                                                         (16000, 16000, True)])  # fmt: skip
def test_pixels_are_counted_before_they_are_read(monkeypatch, width, height, too_many):
    """A picture of one colour is packed to almost nothing: a bomb. The largest that is allowed is read."""
    data = file(Image.new("1", (width, height)), "PNG")
    assert len(data.getvalue()) < 100_000
    if not too_many:
        assert kept(data)[1].size == (1280, 1280)
        return
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("read"))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda image: pytest.fail("read"))
    assert "25 Millionen Pixel" in refused(data)


def test_a_bomb_of_texts_in_a_png_is_refused():
    info = PngImagePlugin.PngInfo()
    for number in range(80):
        info.add_text(f"Text{number}", "a" * 1_000_000, zip=True)
    data = file(drawn(50, 50), "PNG", pnginfo=info)
    assert len(data.getvalue()) < 200_000
    assert "beschädigt" in refused(data)


def test_a_file_may_not_be_larger_than_15_mb():
    assert "15 MB" in refused(io.BytesIO(file().getvalue() + b"\x00" * 15_000_000))


@pytest.mark.parametrize("size", [(5000, 10), (10, 5000), (401, 100)])
def test_a_picture_that_is_only_a_line_is_refused(size):
    assert "schmal" in refused(file(drawn(*size)))


@pytest.mark.parametrize(
    "reference", ["", "..", "../portal.sqlite3", "0" * 32, f"{'0' * 32}-1x1/..", f"{'0' * 32}-1x1\n", f"{'A' * 32}-1x1"]
)
def test_a_reference_leads_nowhere_but_to_a_picture(media, reference):
    (media / "pictures").mkdir(parents=True)
    assert pictures.content(reference, 480) is None
    assert not pictures.exists(reference)


@pytest.mark.django_db
def test_only_what_no_record_and_no_revision_names_is_forgotten(media):
    """A day after it came: a form may be open that long."""
    names = {name: f"{letter}" * 32 + "-1280x720" for name, letter in zip(("used", "draft", "once", "deleted", "never", "new"),
                                                                         "abcdef", strict=True)}  # fmt: skip
    fields = {name: make_picture(reference) for name, reference in names.items()}
    make_example(**fields["used"])
    make_example(**fields["draft"], status="draft", published_at=None)
    changed = make_example(**fields["once"])
    revise(changed)
    changed.picture = ""
    changed.save()
    revise(changed)
    gone = make_example(**fields["deleted"])
    revise(gone)
    gone.delete()
    stray = media / "pictures" / "halb.1-2.new"
    stray.write_bytes(b"")
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    for path in (media / "pictures").iterdir():
        if names["new"] not in path.name:
            os.utime(path, (two_days_ago, two_days_ago))
    pictures.forget_unused()
    assert {name for name, reference in names.items() if pictures.exists(reference)} == {*names} - {"never"}
    assert len(list((media / "pictures").iterdir())) == 2 * 5
    pictures.forget_unused()


def test_forgetting_without_any_picture_is_no_failure():
    pictures.forget_unused()
