"""A CT study of real DICOM objects (PS3.3 A.3, PS3.10), scaled: as many images, each 1/k of the bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

IMAGE_BYTES: Final = 512 * 512 * 2
PREFIX: Final = "1.2.826.0.1.3680043.10.1337."
_SLACK: Final = 1100  # header of one object, to be made exact by trailing padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Instances by series: series UID to DICOM Part 10 files."""

    uid: str
    series: dict[str, list[bytes]]

    @property
    def images(self) -> int:
        """How many instances."""
        return sum(len(s) for s in self.series.values())

    @property
    def size_bytes(self) -> int:
        """Bytes of all instances."""
        return sum(len(i) for s in self.series.values() for i in s)


def make_study(*, images: int, series: int, scale: int) -> Study:
    """A study of `images` CT slices in `series` series of equal length; each object IMAGE_BYTES/scale bytes long."""
    uid = generate_uid(prefix=PREFIX, entropy_srcs=["study", str(scale)])
    made: dict[str, list[bytes]] = {}
    each = images // series
    for s in range(series):
        series_uid = generate_uid(prefix=PREFIX, entropy_srcs=["series", str(scale), str(s)])
        made[str(series_uid)] = [
            _instance(str(uid), str(series_uid), s * each + n, IMAGE_BYTES // scale) for n in range(each)
        ]
    return Study(uid=str(uid), series=made)


def _instance(study: str, series: str, number: int, size: int) -> bytes:
    side = int(((size - _SLACK) / 2) ** 0.5)
    ds = _dataset(study, series, number, side)
    raw = _bytes(ds)
    missing = size - len(raw)
    if missing >= 12:  # a padding element (FFFC,FFFC) OB has a header of 12 bytes
        ds.add_new(0xFFFCFFFC, "OB", b"\0" * ((missing - 12) // 2 * 2))
        raw = _bytes(ds)
    return raw


def _dataset(study: str, series: str, number: int, side: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=PREFIX, entropy_srcs=[series, str(number)])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID = study
    ds.SeriesInstanceUID = series
    ds.PatientID = "PHANTOM"
    ds.PatientName = "Phantom^Lab"
    ds.Modality = "CT"
    ds.InstanceNumber = number + 1
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows = ds.Columns = side
    ds.BitsAllocated = 16
    ds.BitsStored = 12
    ds.HighBit = 11
    ds.PixelRepresentation = 0
    ds.PixelData = _phantom(side, number).tobytes()
    return ds


def _phantom(side: int, number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """A disc whose radius follows the slice: something to look at, different for every image."""
    axis = np.linspace(-1, 1, side)
    radius = 0.35 + 0.5 * abs(np.sin(number / 60))
    disc = axis[:, None] ** 2 + axis[None, :] ** 2 < radius**2
    return np.where(disc, 1040 + number % 200, 24).astype(np.uint16)


def _bytes(ds: FileDataset) -> bytes:
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
