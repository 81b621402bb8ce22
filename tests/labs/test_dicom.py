"""The lab's PACS is a real one: others' DICOM programs store, find, get and move studies there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet

from labs.bench.ends import keep_study
from labs.bench.study import Study, make_study
from labs.dicom import dcmtk, orthanc
from labs.dicom.dcmtk import Peer
from labs.dicom.web import fetch, store
from labs.runner.errors import LabError
from tests.endtoend.site import free_ports

IMAGES = 12
HOST = "127.0.0.1"
REASON = orthanc.why_not() or dcmtk.why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study(images=IMAGES, series=3, scale=20)


@pytest.fixture(scope="module")
def files(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    keep_study(folder, study.series)
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Settings]:
    """A PACS that knows one workstation."""
    dimse, http, workstation = free_ports(3)
    made = orthanc.Settings(
        address=HOST,
        folder=tmp_path_factory.mktemp("orthanc"),
        knows={"DIAG": (HOST, workstation)},
        dimse_port=dimse,
        http_port=http,
    )
    with orthanc.running(made):
        yield made


def peer(settings: orthanc.Settings, aet: str) -> Peer:
    workstation = settings.knows["DIAG"][1]
    return Peer(aet=aet, pacs=HOST, pacs_port=settings.dimse_port, port=workstation)


def instances(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() if path.read_bytes()[128:132] == b"DICM")


def test_a_study_is_stored_found_got_and_moved_by_dcmtk(
    settings: orthanc.Settings, study: Study, files: Path, tmp_path: Path
) -> None:
    modality, workstation = peer(settings, "CT"), peer(settings, "DIAG")
    modality.echo()
    modality.store(files)
    assert orthanc.stored(HOST, port=settings.http_port) == IMAGES
    assert workstation.find("PHANTOM") == [study.uid]
    assert workstation.find("NOBODY") == []
    workstation.get(study.uid, tmp_path / "got")
    workstation.move(study.uid, tmp_path / "moved")
    assert instances(tmp_path / "got") == instances(tmp_path / "moved") == IMAGES


def test_what_the_pacs_refuses_is_said(settings: orthanc.Settings, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"getscu of DIAG: .*Failed"):
        peer(settings, "DIAG").get("1.2.3", tmp_path)
    stranger = peer(settings, "NOBODY")
    with pytest.raises(LabError, match="movescu of NOBODY"):
        stranger.move("1.2.3", tmp_path)


def test_a_study_is_stored_and_fetched_by_dicomweb(settings: orthanc.Settings, study: Study, files: Path) -> None:
    root = f"http://{HOST}:{settings.http_port}/dicom-web"
    assert store(root, files, connections=1, per_request=5)["images"] == IMAGES
    fetched = fetch(root, study.uid, connections=2)
    assert fetched["images"] == IMAGES
    assert fetched["requests"] == 3
    assert fetched["bytes"] > study.size_bytes - IMAGES * 1024  # Orthanc drops trailing padding (PS3.10, 7.2)


def test_pynetdicom_stores_finds_and_gets(settings: orthanc.Settings, study: Study, files: Path) -> None:
    arrived: list[str] = []

    def keep(event: evt.Event) -> int:
        arrived.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000  # success (PS3.7, C.1)

    def no_delay(event: evt.Event) -> None:
        event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    ae = AE(ae_title="PYNET")
    ae.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    association = ae.associate(
        HOST,
        settings.dimse_port,
        ae_title=orthanc.AET,
        ext_neg=[build_role(CTImageStorage, scu_role=True, scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, keep), (evt.EVT_CONN_OPEN, no_delay)],
    )
    assert association.is_established
    try:
        sent = [association.send_c_store(str(path)).Status for path in sorted(files.iterdir())]
        assert sent == [0x0000] * IMAGES
        asked = Dataset()
        asked.QueryRetrieveLevel, asked.StudyInstanceUID = "STUDY", study.uid
        found = [s.Status for s, _ in association.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind)]
        assert found == [0xFF00, 0x0000]
        got = [s.Status for s, _ in association.send_c_get(asked, StudyRootQueryRetrieveInformationModelGet)]
        assert got[-1] == 0x0000
    finally:
        association.release()
    assert len(set(arrived)) == IMAGES
