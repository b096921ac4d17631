"""Small pictures of kinds that decoders disagree about, each written by Pillow or byte by byte."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageFilter

WIDTH, HEIGHT = 37, 23


def unusual_pictures(picture):
    smooth = picture(WIDTH, HEIGHT, "waves").filter(ImageFilter.GaussianBlur(1.5))
    alpha = picture(WIDTH, HEIGHT, "edges").convert("L")
    rgba = smooth.copy()
    rgba.putalpha(alpha)
    files = {}

    def save(name, image, **options):
        buffer = io.BytesIO()
        extension = name.rsplit(".", 1)[1]
        kind = {"jpg": "JPEG", "tiff": "TIFF", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}[extension]
        image.save(buffer, format=kind, **options)
        files[name] = buffer.getvalue()

    jpegs(save, picture, smooth)
    pngs(files, save, smooth, rgba)
    others(files, save, picture, smooth, rgba)
    files.update(tiffs())
    files.update(bitmaps())
    files.update(gifs())
    return files


def jpegs(save, picture, smooth):
    for subsampling in (0, 1, 2):
        for width, height in ((15, 17), (16, 16), (33, 9), (101, 3)):
            image = picture(width, height, "waves")
            save(f"subsampling-{subsampling}-{width}x{height}.jpg", image, subsampling=subsampling, quality=60)
    for quality in (1, 20, 100):
        save(f"quality-{quality}.jpg", smooth, quality=quality)
    save("stored-as-rgb.jpg", smooth, keep_rgb=True)
    save("restart-markers.jpg", smooth, restart_marker_blocks=2)
    save("progressive-grey.jpg", smooth.convert("L"), progressive=True)
    save("cmyk.jpg", smooth.convert("CMYK"), quality=90)
    save("cmyk-noise.jpg", picture(31, 25, "noise").convert("CMYK"), quality=75)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("exif-cmyk.jpg", smooth.convert("CMYK"), exif=exif)
    save("exif-grey.jpg", smooth.convert("L"), exif=exif)
    for orientation in (0, 9):
        exif[0x0112] = orientation
        save(f"exif-{orientation}.jpg", smooth, exif=exif)
    for kind in ("sRGB", "XYZ", "LAB"):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()
        save(f"icc-{kind.lower()}.jpg", smooth, icc_profile=profile)
        save(f"icc-{kind.lower()}-cmyk.jpg", smooth.convert("CMYK"), icc_profile=profile)
        save(f"icc-{kind.lower()}.png", smooth, icc_profile=profile)
        save(f"icc-{kind.lower()}.webp", smooth, icc_profile=profile)
        save(f"icc-{kind.lower()}.tiff", smooth, icc_profile=profile)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, extra=b"", interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def adam7(pixels):
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx] if row.size]
    return png(pixels.shape[1], pixels.shape[0], 8, 2, rows, interlace=1)


def sixteen_bits():
    return (np.arange(HEIGHT)[:, None] * 417 + np.arange(WIDTH)[None, :] * 323).astype(np.uint16)


def pngs(files, save, smooth, rgba):
    exif = Image.Exif()
    exif[0x0112] = 5
    grey = sixteen_bits()
    rgb = np.stack([grey, grey[::-1], grey * 3], -1).astype(">u2")
    with_alpha = np.concatenate([rgb, grey[..., None].astype(">u2")], -1)
    rows = lambda array: [row.tobytes() for row in array]
    save("grey-16.png", Image.fromarray(grey))
    save("grey-16-dark.png", Image.fromarray(grey % 600))
    save("grey-16-exif.png", Image.fromarray(grey), exif=exif)
    files["grey-alpha-16.png"] = png(WIDTH, HEIGHT, 16, 4, rows(np.stack([grey, grey * 7], -1).astype(">u2")))
    clear = chunk(b"tRNS", struct.pack(">H", 740))
    files["grey-16-one-clear.png"] = png(WIDTH, HEIGHT, 16, 0, rows(grey.astype(">u2")), clear)
    files["rgb-16.png"] = png(WIDTH, HEIGHT, 16, 2, rows(rgb))
    files["rgba-16.png"] = png(WIDTH, HEIGHT, 16, 6, rows(with_alpha))
    for depth in (1, 2, 4):
        values = (np.arange(HEIGHT)[:, None] + np.arange(WIDTH)[None, :]) % 2**depth
        packed = []
        for row in values:
            bits = "".join(format(value, f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            packed.append(int(bits, 2).to_bytes(len(bits) // 8, "big"))
        files[f"grey-{depth}.png"] = png(WIDTH, HEIGHT, depth, 0, packed)
    for depth in (1, 2, 4, 8):
        palette = smooth.quantize(min(2**depth, 200))
        save(f"palette-{depth}.png", palette, bits=depth)
        save(f"palette-{depth}-one-clear.png", palette, bits=depth, transparency=1)
        save(f"palette-{depth}-alpha.png", palette, bits=depth, transparency=bytes([0, 90, 180, 255])[: 2**depth])
    files["adam7.png"] = adam7(np.asarray(smooth))
    files["gamma.png"] = png(WIDTH, HEIGHT, 8, 2, rows(np.asarray(smooth)), chunk(b"gAMA", struct.pack(">I", 100000)))
    files["significant-bits.png"] = png(WIDTH, HEIGHT, 8, 2, rows(np.asarray(smooth)), chunk(b"sBIT", bytes([5, 6, 5])))
    save("rgb-one-clear.png", smooth, transparency=smooth.getpixel((3, 3)))
    save("grey-one-clear.png", smooth.convert("L"), transparency=128)
    save("palette-exif.png", smooth.quantize(50), exif=exif)
    save("alpha-exif.png", rgba, exif=exif)
    save("animated.png", smooth, save_all=True, append_images=[smooth.rotate(180)], duration=50)


def others(files, save, picture, smooth, rgba):
    exif = Image.Exif()
    exif[0x0112] = 7
    frames = [picture(31, 25, pattern).quantize(32) for pattern in ("noise", "edges", "waves")]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=50)
    save("animated.webp", smooth, save_all=True, append_images=[smooth.rotate(180)], duration=50)
    save("alpha.webp", rgba, quality=70)
    save("alpha-lossless.webp", rgba, lossless=True)
    save("quality-5.webp", smooth, quality=5)
    save("exif.webp", smooth, exif=exif)
    save("exif.tiff", smooth, exif=exif)
    grey = sixteen_bits()
    modes = {mode: smooth.convert(mode) for mode in ("L", "1", "CMYK")}
    modes |= {"P": smooth.quantize(77), "LA": rgba.convert("LA"), "RGBA": rgba, "16": Image.fromarray(grey)}
    for mode, image in modes.items():
        save(f"{mode.lower()}.tiff", image.copy())
        save(f"{mode.lower()}-lzw.tiff", image.copy(), compression="tiff_lzw")
    for compression in ("tiff_adobe_deflate", "packbits", "jpeg"):
        save(f"{compression.replace('_', '-')}.tiff", smooth.copy(), compression=compression)
    save("group4.tiff", smooth.convert("1"), compression="group4")
    save("white-is-zero.tiff", smooth.convert("L"), tiffinfo={262: 0})
    save("pages.tiff", smooth.copy(), save_all=True, append_images=[smooth.rotate(180)])
    for width, height in ((1, 1), (1, 300), (300, 1), (2, 3)):
        image = picture(width, height, "noise")
        for extension in ("jpg", "png", "webp", "tiff", "bmp"):
            save(f"{width}x{height}.{extension}", image.copy())
        save(f"{width}x{height}.gif", image.quantize(16))


def tiff(color, bits, samples, order="<", **more):
    """One strip of random numbers; `more` are tags of 16-bit numbers, by their number behind a letter."""
    rng = np.random.default_rng(bits * samples)
    values = rng.integers(0, 2**bits, (HEIGHT, WIDTH, samples))
    data = values.astype(f"{order}u{bits // 8}").tobytes()
    tags = {256: [WIDTH], 257: [HEIGHT], 258: [bits] * samples, 259: [1], 262: [color], 277: [samples], 278: [HEIGHT]}
    tags |= {int(name[1:]): numbers for name, numbers in more.items()}
    start = 8 + len(data) + len(data) % 2
    values_at, entries, outside = start + 2 + 12 * (len(tags) + 2) + 4, {}, b""
    for tag, numbers in tags.items():
        packed = struct.pack(f"{order}{len(numbers)}H", *numbers)
        if len(packed) > 4:
            entries[tag] = struct.pack(order + "HHII", tag, 3, len(numbers), values_at + len(outside))
            outside += packed
        else:
            entries[tag] = struct.pack(order + "HHI", tag, 3, len(numbers)) + packed.ljust(4, b"\0")
    for tag, number in ((273, 8), (279, len(data))):
        entries[tag] = struct.pack(order + "HHII", tag, 4, 1, number)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    return head + data + b"\0" * (len(data) % 2) + directory + struct.pack(order + "I", 0) + outside


def tiffs():
    files = {}
    for order, name in (("<", "le"), (">", "be")):
        for bits in (8, 16):
            files[f"premultiplied-{bits}-{name}.tiff"] = tiff(2, bits, 4, order, t338=[1])
            files[f"cmyk-{bits}-{name}.tiff"] = tiff(5, bits, 4, order)
        files[f"premultiplied-and-another-{name}.tiff"] = tiff(2, 8, 5, order, t338=[1, 0])
        files[f"signed-bytes-{name}.tiff"] = tiff(1, 8, 1, order, t339=[2])
        for orientation in (0, 9):
            files[f"orientation-{orientation}-{name}.tiff"] = tiff(2, 8, 3, order, t274=[orientation])
        files[f"no-ink-set-{name}.tiff"] = tiff(5, 8, 4, order, t332=[2])
    files["white-is-zero-16.tiff"] = tiff(0, 16, 1)
    return files


def bitmap(bits, stride, compression=0, palette=b"", masks=b"", header=40, colors=0, top_down=False, data=None):
    if data is None:
        rng = np.random.default_rng(bits)
        rows = [rng.integers(0, 256, stride, dtype=np.uint8).tobytes() for _ in range(HEIGHT)]
        data = b"".join(row.ljust(-(-stride // 4) * 4, b"\0") for row in rows)
    if header == 12:
        info = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        height = -HEIGHT if top_down else HEIGHT
        fields = (header, WIDTH, height, 1, bits, compression, len(data), 2835, 2835, colors, 0)
        info = struct.pack("<IiiHHIIiiII", *fields) + masks.ljust(header - 40, b"\0")
    behind = (masks if header == 40 else b"") + palette
    start = 14 + len(info) + len(behind)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + behind + data


def bitmap_palette(colors, entry=4):
    rng = np.random.default_rng(colors)
    return b"".join(rng.integers(0, 256, 3, dtype=np.uint8).tobytes().ljust(entry, b"\0") for _ in range(colors))


def run_lengths(four_bits, seed):
    rng = np.random.default_rng(seed)
    out = b""
    for _ in range(HEIGHT):
        x = 0
        while x < WIDTH:
            kind, count = rng.integers(0, 10), int(rng.integers(3, 12))
            if kind < 5 or WIDTH - x < 3:
                out += bytes([count, int(rng.integers(0, 256))])
                x += count
            else:
                count = min(count, WIDTH - x)
                literal = (count + 1) // 2 if four_bits else count
                out += bytes([0, count]) + rng.integers(0, 256, literal, dtype=np.uint8).tobytes() + b"\0" * (literal % 2)
                x += count
        out += b"\0\0"
    return out + b"\0\1"


def bitmaps():
    files = {}
    for bits in (1, 4, 8):
        stride, colors = -(-WIDTH * bits // 8), 2**bits
        files[f"{bits}-bits.bmp"] = bitmap(bits, stride, palette=bitmap_palette(colors))
        files[f"{bits}-bits-top-down.bmp"] = bitmap(bits, stride, palette=bitmap_palette(colors), top_down=True)
        files[f"{bits}-bits-os2.bmp"] = bitmap(bits, stride, palette=bitmap_palette(colors, 3), header=12)
        files[f"{bits}-bits-few.bmp"] = bitmap(bits, stride, palette=bitmap_palette(2), colors=2)
    greys = b"".join(bytes([grey] * 3 + [0]) for grey in range(100))
    files["8-bits-few-greys.bmp"] = bitmap(8, WIDTH, palette=greys, colors=100)
    for header in (40, 52, 56, 64, 108, 124):
        files[f"24-bits-{header}.bmp"] = bitmap(24, WIDTH * 3, header=header)
    files["16-bits.bmp"] = bitmap(16, WIDTH * 2)
    files["32-bits.bmp"] = bitmap(32, WIDTH * 4)
    masks = {
        16: [(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)],
        24: [(0xFF0000, 0xFF00, 0xFF, 0)],
        32: [(0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF00, 0xFF0000, 0xFF, 0)],
    }
    for bits, layouts in masks.items():
        for index, layout in enumerate(layouts):
            files[f"{bits}-bits-masks-{index}.bmp"] = bitmap(
                bits, WIDTH * bits // 8, compression=3, masks=struct.pack("<4I", *layout), header=108
            )
    for seed in range(3):
        files[f"runs-8-{seed}.bmp"] = bitmap(8, 0, compression=1, palette=bitmap_palette(256), data=run_lengths(False, seed))
        files[f"runs-4-{seed}.bmp"] = bitmap(4, 0, compression=2, palette=bitmap_palette(16), data=run_lengths(True, seed))
    files["24-bits-cut.bmp"] = files["24-bits-40.bmp"][:-50]
    files["2-bits.bmp"] = bitmap(2, 10, palette=bitmap_palette(4))
    files["compressed-as-jpeg.bmp"] = bitmap(24, WIDTH * 3, compression=4)
    return files


def lzw(indices, bits):
    """GIF's compression with growing codes and no early clear."""
    clear, table, next_code, code_bits = 1 << bits, {}, (1 << bits) + 2, bits + 1
    table = {bytes([value]): value for value in range(clear)}
    buffer, filled, out = clear, code_bits, bytearray()

    def put(code):
        nonlocal buffer, filled
        buffer |= code << filled
        filled += code_bits
        while filled >= 8:
            out.append(buffer & 255)
            buffer >>= 8
            filled -= 8

    prefix = b""
    for value in indices:
        longer = prefix + bytes([value])
        if longer in table:
            prefix = longer
            continue
        put(table[prefix])
        if next_code < 4096:
            table[longer] = next_code
            if next_code == 1 << code_bits:
                code_bits += 1
            next_code += 1
        prefix = bytes([value])
    put(table[prefix])
    put(clear + 1)
    while filled > 0:
        out.append(buffer & 255)
        buffer >>= 8
        filled -= 8
    blocks = [bytes(out[start : start + 255]) for start in range(0, len(out), 255)]
    return bytes([bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def gif(screen, frame, indices, palette=None, local=None, clear=None, bits=4, interlaced=False, end=b";"):
    def size_of(colors):
        return 0x80 | ((len(colors) // 3).bit_length() - 2)

    out = b"GIF89a" + struct.pack("<HHBBB", *screen, size_of(palette) if palette else 0, 3, 0) + (palette or b"")
    if clear is not None:
        out += b"!\xf9\4" + bytes([1, 0, 0, clear]) + b"\0"
    flags = (size_of(local) if local else 0) | (0x40 if interlaced else 0)
    out += b"!\xfe\3abc\0" + b"," + struct.pack("<HHHHB", *frame, flags) + (local or b"")
    return out + lzw(indices, bits) + end


def gifs():
    rng = np.random.default_rng(5)
    random = lambda count, most=16: rng.integers(0, most, count, dtype=np.uint8).tobytes()
    palette, other = random(48, 256), random(48, 256)
    greys = bytes(value for value in range(16) for _ in range(3))
    files = {}
    for interlaced in (False, True):
        tail = "-interlaced.gif" if interlaced else ".gif"
        make = lambda *args, **options: gif(*args, interlaced=interlaced, **options)
        files["whole" + tail] = make((30, 20), (0, 0, 30, 20), random(600), palette)
        files["whole-clear" + tail] = make((30, 20), (0, 0, 30, 20), random(600), palette, clear=3)
        files["inside" + tail] = make((30, 20), (5, 4, 10, 9), random(90), palette)
        files["inside-clear" + tail] = make((30, 20), (5, 4, 10, 9), random(90), palette, clear=7)
        files["beyond" + tail] = make((30, 20), (25, 15, 20, 20), random(400), palette)
        files["own-palette" + tail] = make((30, 20), (3, 3, 9, 9), random(81), palette, other)
        files["no-palette" + tail] = make((30, 20), (1, 1, 30, 20), random(600))
        files["grey-palette" + tail] = make((30, 20), (0, 0, 30, 20), random(600), greys)
        files["short-palette" + tail] = make((30, 20), (0, 0, 30, 20), random(600), palette[:24])
        files["no-screen" + tail] = make((0, 0), (0, 0, 30, 20), random(600), palette)
    for height in range(1, 10):
        files[f"interlaced-{height}.gif"] = gif((5, height), (0, 0, 5, height), random(5 * height), palette, interlaced=True)
    files["flat.gif"] = gif((200, 200), (0, 0, 200, 200), bytes(40000), palette)
    files["256-colors.gif"] = gif((90, 70), (0, 0, 90, 70), random(6300, 256), random(768, 256), bits=8)
    files["no-trailer.gif"] = gif((30, 20), (0, 0, 30, 20), random(600), palette, end=b"")
    files["too-long.gif"] = gif((30, 20), (0, 0, 30, 20), random(900), palette)
    files["too-short.gif"] = gif((30, 20), (0, 0, 30, 20), random(300), palette)
    files["cut.gif"] = files["whole.gif"][:-120]
    return files
