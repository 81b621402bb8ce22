"""The DICOM ends of a hospital, real ones: Orthanc as PACS; DCMTK and pynetdicom as modality and workstation."""

from __future__ import annotations

from typing import Final, Literal, get_args

Via = Literal["wado", "cget", "cmove"]  # how a study is fetched
VIAS: Final = get_args(Via)
