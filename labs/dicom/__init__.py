"""The DICOM ends of a hospital, real ones: Orthanc as PACS; DCMTK and pynetdicom as modality and workstation."""
