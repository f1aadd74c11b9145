"""The designer of processes: a process document as a form that people fill in, and back; without a word of HTTP.

``form`` is what is filled in, ``reading`` makes it of a document, ``writing`` makes the document of it again, ``changing``
is what the buttons of the form do, ``places`` finds the field that an error is about.
"""
