"""The contract: what the parts of this library ask of each other, and of what users write.

    network.py      NetworkBackendInterface, NetworkStreamInterface   (threaded colour)
    transport.py    Transport                                         (threaded colour)
    content.py      Content, Stream                                   (threaded colour)
    awaitable.py    the same shapes as the core sees them, and what it needs of a runtime

The async colour's twins of the first three stand in `ahttpx/interfaces.py`.
"""
