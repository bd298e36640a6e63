"""How quirks 8 to 12 look on the wire, each written once for all operations: values by kind, documents, encodings.

The fixed system's XML is in `sandbox.fixed.quirk`, for its kinds come from the XSD.
"""
