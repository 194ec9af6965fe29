"""Models of other libraries, behind one port; needs the extra ``learning``."""
