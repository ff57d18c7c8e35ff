"""Opening files from untrusted sources: torch.save in its forms, safetensors, model folders.

Nothing that a file names is ever imported or called. Opening reads headers only; a tensor is read when asked for.
Start at `opened.open_file`.
"""
