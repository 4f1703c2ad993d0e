"""A checksum over a whole record, so that damage is found before HDF5 can stumble over it.

HDF5 guards numbers and most of its own structures by checksums, but not the heap that holds text and references: a
damaged one can make the library read for ever. The seal stands behind the end of the HDF5 file, where its libraries do
not look. Responsible for nothing else; what is in the file it refuses to know.
"""

import hashlib
import os
from pathlib import Path

from kinetic.errors import RecordError

SEAL = b"kinetic-sha256:"  # and 32 bytes
SUPERBLOCK = 48  # bytes: guarded by a checksum of its own, and marked by every program that opens the file to write
READ_BLOCK = 16 * 1024**2  # bytes


def sealed(image: bytes) -> bytes:
    """Append the seal to the bytes of an HDF5 file.

    Parameters
    ----------
    image : bytes

    Returns
    -------
    bytes
        The image, `SEAL`, and the SHA-256 of the image without its superblock. A program that opens the file to write
        in it cuts the seal off.
    """
    return b"".join((image, SEAL, hashlib.sha256(memoryview(image)[SUPERBLOCK:]).digest()))


def check_seal(path: Path) -> None:
    """Refuse a file whose bytes are not those that were sealed; one without a seal is not judged.

    Raises
    ------
    RecordError
        Where the checksum is another, or the file cannot be read.

    Notes
    -----
    **Cost**: the file is read once, at some 0.8 GB/s.
    """
    length = len(SEAL) + hashlib.sha256().digest_size
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END) - length
            stream.seek(max(end, 0))
            seal = stream.read()
            if end < SUPERBLOCK or not seal.startswith(SEAL):
                return
            rest = end - stream.seek(SUPERBLOCK)
            digest = hashlib.sha256()
            while rest > 0 and (block := stream.read(min(rest, READ_BLOCK))):
                digest.update(block)
                rest -= len(block)
    except OSError as error:
        raise RecordError(
            f"{path}: cannot read the record: {error.strerror or error}; check the disk, or run the case again"
        ) from error
    if digest.digest() != seal[len(SEAL) :]:
        raise RecordError(f"{path}: the record is damaged or incomplete (wrong checksum); run the case again")
