"""A picture that this program exported: it leads back to the view that it shows."""

from analysis.figures.stamp import SUFFIXES, is_picture
from gui.session.file_kinds import FileKind
from gui.session.picture_origin import PictureOpener

FILE_KIND = FileKind("picture", "Exported figures", SUFFIXES, is_picture,
                     lambda context, path: context[PictureOpener].open(path))
